// A job's STAT. Total over the states of the model.

import type { JobView } from '../../model/view.ts';
import type { JobStateName } from '../../model/selection.ts';
import { isSuccess } from '../../model/outcome.ts';

export type Stat = 'PEND' | 'PSUSP' | 'RUN' | 'UNKWN' | 'DONE' | 'EXIT';

const STATS = {
  pending: (view) => (view.heldBy === undefined ? 'PEND' : 'PSUSP'),
  starting: running,
  running,
  // The job report is not yet written: clients may not see the end before it is.
  completing: running,
  finished: (view) => (view.outcome !== undefined && isSuccess(view.outcome) ? 'DONE' : 'EXIT'),
} as const satisfies Record<JobStateName, (view: JobView) => Stat>;

/** What the column STAT shows. */
export function statOf(view: JobView): Stat {
  return STATS[view.state](view);
}

function running(view: JobView): Stat {
  return view.unreachable === true ? 'UNKWN' : 'RUN';
}
