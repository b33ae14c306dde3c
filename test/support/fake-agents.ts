// The fake of the Execution port: nodes in memory, on any clock. Messages take time, reports
// repeat until they are committed, wires break and mend, agents and machines restart. With a
// `Random` the delays are drawn, and orders and reports are sometimes doubled; everything stays in
// order for each attempt, as the real link keeps it.

import { type Instant, instant } from '../../src/base/brand.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import type { Execution } from '../../src/engine/ports.ts';
import { attemptNumber } from '../../src/execution/protocol/attempt-number.ts';
import type { Effect, Launch } from '../../src/model/effect.ts';
import { type NodeName, nodeName } from '../../src/model/ids.ts';
import type { NodeSize } from '../../src/model/node.ts';
import { NO_USAGE } from '../../src/model/outcome.ts';
import type { AttemptEnded, AttemptKey, Report } from '../../src/model/report.ts';

/** How an attempt goes. */
export interface Course {
  readonly runMs: number;
  readonly exitCode?: number;
  readonly signal?: number;
  readonly outOfMemory?: boolean;
  readonly launchFailure?: AttemptEnded['launchFailure'];
}

export interface FakeAgentsSettings {
  /** The longest a message takes; the shortest is 0. */
  readonly delayMs: number;
  /** A report that was not committed is sent again after this. */
  readonly retryMs: number;
  /** A wire may be broken for so long before the node counts as lost. */
  readonly graceMs: number;
  /** One message in so many comes twice; 0: none. */
  readonly doubleOneIn: number;
}

export interface FakeAgentsParts {
  readonly clock: Clock;
  readonly random?: Random;
  /** How an attempt goes; undefined: until `finish`. */
  readonly course?: (launch: Launch) => Course | undefined;
}

interface FakeAttempt {
  readonly key: AttemptKey;
  readonly startedAt: Instant;
  ended: AttemptEnded | undefined;
}

interface FakeNode {
  readonly name: NodeName;
  readonly environment: string;
  readonly size: NodeSize;
  bootId: number;
  /** Counts as connected. */
  connected: boolean;
  wire: 'up' | 'down';
  readonly attempts: Map<number, FakeAttempt>;
  readonly forgotten: Set<number>;
  /** As ScriptedAttempts has them. */
  readonly orders: string[];
  readonly inbox: Effect[];
  readonly outbox: Report[];
  sending: boolean;
  cancelGrace: (() => void) | undefined;
}

const DEFAULTS: FakeAgentsSettings = { delayMs: 1, retryMs: 20, graceMs: 200, doubleOneIn: 0 };

export class FakeAgents implements Execution {
  readonly #settings: FakeAgentsSettings;
  readonly #parts: FakeAgentsParts;
  readonly #nodes = new Map<string, FakeNode>();
  /** How often each attempt ran, by `job.attempt`: more than once is a broken promise. */
  readonly runs = new Map<string, number>();
  #take: ((report: Report) => Promise<void>) | undefined;
  /** Changes with every daemon: what an earlier one has under way means nothing. */
  #daemon = 0;

  constructor(settings: Partial<FakeAgentsSettings>, parts: FakeAgentsParts) {
    this.#settings = { ...DEFAULTS, ...settings };
    this.#parts = parts;
  }

  deliverTo(take: (report: Report) => Promise<void>): void {
    this.#take = take;
    this.#daemon++;
    for (const node of this.#nodes.values()) {
      node.connected = false;
      node.inbox.length = 0;
      node.sending = false;
      if (node.wire === 'up') this.#connect(node);
    }
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const node = this.#nodes.get(effect.node);
      if (!node?.connected) continue;
      node.inbox.push(effect);
      if (this.#draws()) node.inbox.push(effect);
      this.#later(() => this.#deliver(node));
    }
  }

  /** A node appears and dials. */
  addNode(name: string, size: NodeSize, environment = 'local'): void {
    const node: FakeNode = {
      name: nodeName(name),
      environment,
      size,
      bootId: 1,
      connected: false,
      wire: 'up',
      attempts: new Map(),
      forgotten: new Set(),
      orders: [],
      inbox: [],
      outbox: [],
      sending: false,
      cancelGrace: undefined,
    };
    this.#nodes.set(name, node);
    this.#connect(node);
  }

  /** What the node was told, in order. */
  orders(name: string): readonly string[] {
    return this.#node(name).orders;
  }

  /** The attempts that the node has. */
  attempts(name: string): AttemptKey[] {
    return [...this.#node(name).attempts.values()].map((attempt) => attempt.key);
  }

  /** The attempt ends. */
  finish(name: string, key: AttemptKey, course: Omit<Course, 'runMs'> = {}): void {
    const node = this.#node(name);
    const attempt = node.attempts.get(attemptNumber(key.job, key.attempt));
    if (attempt === undefined || attempt.ended !== undefined) return;
    this.#end(node, attempt, course);
  }

  /** Breaks the wire; the node is lost if it is not mended within the grace. */
  part(name: string): void {
    const node = this.#node(name);
    if (node.wire === 'down') return;
    node.wire = 'down';
    node.sending = false;
    node.cancelGrace = this.#parts.clock.after(this.#settings.graceMs, () => this.#lose(node));
  }

  mend(name: string): void {
    const node = this.#node(name);
    if (node.wire === 'up') return;
    node.wire = 'up';
    node.cancelGrace?.();
    if (!node.connected) return this.#connect(node);
    this.#later(() => this.#deliver(node));
    this.#send(node);
  }

  /** The agent's process is another one; its attempts ran on. */
  restartAgent(name: string): void {
    const node = this.#node(name);
    node.outbox.length = 0;
    this.#connect(node);
  }

  /** The machine starts anew: what ran is lost, and so is what was not yet told. */
  reboot(name: string): void {
    const node = this.#node(name);
    node.bootId++;
    node.inbox.length = 0;
    node.outbox.length = 0;
    node.attempts.clear();
    this.#connect(node);
  }

  #connect(node: FakeNode): void {
    node.connected = true;
    node.wire = 'up';
    node.cancelGrace?.();
    const again = new Set(node.outbox.flatMap((r) => (r.kind === 'attemptsEnded' ? r.ended : [])));
    node.outbox.unshift({
      kind: 'nodeConnected',
      node: node.name,
      environment: node.environment,
      size: node.size,
      bootId: String(node.bootId),
      attempts: [...node.attempts.values()].map((attempt) => attempt.key),
    });
    for (const { ended } of node.attempts.values()) {
      if (ended !== undefined && !again.has(ended)) this.#report(node, endReport(node, ended));
    }
    node.sending = false;
    this.#send(node);
  }

