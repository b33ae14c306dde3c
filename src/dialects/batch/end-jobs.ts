// CancelJob and TerminateJob. Both say yes to an id that nobody knows and to a job that has ended.

import type { Refusal } from '../../model/refusal.ts';
import type { EndPlan } from '../../model/end-plan.ts';
import { command } from '../kit/dialog.ts';
import { type BatchCall, type Exchange, ok } from './call.ts';
import { jobReference, refOf } from './job-reference.ts';
import { replyOf } from './refusals.ts';
import { bytesOf } from '../../base/byte-text.ts';

const SIGTERM = 15;
const SIGKILL = 9;

/** As a container is stopped: 30 seconds for the command to end by itself. */
const STOP: EndPlan = {
  signals: [
    { signal: SIGTERM, afterMs: 0, scope: 'all' },
    { signal: SIGKILL, afterMs: 30_000, scope: 'all' },
  ],
};

/** What changes nothing and is no error. */
const WITHOUT_EFFECT: readonly Refusal['code'][] = [
  'noSuchJob',
  'noMatchingJob',
  'noSuchElement',
  'alreadyFinished',
  'notStarted',
];

/** The request of both. */
export interface EndJob {
  readonly jobId: string;
  readonly reason: string;
}

/** Ends what did not start yet. */
export const cancelJob = (asked: EndJob, call: BatchCall) => end(asked, call, true);

/** Ends it wherever it stands. */
export const terminateJob = (asked: EndJob, call: BatchCall) => end(asked, call, false);

function* end({ jobId, reason }: EndJob, call: BatchCall, onlyPending: boolean): Exchange {
  const found = jobReference(jobId, call.site);
  if (found === undefined) return ok({});
  const result = yield* command({
    kind: 'cancelJobs',
    selection: { refs: [refOf(found)] },
    plan: STOP,
    why: bytesOf(reason),
    ...(onlyPending ? { onlyPending } : {}),
  });
  const refusals =
    result.kind === 'refused'
      ? [result.refusal]
      : result.kind === 'steered'
        ? result.jobs.map((job) => job.refusal).filter((each) => each !== undefined)
        : [];
  const refusal = refusals.find(({ code }) => !WITHOUT_EFFECT.includes(code));
  return refusal === undefined ? ok({}) : replyOf(refusal);
}
