// What a job waits for first, beside room: on submission, on release, when it is requeued.

import type { Instant } from '../../base/brand.ts';
import type { WaitsFor } from '../../model/event.ts';
import type { JobRequest } from '../../model/job-request.ts';
import type { StateView } from '../state.ts';
import { type Asker, evaluate, isElementwise } from './evaluate.ts';

/** Facts beside the request: holds and begin times can be changed later. */
export interface Waiting {
  readonly request: JobRequest;
  readonly held: boolean;
  readonly notBefore: Instant | undefined;
}

/** The first thing that keeps the job from standing in line. */
export function firstWait(
  state: StateView,
  asker: Asker,
  waiting: Waiting,
  now: Instant,
): WaitsFor {
  if (waiting.held) return 'hold';
  const { dependency, array } = waiting.request;
  if (dependency !== undefined) {
    const elementwise = array !== undefined && isElementwise(dependency);
    if (elementwise && asker.element === undefined) return 'dependency';
    const verdict = evaluate(state, asker, dependency, now);
    if (verdict === 'wait') return 'dependency';
    if (verdict === 'never') return 'never';
  }
  return waiting.notBefore !== undefined && waiting.notBefore > now ? 'beginTime' : 'nothing';
}
