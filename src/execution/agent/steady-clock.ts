// The clock that dates an agent's reports: the wall clock at the start, carried on by the
// monotonic one, so that durations stay right when somebody sets the wall clock. The daemon knows
// how far this clock is from its own.

/** Milliseconds since the epoch that never jump. */
export interface SteadyClock {
  nowMs(): number;
  /** Turns a recent reading of the node's wall clock (another process made it) into this clock. */
  fromWallMs(wallMs: number): number;
}

/** The process's clock. */
export function steadyClock(): SteadyClock {
  const zero = Date.now() - performance.now();
  const nowMs = (): number => Math.round(zero + performance.now());
  return { nowMs, fromWallMs: (wallMs) => wallMs + nowMs() - Date.now() };
}
