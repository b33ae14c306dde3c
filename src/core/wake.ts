// When the next thing is due. The core sets no timers; the engine keeps one.

import type { Instant } from '../base/brand.ts';
import type { StateView } from './state.ts';

/** Leases of lost nodes and idle instances are looked at this often. */
const LOOK_MS = 10_000;

/** Milliseconds from now until something is due; undefined: nothing ever is. */
export function nextWakeMs(state: StateView, now: Instant, steadyMs: number): number | undefined {
  const waits: number[] = [];
  const wall = state.wallAlarms.peek();
  if (wall !== undefined) waits.push(wall.at - now);
  const steady = state.steadyAlarms.peek();
  if (steady !== undefined) waits.push(steady.at - steadyMs);
  if (needsLooking(state)) waits.push(LOOK_MS);
  return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits));
}

function needsLooking(state: StateView): boolean {
  if (state.instances.size > 0) return true;
  for (const slot of state.nodes.values()) {
    if (slot.lostSinceMs !== undefined) return true;
  }
  return false;
}
