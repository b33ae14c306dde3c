// Time as a port. Wall time dates facts; the one timer of the engine is set through the same port,
// so that a simulation can jump.

import { type Instant, instant } from './brand.ts';

/** What time it is, and a call at a later time. */
export interface Clock {
  /** The wall clock. */
  now(): Instant;
  /** Milliseconds of a clock that never jumps, from an arbitrary zero: for durations. */
  monotonicMs(): number;
  /**
   * Calls `wake` once after `ms`; 0: after the input of this turn of the event loop is in.
   * Returns the way to cancel that.
   */
  after(ms: number, wake: () => void): () => void;
}

/** The machine's clock. Timers do not keep the process alive. */
export function systemClock(): Clock {
  return {
    now: () => instant(Date.now()),
    monotonicMs: () => performance.now(),
    after(ms, wake) {
      if (ms === 0) {
        const soon = setImmediate(wake);
        return () => clearImmediate(soon);
      }
      const timer = setTimeout(wake, Math.min(ms, 2 ** 31 - 1));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
