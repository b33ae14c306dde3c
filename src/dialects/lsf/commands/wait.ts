// `bsub -K`: what is printed while the job runs, and the status at its end. The job report is in
// the output before the job shows as ended, so nothing more has to be waited for.

import type { JobId } from '../../../model/ids.ts';
import { isSuccess } from '../../../model/outcome.ts';
import type { JobView } from '../../../model/view.ts';
import { visible } from '../../kit/control-characters.ts';
import { awaitJob, type Dialog, type Invocation, write } from '../../kit/dialog.ts';
import { exitCodeOf } from '../outcomes.ts';
import { isYes, setting } from '../settings.ts';

const FAILED = 255;
/** LSF 10.1's own status; openlava has 255. */
const ENDED_WHILE_PENDING = 126;

/** Waits for the end of the job; the exit status is the job's. */
export function* waitForJob(call: Invocation, job: JobId): Dialog {
  yield* write('stderr', '<<Waiting for dispatch ...>>\n');
  const begun = yield* awaitJob(job, 'started');
  if (begun === undefined || begun.every(hasEndedUnstarted)) {
    yield* write('stderr', '<<Terminated while pending>>\n');
    return ENDED_WHILE_PENDING;
  }
  const node = begun.find(({ allocation }) => allocation !== undefined)?.allocation?.[0]?.node;
  if (node !== undefined && isYes(setting(call, 'LSB_SUBK_SHOW_EXEC_HOST'))) {
    yield* write('stderr', `<<Starting on ${visible(node)}>>\n`);
  }
  const ended = yield* awaitJob(job, 'ended');
  if (!call.environment.has('BSUB_QUIET2')) {
    const which = isYes(setting(call, 'LSB_SUBK_SHOW_JOBID')) ? `Job <${job}>` : 'Job';
    yield* write('stderr', `<<${which} is finished>>\n`);
  }
  if (ended === undefined) return FAILED;
  const failed = ended.find((view) => view.outcome !== undefined && !isSuccess(view.outcome));
  return failed === undefined ? 0 : statusOf(failed);
}

function hasEndedUnstarted({ state, startedAt }: JobView): boolean {
  return state === 'finished' && startedAt === undefined;
}

/** Never 0: a job that was killed and ended with 0 did not succeed. */
function statusOf({ outcome }: JobView): number {
  return (outcome === undefined ? 0 : exitCodeOf(outcome)) || FAILED;
}
