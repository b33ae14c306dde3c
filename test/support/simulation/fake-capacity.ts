// Instances that are launched late, sometimes never boot, are interrupted and vanish.

import type { Random } from '../../../src/base/random.ts';
import type { Capacity } from '../../../src/engine/ports.ts';
import type { Effect } from '../../../src/model/effect.ts';
import type { Report } from '../../../src/model/report.ts';
import type { FakeNodes } from './fake-nodes.ts';
import type { VirtualClock } from './virtual-clock.ts';

const INSTANCE_CPUS = 4;

export class FakeCapacity implements Capacity {
  /** Requests seen, so that a repeated one buys nothing. */
  readonly bought = new Set<number>();
  readonly living = new Set<number>();
  readonly #ended = new Map<number, string>();
  #take: ((report: Report) => void) | undefined;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #nodes: FakeNodes;
  #isCalm = false;

  constructor(clock: VirtualClock, random: Random, nodes: FakeNodes) {
    this.#clock = clock;
    this.#random = random;
    this.#nodes = nodes;
  }

  deliverTo(take: (report: Report) => void): void {
    this.#take = take;
    // Truth is what the cloud lists: instances that ended while nobody listened are told again.
    for (const [request, environment] of this.#ended) {
      this.#clock.after(1000, () => this.#take?.({ kind: 'instanceGone', environment, request }));
    }
  }

  daemonDied(): void {
    this.#take = undefined;
  }

  calm(): void {
    this.#isCalm = true;
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'requestInstance') this.#launch(effect);
      else if (effect.kind === 'terminateInstance') this.#terminate(effect);
    }
  }

  #launch({ request, environment, node }: Effect & { kind: 'requestInstance' }): void {
    this.#clock.after(this.#random.below(5000), () => {
      this.#take?.({ kind: 'instanceLaunched', environment, request, node });
    });
    if (this.bought.has(request)) return;
    this.bought.add(request);
    this.living.add(request);
    if (!this.#isCalm && this.#random.below(5) === 0) return;
    this.#clock.after(20_000 + this.#random.below(60_000), () => {
      if (!this.living.has(request)) return;
      this.#nodes.add(node, INSTANCE_CPUS, environment);
      if (!this.#isCalm && this.#random.below(4) === 0) {
        this.#clock.after(this.#random.below(300_000), () => {
          if (this.living.has(request)) this.#take?.({ kind: 'instanceInterrupted', node });
          this.#clock.after(120_000, () => this.#end(environment, request, node));
        });
      }
    });
  }

  #terminate({ request, environment, node }: Effect & { kind: 'terminateInstance' }): void {
    this.#clock.after(this.#random.below(5000), () => this.#end(environment, request, node));
  }

  #end(
    environment: string,
    request: number,
    node: (Effect & { kind: 'terminateInstance' })['node'],
  ): void {
    this.living.delete(request);
    this.#ended.set(request, environment);
    this.#nodes.remove(node);
    this.#take?.({ kind: 'instanceGone', environment, request });
  }
}
