// Reports of one agent process on their way into the engine: each number is handed on once, and
// confirmed when it and all before it are committed. When a commit fails the rest is forgotten, so
// that the agent, which still has it, sends it again.

import type { Report } from '../../model/report.ts';

/** What an intake is given. */
export interface ReportIntakeParts {
  readonly take: (report: Report) => Promise<void>;
  /** Everything up to `number` is committed. */
  readonly committed: (number: number) => void;
  readonly failed: (cause: unknown) => void;
}

export class ReportIntake {
  readonly #parts: ReportIntakeParts;
  /** Handed on, by number, until it and all before it are committed. */
  #underWay: { readonly number: number; done: boolean }[] = [];
  #taken: number;
  #committed: number;

  /** `next` is the number of the first report that will come. */
  constructor(next: number, parts: ReportIntakeParts) {
    this.#parts = parts;
    this.#taken = next - 1;
    this.#committed = next - 1;
  }

  /** Everything up to this number is committed. */
  get committed(): number {
    return this.#committed;
  }

  /** Hands the reports of message `number` on, unless that was done before. */
  receive(number: number, read: () => readonly Report[]): void {
    if (number <= this.#taken) {
      if (number <= this.#committed) this.#parts.committed(this.#committed);
      return;
    }
    // Behind a failed one, until the session ends.
    if (number !== this.#taken + 1) return;
    this.#taken = number;
    const message = { number, done: false };
    this.#underWay.push(message);
    Promise.all(read().map((report) => this.#parts.take(report))).then(
      () => {
        message.done = true;
        this.#advance();
      },
      (cause: unknown) => this.#fail(message, cause),
    );
  }

  #advance(): void {
    let count = 0;
    while (this.#underWay[count]?.done === true) count++;
    const last = this.#underWay[count - 1];
    if (last === undefined) return;
    this.#underWay.splice(0, count);
    this.#committed = last.number;
    this.#parts.committed(last.number);
  }

  #fail(message: { readonly number: number }, cause: unknown): void {
    if (!this.#underWay.some((one) => one === message)) return;
    this.#underWay = [];
    this.#taken = this.#committed;
    this.#parts.failed(cause);
  }
}
