// Effects for one node on their way into one message. Launches that are equal but for their numbers
// share a group, so a thousand of them cost a thousand numbers.

import type { Effect, Launch } from '../../model/effect.ts';
import type { AllocatedNode } from '../../model/node.ts';
import type { AttemptKey } from '../../model/report.ts';
import type { LaunchGroup, Steering } from '../protocol/messages.ts';
import { APPEND_BYTES_AT_ONCE, ORDERS_AT_ONCE } from './settings.ts';
import type { SpecEntry, SpecBook } from './spec-book.ts';

/** Launches of one specification with equal allocations. */
export interface OpenGroup {
  readonly spec: SpecEntry;
  readonly like: Launch;
  readonly base: number;
  readonly job: number[];
  readonly attempt: number[];
  readonly index: number[];
}

/** Steering effects. */
export type SteeringEffect = Extract<Effect, { kind: 'end' | 'signal' }>;

const NO_NOTE = new Uint8Array();

export class OrderBatch {
  readonly #specs: SpecBook;
  readonly groups: OpenGroup[] = [];
  readonly steering: Steering[] = [];
  readonly forget = { job: [] as number[], attempt: [] as number[] };
  #launches = 0;
  #appendBytes = 0;
  #signals: Set<string> | undefined;

  constructor(specs: SpecBook) {
    this.#specs = specs;
  }

  get isEmpty(): boolean {
    return this.#launches + this.steering.length + this.forget.job.length === 0;
  }

  get isFull(): boolean {
    return (
      this.#launches >= ORDERS_AT_ONCE ||
      this.steering.length + this.forget.job.length >= ORDERS_AT_ONCE ||
      this.#appendBytes >= APPEND_BYTES_AT_ONCE
    );
  }

  addLaunch(launch: Launch): void {
    const group = this.#groupOf(launch);
    group.job.push(launch.job);
    group.attempt.push(launch.attempt);
    if (group.base !== 0) group.index.push(launch.index ?? 0);
    this.#launches++;
  }

  /** Adds an order, an end with its note; a signal that waits here already is not added again. */
  addSteering(
    { attempt: { job, attempt }, ...effect }: SteeringEffect,
    note: Uint8Array = NO_NOTE,
  ): void {
    if (effect.kind === 'end') {
      this.steering.push({ job, attempt, end: { steps: effect.plan.signals, note } });
      return;
    }
    this.#signals ??= new Set();
    const words = `${job}.${attempt} ${effect.signal} ${effect.scope}`;
    if (this.#signals.has(words)) return;
    this.#signals.add(words);
    this.steering.push({ job, attempt, signal: { signal: effect.signal, scope: effect.scope } });
  }

  addAppend({ job, attempt }: AttemptKey, text: Uint8Array): void {
    this.steering.push({ job, attempt, append: text });
    this.#appendBytes += text.length;
  }

  addForget({ job, attempt }: AttemptKey): void {
    this.forget.job.push(job);
    this.forget.attempt.push(attempt);
  }

  /** Takes a group's launches out: they cannot be sent. */
  remove(group: OpenGroup): void {
    this.groups.splice(this.groups.indexOf(group), 1);
    this.#launches -= group.job.length;
  }

  #groupOf(launch: Launch): OpenGroup {
    const last = this.groups.at(-1);
    if (last !== undefined && isLike(last, launch)) return last;
    const spec = this.#specs.entryOf(launch);
    const found = this.groups.find((group) => group.spec === spec && isAlike(group, launch));
    if (found !== undefined) return found;
    const base = launch.index === undefined ? 0 : launch.base;
    const group: OpenGroup = { spec, like: launch, base, job: [], attempt: [], index: [] };
    this.groups.push(group);
    return group;
  }
}

/** The message of a group whose specification the agent has, or is about to get. */
export function groupMessage(group: OpenGroup): LaunchGroup {
  const { allocation } = group.like;
  return {
    spec: group.spec.handle,
    base: group.base,
    job: group.job,
    attempt: group.attempt,
    index: group.index,
    nodes: allocation.map((part) => Buffer.from(part.node, 'latin1')),
    cpus: allocation.map((part) => part.cpus),
    tasks: allocation.map((part) => part.tasks),
    memoryMib: allocation[0]?.memoryMib ?? 0,
  };
}

/** Equal specification and owner, without a look into the book. */
function isLike(group: OpenGroup, launch: Launch): boolean {
  const like = group.like;
  return like.spec === launch.spec && like.owner === launch.owner && isAlike(group, launch);
}

function isAlike({ like, base }: OpenGroup, launch: Launch): boolean {
  if (base !== (launch.index === undefined ? 0 : launch.base)) return false;
  const [one, other] = [like.allocation, launch.allocation];
  if (one === other) return true;
  return one.length === other.length && one.every((part, i) => isSamePart(part, other[i]));
}

function isSamePart(one: AllocatedNode, other: AllocatedNode | undefined): boolean {
  return (
    one.node === other?.node &&
    one.cpus === other.cpus &&
    one.tasks === other.tasks &&
    one.memoryMib === other.memoryMib
  );
}
