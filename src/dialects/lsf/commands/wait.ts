// `bsub -K`: what is printed while the job runs, and the status at its end. The job report is in
// the output before the job shows as ended, so nothing more has to be waited for.

import type { JobId } from '../../../model/ids.ts';
import { isSuccess } from '../../../model/outcome.ts';
import type { JobView } from '../../../model/view.ts';
import { awaitJob, type Dialog, write } from '../../kit/dialog.ts';
import { exitCodeOf } from '../outcomes.ts';

const FAILED = 255;

/** Waits for the end of the job; the exit status is the job's. */
export function* waitForJob(job: JobId): Dialog {
  yield* write('stderr', '<<Waiting for dispatch ...>>\n');
  const begun = yield* awaitJob(job, 'started');
  if (begun === undefined || begun.every(({ startedAt }) => startedAt === undefined)) {
    if (begun === undefined || begun.every(({ state }) => state === 'finished')) {
      yield* write('stderr', '<<Terminated while pending>>\n');
      return FAILED;
    }
  }
  const node = begun.find(({ allocation }) => allocation !== undefined)?.allocation?.[0]?.node;
  if (node !== undefined) yield* write('stderr', `<<Starting on ${node}>>\n`);
  const ended = yield* awaitJob(job, 'ended');
  yield* write('stderr', '<<Job is finished>>\n');
  const failed = ended?.find((view) => view.outcome !== undefined && !isSuccess(view.outcome));
  return ended === undefined ? FAILED : failed === undefined ? 0 : statusOf(failed);
}

/** Never 0: a job that was killed and ended with 0 did not succeed. */
function statusOf({ outcome }: JobView): number {
  return (outcome === undefined ? 0 : exitCodeOf(outcome)) || FAILED;
}
