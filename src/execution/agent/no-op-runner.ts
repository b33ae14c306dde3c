// The benchmark mode: every attempt ends at once with status 0 and nothing is run. It keeps the
// same books as the real runner (what it has, what it forgot), since they are part of what is
// measured.

import { attemptNumber, attemptOf, jobOf } from '../protocol/attempt-number.ts';
import type { Attempts, LaunchGroup, Steering } from '../protocol/messages.ts';
import { RecentNumbers } from './recent-numbers.ts';
import type { ReportOutbox } from './report-outbox.ts';
import type { Runner } from './runner.ts';
import type { SteadyClock } from './steady-clock.ts';

const REMEMBERED = 50_000;

export class NoOpRunner implements Runner {
  readonly #outbox: ReportOutbox;
  readonly #clock: SteadyClock;
  readonly #changed: () => void;
  readonly #has = new Set<number>();
  readonly #forgotten = new RecentNumbers(REMEMBERED);

  constructor(outbox: ReportOutbox, parts: { clock: SteadyClock; changed: () => void }) {
    this.#outbox = outbox;
    this.#clock = parts.clock;
    this.#changed = parts.changed;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  attempts(): Attempts {
    const numbers = [...this.#has];
    return { job: numbers.map(jobOf), attempt: numbers.map(attemptOf) };
  }

  addSpec(): void {}

  dropSpecs(): void {}

  dropAllSpecs(): void {}

  launch(group: LaunchGroup): void {
    const now = this.#clock.nowMs();
    for (let i = 0; i < group.job.length; i++) {
      const job = group.job[i] as number;
      const attempt = group.attempt[i] as number;
      const number = attemptNumber(job, attempt);
      if (this.#has.has(number) || this.#forgotten.has(number)) continue;
      this.#has.add(number);
      this.#outbox.endedAtOnce(job, attempt, now);
    }
    this.#changed();
  }

  steer(order: Steering): void {
    if (order.order !== 'append') return;
    this.#outbox.appended(order.job, order.attempt);
    this.#changed();
  }

  forget(attempts: Attempts): void {
    for (let i = 0; i < attempts.job.length; i++) {
      const number = attemptNumber(attempts.job[i] as number, attempts.attempt[i] as number);
      this.#has.delete(number);
      this.#forgotten.add(number);
    }
  }

  endRerunnable(): void {}
}
