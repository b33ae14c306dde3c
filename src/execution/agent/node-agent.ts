// The agent: takes orders from the daemon over one connection, lets a runner carry them out, and
// reports until it is confirmed. Survives the daemon; its attempts survive it. Makes no file call
// for an attempt itself.

import { randomBytes } from 'node:crypto';
import { crashPoint } from '../../base/crash-point.ts';
import type { Logger } from '../../base/log.ts';
import type { Service } from '../../base/service.ts';
import { type AttachMethod, loadAttachMethod, PROTOCOL } from '../protocol/agents-service.ts';
import { type FromAgent, numberOf, type Orders, type ToAgent } from '../protocol/messages.ts';
import { Connection } from './connection.ts';
import { ReportOutbox } from './report-outbox.ts';
import type { Runner } from './runner.ts';
import type { AgentSettings } from './settings.ts';
import { type SteadyClock, steadyClock } from './steady-clock.ts';

/** What a runner is made with. */
export interface RunnerParts {
  readonly outbox: ReportOutbox;
  readonly clock: SteadyClock;
  /** There is something to report. */
  readonly changed: () => void;
  readonly log: Logger;
}

/** What an agent is given. */
export interface AgentParts {
  readonly log: Logger;
  /** Changes with every start of the machine. */
  readonly bootId: string;
  readonly makeRunner: (parts: RunnerParts) => Runner;
  /** Called once when the agent has no more to do: it was dismissed, or its directory is gone. */
  readonly finished: (why: 'dismissed' | 'refused' | 'directoryGone') => void;
}

/** How long a start or a confirmation waits for company. */
const PATIENCE_MS = 2;

/** One agent; `start` it once. */
export class Agent implements Service {
  readonly #settings: AgentSettings;
  readonly #parts: AgentParts;
  readonly #method: AttachMethod = loadAttachMethod();
  readonly #clock = steadyClock();
  readonly #id = randomBytes(9).toString('base64url');
  readonly #outbox: ReportOutbox;
  readonly #runner: Runner;
  readonly #connection: Connection;
  /** The daemon's link that the numbers below belong to. */
  #link = '';
  #handled = 0;
  #confirmed = 0;
  #welcome = false;
  #flushing = false;
  #laterFlush: NodeJS.Timeout | undefined;
  #leaseOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: AgentSettings, parts: AgentParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#outbox = new ReportOutbox((number, columns) =>
      this.#method.fromAgent.encode({ reports: { number, ...columns } }),
    );
    this.#runner = parts.makeRunner({
      outbox: this.#outbox,
      clock: this.#clock,
      changed: () => this.#flushSoon(),
      log: parts.log,
    });
    this.#connection = new Connection(settings, {
      method: this.#method,
      log: parts.log,
      events: {
        hello: () => this.#hello(),
        received: (message) => this.#received(message),
        closed: () => {
          this.#welcome = false;
        },
        directoryGone: () => parts.finished('directoryGone'),
      },
    });
  }

  /** Finds what runs already, then dials. */
  async start(): Promise<void> {
    await this.#runner.start();
    this.#connection.start();
    this.#timer = setInterval(() => this.#beat(), this.#settings.times.heartbeatMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#laterFlush);
    this.#connection.stop();
    await this.#runner.stop();
  }

  #hello(): FromAgent {
    const { node, environment, cpus, memoryMib } = this.#settings;
    return {
      hello: {
        protocol: PROTOCOL,
        node,
        environment,
        bootId: this.#parts.bootId,
        agent: this.#id,
        link: this.#link,
        handled: this.#handled,
        nextReport: this.#outbox.nextNumber,
        cpus,
        memoryMib,
        attempts: this.#runner.attempts(),
        nowMs: this.#clock.nowMs(),
      },
    };
  }

  #received(message: ToAgent): void {
    this.#leaseOver = false;
    if (message.welcome) this.#begin(message.welcome.link, message.welcome.refusal);
    const confirmed = numberOf(message.confirmed);
    if (confirmed > 0) {
      this.#outbox.confirm(confirmed);
      this.#flushSoon();
    }
    if (message.orders) this.#carryOut(message.orders);
    if (message.leave) this.#parts.finished('dismissed');
  }

  #begin(link: string, refusal: string): void {
    if (refusal !== '') {
      this.#parts.log.error('the daemon refuses this agent', { why: refusal });
      this.#parts.finished('refused');
      return;
    }
    if (link !== this.#link) {
      this.#link = link;
      this.#handled = 0;
      this.#runner.dropAllSpecs();
    }
    this.#parts.log.debug('welcome', { link, nextReport: this.#outbox.nextNumber });
    this.#confirmed = 0;
    this.#welcome = true;
    this.#outbox.beginSession();
    this.#flush();
  }

  #carryOut(orders: Orders): void {
    const number = numberOf(orders.number);
    this.#flushSoon();
    if (number <= this.#handled) return;
    this.#handled = number;
    const runner = this.#runner;
    crashPoint('agent.beforeOrders', () => orders.launches.length > 0);
    if (orders.droppedSpecs.length > 0) runner.dropSpecs(orders.droppedSpecs);
    for (const spec of orders.specs) runner.addSpec(spec);
    for (const group of orders.launches) runner.launch(group);
    for (const order of orders.steering) runner.steer(order);
    if (orders.forget) runner.forget(orders.forget);
    crashPoint('agent.afterOrders', () => orders.launches.length > 0);
  }

  /**
   * Sends what there is: ends at the end of this turn of the event loop, anything else a little
   * later, as the end of a short attempt may come with it.
   */
  #flushSoon(): void {
    if (!this.#welcome || this.#flushing) return;
    if (this.#outbox.isUrgent) {
      this.#flushing = true;
      setImmediate(() => this.#flush());
    } else {
      this.#laterFlush ??= setTimeout(() => this.#flush(), PATIENCE_MS);
    }
  }

  #flush(): void {
    this.#flushing = false;
    clearTimeout(this.#laterFlush);
    this.#laterFlush = undefined;
    if (!this.#welcome) return;
    const tellsEnds = this.#outbox.isUrgent;
    crashPoint('agent.beforeReport', () => tellsEnds);
    let first: Buffer = Buffer.alloc(0);
    if (this.#confirmed !== this.#handled) {
      this.#confirmed = this.#handled;
      first = this.#method.fromAgent.encode({ confirmed: this.#handled });
    }
    for (let next = this.#outbox.next(); next !== undefined; next = this.#outbox.next()) {
      // Two messages' bytes behind one another are one message with the fields of both.
      this.#connection.send(first.length === 0 ? next : Buffer.concat([first, next]));
      first = Buffer.alloc(0);
    }
    if (first.length > 0) this.#connection.send(first);
    crashPoint('agent.afterReport', () => tellsEnds);
  }

  #beat(): void {
    const { silenceMs, leaseMs } = this.#settings.times;
    if (this.#welcome) this.#connection.send({ heartbeat: { nowMs: this.#clock.nowMs() } });
    this.#connection.renewIfSilent(silenceMs);
    if (this.#connection.silentMs > leaseMs && !this.#leaseOver) {
      this.#leaseOver = true;
      this.#runner.endRerunnable();
    }
  }
}
