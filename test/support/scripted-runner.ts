// A runner for tests of the agent and the link: remembers every order in its sequence, and ends
// attempts when the test says so. What it has outlives an agent, as attempts do: hand the same
// `ScriptedAttempts` to the next runner.

import { attemptNumber } from '../../src/execution/protocol/attempt-number.ts';
import type {
  Attempts,
  LaunchGroup,
  Spec,
  Steering,
} from '../../src/execution/protocol/messages.ts';
import type { RunnerParts } from '../../src/execution/agent/node-agent.ts';
import type { Runner } from '../../src/execution/agent/runner.ts';

/**
 * What a node has, and what it was told, as `launch 1.1`, `end 1.1`, `signal 1.1 10`, `forget
 * 1.1`.
 */
export class ScriptedAttempts {
  readonly orders: string[] = [];
  readonly known = new Map<number, { job: number; attempt: number; ended: boolean }>();
  readonly forgotten = new Set<number>();
  readonly specs: Spec[] = [];
  readonly appended: string[] = [];
}

export class ScriptedRunner implements Runner {
  readonly #attempts: ScriptedAttempts;
  readonly #parts: RunnerParts;
  readonly #specs = new Set<number>();

  constructor(attempts: ScriptedAttempts, parts: RunnerParts) {
    this.#attempts = attempts;
    this.#parts = parts;
  }

  /** As after a scan: what ended and was not forgotten is reported again. */
  async start(): Promise<void> {
    for (const one of this.#attempts.known.values()) {
      if (one.ended) this.#report(one.job, one.attempt);
    }
  }

  async stop(): Promise<void> {}

  attempts(): Attempts {
    const known = [...this.#attempts.known.values()];
    return { job: known.map((one) => one.job), attempt: known.map((one) => one.attempt) };
  }

  addSpec(spec: Spec): void {
    this.#specs.add(spec.handle);
    this.#attempts.specs.push(spec);
  }

  dropSpecs(handles: readonly number[]): void {
    for (const handle of handles) this.#specs.delete(handle);
  }

  dropAllSpecs(): void {
    this.#specs.clear();
  }

  launch(group: LaunchGroup): void {
    if (!this.#specs.has(group.spec)) throw new Error(`no specification ${group.spec}`);
    for (const [i, job] of group.job.entries()) {
      const attempt = group.attempt[i] ?? 0;
      const number = attemptNumber(job, attempt);
      if (this.#attempts.known.has(number) || this.#attempts.forgotten.has(number)) continue;
      this.#attempts.known.set(number, { job, attempt, ended: false });
      this.#attempts.orders.push(`launch ${job}.${attempt}`);
      this.#parts.outbox.started(job, attempt, this.#parts.clock.nowMs());
    }
    this.#parts.changed();
  }

  steer(order: Steering): void {
    const signal = order.order === 'signal' ? ` ${order.signal?.signal}` : '';
    this.#attempts.orders.push(`${order.order} ${order.job}.${order.attempt}${signal}`);
    if (order.order !== 'append') return;
    this.#attempts.appended.push(Buffer.from(order.append ?? []).toString('latin1'));
    this.#parts.outbox.appended(order.job, order.attempt);
    this.#parts.changed();
  }

  forget(attempts: Attempts): void {
    for (const [i, job] of attempts.job.entries()) {
      const attempt = attempts.attempt[i] ?? 0;
      const number = attemptNumber(job, attempt);
      this.#attempts.known.delete(number);
      this.#attempts.forgotten.add(number);
      this.#attempts.orders.push(`forget ${job}.${attempt}`);
    }
  }

  endRerunnable(): void {
    this.#attempts.orders.push('endRerunnable');
  }

  /** The attempt ends with status 0. */
  finish(job: number, attempt: number): void {
    const known = this.#attempts.known.get(attemptNumber(job, attempt));
    if (known === undefined || known.ended) throw new Error(`${job}.${attempt} does not run`);
    known.ended = true;
    this.#report(job, attempt);
    this.#parts.changed();
  }

  #report(job: number, attempt: number): void {
    const now = this.#parts.clock.nowMs();
    this.#parts.outbox.ended({
      job,
      attempt,
      startedMs: now,
      endedMs: now,
      status: 0,
      userCpuMs: 0,
      systemCpuMs: 0,
      maxMemoryKib: 0,
    });
  }
}
