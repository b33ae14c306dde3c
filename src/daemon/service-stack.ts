// Services in the order in which they started; they stop the other way round.

import type { Logger } from '../base/log.ts';
import type { Service } from '../base/service.ts';

/** Knows what runs. */
export class ServiceStack {
  readonly #running: Service[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Starts a service on top of those that run. */
  async start<S extends Service>(service: S): Promise<S> {
    await service.start();
    this.#running.push(service);
    return service;
  }

  /** Stops all, the last one first; one that fails does not keep the others. */
  async stop(): Promise<void> {
    for (let top = this.#running.pop(); top !== undefined; top = this.#running.pop()) {
      try {
        await top.stop();
      } catch (error) {
        this.#log.error('a part did not stop in order', { part: top.constructor.name, error });
      }
    }
  }
}
