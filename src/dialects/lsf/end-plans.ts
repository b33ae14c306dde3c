// The orders of signals in which LSF ends a job.

import type { EndPlan } from '../../model/end-plan.ts';
import { SIGINT, SIGKILL, SIGTERM, SIGUSR2 } from '../kit/signals.ts';

/** JOB_TERMINATE_INTERVAL's default. */
const INTERVAL_MS = 10_000;

function inOrder(signals: readonly number[]): EndPlan {
  return {
    signals: signals.map((signal, i) => ({ signal, afterMs: i * INTERVAL_MS, scope: 'all' })),
  };
}

/** bkill: SIGINT, SIGTERM and SIGKILL, ten seconds apart. */
export const KILL_PLAN: EndPlan = inOrder([SIGINT, SIGTERM, SIGKILL]);

/** At the run limit SIGUSR2 comes first; a job without a trap ends with code 140. */
export const RUN_LIMIT_PLAN: EndPlan = inOrder([SIGUSR2, SIGINT, SIGTERM, SIGKILL]);

/** bkill -s KILL and bkill -r: at once. */
export const KILL_AT_ONCE: EndPlan = inOrder([SIGKILL]);
