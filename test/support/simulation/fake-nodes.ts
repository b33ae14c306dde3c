// Nodes that delay, repeat, reorder, lose contact, restart and die. Each holds what a real agent holds
// on its disk: attempts claimed, ended, forgotten. It counts every execution, so a test can tell that
// nothing ran twice, and decides each job's true exit code.

import { instant } from '../../../src/base/brand.ts';
import type { Random } from '../../../src/base/random.ts';
import type { Execution } from '../../../src/engine/ports.ts';
import type { Effect, Launch } from '../../../src/model/effect.ts';
import { type NodeName, nodeName } from '../../../src/model/ids.ts';
import type { AttemptEnded, AttemptKey, Report } from '../../../src/model/report.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Which faults a seed has drawn (swarm testing: not always all). */
export interface NodeFaults {
  readonly repeats: boolean;
  readonly delays: boolean;
  readonly disconnects: boolean;
  readonly reboots: boolean;
  /** The control: launches are carried out again when they are repeated. */
  readonly withoutClaims?: boolean;
}

interface Attempt {
  readonly key: AttemptKey;
  state: 'running' | 'ended';
  readonly startedAt: number;
  end: AttemptEnded | undefined;
  isAppended: boolean;
  cancel: (() => void) | undefined;
}

interface FakeNode {
  readonly name: NodeName;
  readonly cpus: number;
  readonly environment: string;
  boot: number;
  isConnected: boolean;
  /** Messages on their way are void once this changes. */
  session: number;
  readonly attempts: Map<string, Attempt>;
  readonly forgotten: Set<string>;
}

const MEMORY_MIB = 100_000;

export class FakeNodes implements Execution {
  /** How often each attempt was executed, by `job.attempt`. */
  readonly executions = new Map<string, number>();
  /** The true end of each attempt that ended by itself. */
  readonly trueExits = new Map<string, number>();
  #take: ((report: Report) => Promise<void>) | undefined;
  readonly #nodes = new Map<NodeName, FakeNode>();
  readonly #clock: VirtualClock;
  readonly #random: Random;
  #faults: NodeFaults;

  constructor(clock: VirtualClock, random: Random, faults: NodeFaults) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  add(name: string, cpus: number, environment = 'local'): void {
    const node: FakeNode = {
      name: nodeName(name),
      cpus,
      environment,
      boot: 1,
      isConnected: false,
      session: 0,
      attempts: new Map(),
      forgotten: new Set(),
    };
    this.#nodes.set(node.name, node);
    this.#connectSoon(node);
  }

