// A view as the wire has it.

import { textOf } from '../../base/byte-text.ts';
import { isSuccess } from '../../model/outcome.ts';
import type { JobStateName } from '../../model/selection.ts';
import type { JobView } from '../../model/view.ts';
import type { JobState } from './messages.ts';

/** The numbers of the protocol's enum. */
const STATES: Readonly<Record<JobStateName, number>> = {
  pending: 0,
  starting: 1,
  running: 2,
  completing: 3,
  finished: 4,
};

export function jobState(view: JobView): JobState {
  const { outcome, array, element, allocation } = view;
  const node = allocation?.[0]?.node;
  return {
    job: view.id,
    array: element === undefined ? undefined : view.base,
    index: element,
    state: STATES[view.state],
    reason: view.reason,
    name: textOf(view.request.name),
    user: textOf(view.owner.user),
    attempt: view.attempt,
    submittedMs: view.submittedAt,
    startedMs: view.startedAt,
    endedMs: view.endedAt,
    outcome: outcome?.kind,
    success: outcome === undefined ? undefined : isSuccess(outcome),
    exitCode: outcome !== undefined && 'exitCode' in outcome ? outcome.exitCode : undefined,
    signal: outcome !== undefined && 'signal' in outcome ? outcome.signal : undefined,
    node: node === undefined ? undefined : textOf(node),
    ...(array === undefined || element !== undefined
      ? {}
      : {
          size: array.size,
          sizePending: array.pending,
          sizeRunning: array.running,
          sizeSucceeded: array.succeeded,
          sizeFailed: array.failed,
        }),
  };
}