  #lose(node: FakeNode): void {
    node.connected = false;
    node.inbox.length = 0;
    const tell = (): void => {
      if (node.connected) return;
      this.#take?.({ kind: 'nodeDisconnected', node: node.name }).catch(() =>
        this.#parts.clock.after(this.#settings.retryMs, tell),
      );
    };
    tell();
  }

  #deliver(node: FakeNode): void {
    if (node.wire === 'down') return;
    for (const effect of node.inbox.splice(0)) this.#obey(node, effect);
  }

  #obey(node: FakeNode, effect: Effect): void {
    if (effect.kind === 'launch') return this.#launch(node, effect.launch);
    if (!('attempt' in effect)) return;
    const { job, attempt } = effect.attempt;
    const number = attemptNumber(job, attempt);
    const words = effect.kind === 'appendReport' ? 'append' : effect.kind;
    const signal = effect.kind === 'signal' ? ` ${effect.signal}` : '';
    const order = `${words} ${job}.${attempt}${signal}`;
    if (node.orders.at(-1) === order) return;
    node.orders.push(order);
    const known = node.attempts.get(number);
    if (effect.kind === 'forget') {
      node.attempts.delete(number);
      node.forgotten.add(number);
    } else if (effect.kind === 'appendReport') {
      this.#report(node, { kind: 'reportsAppended', node: node.name, attempts: [effect.attempt] });
    } else if (effect.kind === 'end' && this.#parts.course && known && known.ended === undefined) {
      this.#end(node, known, { signal: effect.plan.signals.at(-1)?.signal ?? 9 });
    }
  }

  #launch(node: FakeNode, launch: Launch): void {
    const number = attemptNumber(launch.job, launch.attempt);
    if (node.attempts.has(number) || node.forgotten.has(number)) return;
    const name = `${launch.job}.${launch.attempt}`;
    node.orders.push(`launch ${name}`);
    this.runs.set(name, (this.runs.get(name) ?? 0) + 1);
    const key = { job: launch.job, attempt: launch.attempt };
    const startedAt = this.#parts.clock.now();
    const attempt: FakeAttempt = { key, startedAt, ended: undefined };
    node.attempts.set(number, attempt);
    const started = [{ ...key, at: startedAt }];
    this.#report(node, { kind: 'attemptsStarted', node: node.name, started });
    const course = this.#parts.course?.(launch);
    if (course === undefined) return;
    const bootId = node.bootId;
    this.#parts.clock.after(course.runMs, () => {
      if (node.bootId === bootId && attempt.ended === undefined) this.#end(node, attempt, course);
    });
  }

  #end(node: FakeNode, attempt: FakeAttempt, course: Omit<Course, 'runMs'>): void {
    attempt.ended = {
      ...attempt.key,
      startedAt: attempt.startedAt,
      at: instant(Math.max(this.#parts.clock.now(), attempt.startedAt)),
      exitCode: course.exitCode ?? 0,
      signal: course.signal ?? 0,
      usage: NO_USAGE,
      ...(course.outOfMemory && { outOfMemory: true }),
      ...(course.launchFailure && { launchFailure: course.launchFailure }),
    };
    this.#report(node, endReport(node, attempt.ended));
  }

  #report(node: FakeNode, report: Report): void {
    node.outbox.push(report);
    this.#send(node);
  }

  /** One report at a time: the next one leaves when this one is committed. */
  #send(node: FakeNode): void {
    if (node.sending || node.wire === 'down' || !node.connected || this.#take === undefined) return;
    const report = node.outbox[0];
    if (report === undefined) return;
    node.sending = true;
    const daemon = this.#daemon;
    const isStale = (): boolean => daemon !== this.#daemon || node.outbox[0] !== report;
    this.#later(() => {
      if (isStale() || node.wire === 'down' || this.#take === undefined) return;
      if (this.#draws()) this.#take(report).catch(() => {});
      this.#take(report).then(
        () => {
          if (isStale()) return;
          node.outbox.shift();
          node.sending = false;
          this.#send(node);
        },
        () =>
          this.#parts.clock.after(this.#settings.retryMs, () => {
            if (isStale()) return;
            node.sending = false;
            this.#send(node);
          }),
      );
    });
  }

  #later(run: () => void): void {
    const { random, clock } = this.#parts;
    clock.after(random ? random.below(this.#settings.delayMs + 1) : this.#settings.delayMs, run);
  }

  #draws(): boolean {
    const { doubleOneIn } = this.#settings;
    return doubleOneIn > 0 && this.#parts.random?.below(doubleOneIn) === 0;
  }

  #node(name: string): FakeNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }
}

function endReport(node: FakeNode, ended: AttemptEnded): Report {
  return { kind: 'attemptsEnded', node: node.name, ended: [ended] };
}
