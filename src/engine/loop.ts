// The loop. Messages wait in one mailbox; they are decided one after another into the open batch,
// which is closed and committed as soon as the last commit is done; answers and effects leave after
// the commit. While one batch is written the next is decided, but nothing of it is shown.

import { type Instant, instant } from '../base/brand.ts';
import type { Clock } from '../base/clock.ts';
import { crashPoint } from '../base/crash-point.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { planCapacity } from '../core/capacity/plan.ts';
import { check } from '../core/check.ts';
import type { Context } from '../core/context.ts';
import { decide, observe, type Wish } from '../core/decide.ts';
import { evolve } from '../core/evolve.ts';
import { forgetFinished } from '../core/forget.ts';
import { schedule } from '../core/scheduling/schedule.ts';
import type { Job, State } from '../core/state.ts';
import { nextWakeMs } from '../core/wake.ts';
import type { CommandResult } from '../model/command.ts';
import type { Effect } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import type { Refusal } from '../model/refusal.ts';
import type { AttemptKey, Report } from '../model/report.ts';
import { type Batch, closeBatch, type ClosedBatch, emptyBatch } from './batch.ts';
import type { Capacity, Commit, Execution, Store } from './ports.ts';
import { BATCH_MOST, type EngineSettings, PLACEMENTS_A_PASS } from './settings.ts';

/** Wall clocks jump: what is due by them is looked at this often at least. */
const LONGEST_WAIT_MS = 60_000;

/** What the loop works with. */
export interface LoopParts {
  readonly store: Store;
  readonly execution: Execution;
  readonly capacity: Capacity;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** A commit failed for good: memory is ahead of the disk, the process must end. */
  readonly onFatal: (error: unknown) => void;
  /** After each commit, before its answers. */
  readonly onCommitted: (changed: readonly Job[]) => void;
  /** Sees every batch as it goes to the store: simulations fold its events beside the rows. */
  readonly trace?: (commit: Commit, events: readonly Event[]) => void;
}

type Message =
  | {
      readonly kind: 'wishes';
      readonly wishes: readonly Wish[];
      readonly answer: (results: CommandResult[]) => void;
    }
  | { readonly kind: 'report'; readonly report: Report; readonly done: () => void };

/** Decides, commits, answers, acts: one batch after another. */
export class DecisionLoop {
  readonly #settings: EngineSettings;
  readonly #parts: LoopParts;
  readonly #state: State;
  #mailbox: Message[] = [];
  #open: Batch = emptyBatch();
  #committing: Promise<void> | undefined;
  /** Wishes in the mailbox. */
  #waiting = 0;
  #isDue = false;
  #isStopped = false;
  #roomSeen = -1;
  #orderSeen = -1;
  #cancelTimer: (() => void) | undefined;
  #evictedUntil = instant(0);

  constructor(settings: EngineSettings, state: State, parts: LoopParts) {
    this.#settings = settings;
    this.#state = state;
    this.#parts = parts;
  }

  /** The latest end of a job that is no longer in memory. */
  get evictedUntil(): Instant {
    return this.#evictedUntil;
  }

