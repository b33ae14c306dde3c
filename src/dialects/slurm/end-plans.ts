// How Slurm ends jobs: CONT and TERM to every process, KILL after KillWait (slurm.conf(5), 30 s).

import type { EndPlan, SignalScope } from '../../model/end-plan.ts';
import { SIGCONT, SIGKILL, SIGTERM } from '../kit/signals.ts';

const KILL_WAIT_MS = 30_000;

/** scancel, and the time limit. */
export const ENDED: EndPlan = {
  signals: [
    { signal: SIGCONT, afterMs: 0, scope: 'all' },
    { signal: SIGTERM, afterMs: 0, scope: 'all' },
    { signal: SIGKILL, afterMs: KILL_WAIT_MS, scope: 'all' },
  ],
};

/** scancel -s KILL. */
export function killed(scope: SignalScope): EndPlan {
  return { signals: [{ signal: SIGKILL, afterMs: 0, scope }] };
}