  /** The machine is gone for good. */
  remove(name: NodeName): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    for (const attempt of node.attempts.values()) attempt.cancel?.();
    node.session++;
    this.#nodes.delete(name);
  }

  get names(): readonly NodeName[] {
    return [...this.#nodes.keys()];
  }

  /** No further faults. */
  calm(): void {
    this.#faults = { repeats: false, delays: false, disconnects: false, reboots: false };
    for (const node of this.#nodes.values()) if (!node.isConnected) this.#connectSoon(node);
  }

  deliverTo(take: (report: Report) => Promise<void>): void {
    this.#take = take;
    for (const node of this.#nodes.values()) this.#connectSoon(node);
  }

  /** The daemon died: nobody takes reports, and everything on its way is lost. */
  daemonDied(): void {
    this.#take = undefined;
    for (const node of this.#nodes.values()) {
      node.isConnected = false;
      node.session++;
    }
  }

  disconnect(name: NodeName): void {
    const node = this.#nodes.get(name);
    if (node === undefined || !node.isConnected) return;
    node.isConnected = false;
    node.session++;
    void this.#report({ kind: 'nodeDisconnected', node: name });
    this.#clock.after(this.#random.below(120_000), () => this.#connectSoon(node));
  }

  /** Every process is gone; nothing that ran is started again. */
  reboot(name: NodeName): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    for (const attempt of node.attempts.values()) attempt.cancel?.();
    node.attempts.clear();
    node.boot++;
    this.disconnect(name);
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const node = this.#nodes.get(effect.node);
      if (node?.isConnected) this.#send(node, effect);
    }
  }

  #send(node: FakeNode, effect: Effect): void {
    const { session } = node;
    const times = this.#faults.repeats && this.#random.below(4) === 0 ? 2 : 1;
    for (let i = 0; i < times; i++) {
      this.#clock.after(this.#delay(), () => {
        if (node.session === session) this.#carryOut(node, effect);
      });
    }
  }

  #carryOut(node: FakeNode, effect: Effect): void {
    switch (effect.kind) {
      case 'launch':
        return this.#launch(node, effect.launch);
      case 'end': {
        const attempt = node.attempts.get(keyOf(effect.attempt));
        if (attempt?.state === 'running') {
          this.#clock.after(this.#random.below(5000), () => this.#end(node, attempt, 0, 15));
        } else if (attempt === undefined && !node.forgotten.has(keyOf(effect.attempt))) {
          // The launch was overtaken: it never ran and never will.
          this.#refuse(node, effect.attempt);
        }
        return;
      }
      case 'appendReport': {
        const attempt = node.attempts.get(keyOf(effect.attempt));
        if (attempt?.state !== 'ended') return;
        attempt.isAppended = true;
        this.#tell(node, { kind: 'reportsAppended', node: node.name, attempts: [attempt.key] });
        return;
      }
      case 'forget':
        node.attempts.delete(keyOf(effect.attempt));
        node.forgotten.add(keyOf(effect.attempt));
        return;
      default:
        return;
    }
  }

  #launch(node: FakeNode, launch: Launch): void {
    const key = keyOf(launch);
    const isKnown = node.attempts.has(key) || node.forgotten.has(key);
    if (isKnown && this.#faults.withoutClaims !== true) return;
    this.executions.set(key, (this.executions.get(key) ?? 0) + 1);
    const attempt: Attempt = {
      key: { job: launch.job, attempt: launch.attempt },
      state: 'running',
      startedAt: this.#clock.now(),
      end: undefined,
      isAppended: false,
      cancel: undefined,
    };
    node.attempts.set(key, attempt);
    const exitCode = this.#random.below(4) === 0 ? 1 + this.#random.below(200) : 0;
    const runsMs = this.#random.below(10) === 0 ? 600_000 : this.#random.below(60_000);
    attempt.cancel = this.#clock.after(runsMs, () => {
      this.trueExits.set(key, exitCode);
      this.#end(node, attempt, exitCode, 0);
    });
    const started = [{ ...attempt.key, at: this.#clock.now() }];
    this.#tell(node, { kind: 'attemptsStarted', node: node.name, started });
  }

  #refuse(node: FakeNode, key: AttemptKey): void {
    const at = this.#clock.now();
    const usage = { userCpuMs: 0, systemCpuMs: 0, maxMemoryKib: 0 };
    const end: AttemptEnded = { ...key, startedAt: at, at, exitCode: 0, signal: 15, usage };
    const isAppended = false;
    node.attempts.set(keyOf(key), {
      key,
      state: 'ended',
      startedAt: at,
      end,
      isAppended,
      cancel: undefined,
    });
    this.#tell(node, { kind: 'attemptsEnded', node: node.name, ended: [end] });
  }

  #end(node: FakeNode, attempt: Attempt, exitCode: number, signal: number): void {
    if (attempt.state !== 'running' || node.attempts.get(keyOf(attempt.key)) !== attempt) return;
    attempt.state = 'ended';
    attempt.cancel?.();
    attempt.end = {
      ...attempt.key,
      startedAt: instant(attempt.startedAt),
      at: this.#clock.now(),
      exitCode,
      signal,
      usage: { userCpuMs: 5, systemCpuMs: 3, maxMemoryKib: 1000 },
    };
    this.#tell(node, { kind: 'attemptsEnded', node: node.name, ended: [attempt.end] });
  }

  #connectSoon(node: FakeNode): void {
    this.#clock.after(this.#random.below(1000), () => {
      if (node.isConnected || this.#take === undefined) return;
      if (this.#nodes.get(node.name) !== node) return;
      node.isConnected = true;
      const session = ++node.session;
      void this.#connect(node, session);
    });
  }

  async #connect(node: FakeNode, session: number): Promise<void> {
    await this.#report({
      kind: 'nodeConnected',
      node: node.name,
      environment: node.environment,
      size: { cpus: node.cpus, memoryMib: MEMORY_MIB },
      bootId: `${node.name} boot ${node.boot}`,
      attempts: [...node.attempts.values()].map((one) => one.key),
    });
    if (node.session !== session) return;
    for (const { key, end, isAppended, startedAt } of node.attempts.values()) {
      const started = [{ ...key, at: instant(startedAt) }];
      this.#tell(node, { kind: 'attemptsStarted', node: node.name, started });
      if (end) this.#tell(node, { kind: 'attemptsEnded', node: node.name, ended: [end] });
      if (isAppended)
        this.#tell(node, { kind: 'reportsAppended', node: node.name, attempts: [key] });
    }
  }

  /** A report on its way: late, perhaps twice; void when the connection broke. */
  #tell(node: FakeNode, report: Report): void {
    const { session } = node;
    if (!node.isConnected) return;
    const times = this.#faults.repeats && this.#random.below(4) === 0 ? 2 : 1;
    for (let i = 0; i < times; i++) {
      this.#clock.after(this.#delay(), () => {
        if (node.session === session) void this.#report(report);
      });
    }
  }

  async #report(report: Report): Promise<void> {
    await this.#take?.(report);
  }

  #delay(): number {
    return this.#faults.delays ? this.#random.below(3000) : 1;
  }
}

function keyOf({ job, attempt }: AttemptKey): string {
  return `${job}.${attempt}`;
}