  /** Resolves with the answers after their commit; full mailboxes and disks refuse at once. */
  wishes(wishes: readonly Wish[]): Promise<CommandResult[]> {
    const refusal = this.#refusal(wishes);
    if (refusal !== undefined) {
      return Promise.resolve(wishes.map(() => ({ kind: 'refused', refusal })));
    }
    this.#waiting += wishes.length;
    return new Promise((answer) => this.#put({ kind: 'wishes', wishes, answer }));
  }

  #refusal(wishes: readonly Wish[]): Refusal | undefined {
    if (this.#isStopped || this.#waiting >= this.#settings.mailboxMost) return { code: 'busy' };
    const submits = wishes.some((wish) => wish.command.kind === 'submitJob');
    return submits && !this.#parts.store.hasRoom() ? { code: 'diskFull' } : undefined;
  }

  /** Resolves when the report is committed or found stale. */
  report(report: Report): Promise<void> {
    return new Promise((done) => this.#put({ kind: 'report', report, done }));
  }

  /** Resolves when everything decided so far is on the disk. */
  settled(): Promise<void> {
    if (this.#open.events.length > 0) {
      return new Promise((resolve) => this.#open.answers.push(resolve));
    }
    return this.#committing ?? Promise.resolve();
  }

  /** Writes down what is open and decides nothing more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    while (this.#committing !== undefined) await this.#committing;
  }

  #put(message: Message): void {
    this.#mailbox.push(message);
    this.wakeUp();
  }

  /** Runs a turn soon: after the input of this turn of the event loop is in. */
  wakeUp(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#parts.clock.after(0, () => {
      this.#isDue = false;
      if (!this.#isStopped) this.#turn();
    });
  }

  /** Decides what waits; commits if the disk is free. */
  #turn(): void {
    const at = this.#context();
    this.#decideMail(at);
    const isComplete = this.#schedule(at);
    if (this.#settings.checks) check(this.#state);
    if (this.#committing === undefined) this.#commit(at.now);
    if (this.#committing === undefined) {
      if (!isComplete || this.#mailbox.length > 0) this.wakeUp();
      this.#setTimer(at);
    }
  }

  #decideMail(at: Context): void {
    let done = 0;
    for (; done < this.#mailbox.length; done++) {
      if (this.#open.events.length >= BATCH_MOST) break;
      const message = this.#mailbox[done] as Message;
      if (message.kind === 'wishes') {
        const { wishes, answer } = message;
        const results = wishes.map((wish) => decide(this.#state, wish, at));
        this.#waiting -= wishes.length;
        this.#open.answers.push(() => answer(results));
      } else {
        observe(this.#state, message.report, at);
        this.#open.answers.push(message.done);
      }
    }
    this.#mailbox = done === this.#mailbox.length ? [] : this.#mailbox.slice(done);
  }

  /** A pass, if anything stands in line that was not looked at with this much room. */
  #schedule(at: Context): boolean {
    const state = this.#state;
    if (this.#roomSeen === state.roomVersion && this.#orderSeen === state.nextOrder) return true;
    if (this.#open.events.length >= BATCH_MOST) return false;
    const isComplete = schedule(state, { placements: PLACEMENTS_A_PASS }, at);
    planCapacity(state, at);
    if (isComplete) {
      this.#roomSeen = state.roomVersion;
      this.#orderSeen = state.nextOrder;
    }
    return isComplete;
  }

  #commit(now: Instant): void {
    const batch = this.#open;
    if (batch.events.length === 0) {
      // Nothing changed: whoever asked may know at once, unless it is a repeat of something in
      // flight.
      this.#open = emptyBatch();
      for (const answer of batch.answers) answer();
      this.#perform(batch.strays);
      return;
    }
    this.#open = emptyBatch();
    const closed = closeBatch(this.#state, batch, now);
    this.#parts.trace?.(closed.commit, batch.events);
    crashPoint('submit.beforeCommit', () => holds(batch, 'jobSubmitted'));
    crashPoint('dispatch.beforeCommit', () => holds(batch, 'jobAllocated'));
    this.#committing = this.#parts.store.commit(closed.commit).then(
      () => {
        crashPoint('submit.afterCommit', () => holds(batch, 'jobSubmitted'));
        crashPoint('dispatch.afterCommit', () => holds(batch, 'jobAllocated'));
        crashPoint('complete.afterCommit', () => holds(batch, 'jobFinished'));
        this.#release(closed);
      },
      (error: unknown) => {
        this.#isStopped = true;
        this.#committing = undefined;
        this.#parts.onFatal(error);
      },
    );
  }

  #release(closed: ClosedBatch): void {
    this.#committing = undefined;
    this.#parts.onCommitted(closed.changedJobs);
    for (const answer of closed.answers) answer();
    crashPoint('dispatch.beforeSend', () => closed.effects.some(({ kind }) => kind === 'launch'));
    this.#perform(closed.effects);
    this.#evict();
    if (this.#isStopped) {
      if (this.#open.events.length > 0) this.#commit(this.#parts.clock.now());
      return;
    }
    this.#turn();
  }

  #perform(effects: readonly Effect[]): void {
    if (effects.length === 0) return;
    const instances = effects.filter(isOfInstance);
    if (instances.length > 0) this.#parts.capacity.perform(instances);
    this.#parts.execution.perform(
      instances.length === 0 ? effects : effects.filter((effect) => !isOfInstance(effect)),
    );
    const handed: AttemptKey[] = [];
    for (const effect of effects) {
      if (effect.kind !== 'signal') continue;
      if (this.#state.nodes.get(effect.node)?.node.state === 'up') handed.push(effect.attempt);
    }
    if (handed.length > 0) void this.report({ kind: 'signalsHanded', attempts: handed });
  }

  #evict(): void {
    const { site, finishedInMemory } = this.#settings;
    const keepMs = Math.max(site.cleanPeriodMs, site.minJobAgeMs);
    const endedSince = instant(this.#parts.clock.now() - keepMs);
    const latest = forgetFinished(this.#state, { endedSince, most: finishedInMemory });
    if (latest !== undefined && latest > this.#evictedUntil) this.#evictedUntil = latest;
  }

  #setTimer(at: Context): void {
    this.#cancelTimer?.();
    const waitMs = nextWakeMs(this.#state, at.now, at.steadyMs);
    if (waitMs === undefined) return;
    const ms = Math.min(Math.max(1, Math.ceil(waitMs)), LONGEST_WAIT_MS);
    this.#cancelTimer = this.#parts.clock.after(ms, () => {
      void this.report({ kind: 'tick' });
    });
  }

  #context(): Context {
    const { clock, random } = this.#parts;
    const state = this.#state;
    const open = this.#open;
    return {
      now: clock.now(),
      steadyMs: clock.monotonicMs(),
      random,
      policy: this.#settings.policy,
      emit(event) {
        evolve(state, event);
        open.events.push(event);
      },
      forget(node, attempt) {
        open.strays.push({ kind: 'forget', node, attempt });
      },
    };
  }
}

function holds({ events }: Batch, kind: Event['kind']): boolean {
  return events.some((event) => event.kind === kind);
}

function isOfInstance(effect: Effect): boolean {
  return effect.kind === 'requestInstance' || effect.kind === 'terminateInstance';
}
