// Time that jumps from one due thing to the next. Wall time may be set apart from the steady clock.

import { instant } from '../../../src/base/brand.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { Heap } from '../../../src/base/heap.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
  isCancelled: boolean;
}

export class VirtualClock implements Clock {
  #nowMs = 0;
  #wallOffsetMs = 1_700_000_000_000;
  #order = 0;
  readonly #timers = new Heap<Timer>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));

  now() {
    return instant(this.#nowMs + this.#wallOffsetMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { at: this.#nowMs + ms, order: this.#order++, wake, isCancelled: false };
    this.#timers.push(timer);
    return () => {
      timer.isCancelled = true;
    };
  }

  /** The wall clock alone jumps. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** Runs the next due timer; false when there is none before `untilMs`. */
  async step(untilMs: number): Promise<boolean> {
    for (;;) {
      const timer = this.#timers.peek();
      if (timer === undefined || timer.at > untilMs) return false;
      this.#timers.pop();
      if (timer.isCancelled) continue;
      this.#nowMs = Math.max(this.#nowMs, timer.at);
      timer.wake();
      await drained();
      return true;
    }
  }
}

/** Everything that was promised has had its turn. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
