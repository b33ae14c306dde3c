// The only writer of the state. Total over the events, without a clock, and it never fails on an
// event that a decision produced: a wrong move is a bug and throws.

import { unreachable } from '../base/assert.ts';
import type { Event } from '../model/event.ts';
import { changeInstance, wantInstance } from './capacity/instances.ts';
import { allocateElements, detachWaiting } from './lifecycle/elements.ts';
import {
  allocate,
  closeArray,
  complete,
  detach,
  end,
  hold,
  jobOf,
  owe,
  release,
  requestEnd,
  requeue,
  settleSignals,
  setWaitsFor,
  start,
  submit,
} from './lifecycle/jobs.ts';
import { changeNode } from './lifecycle/room.ts';
import type { State } from './state.ts';

/** Applies one fact. */
export function evolve(state: State, event: Event): void {
  switch (event.kind) {
    case 'jobSubmitted':
      return submit(state, event);
    case 'jobEligible':
      return setWaitsFor(state, jobOf(state, event.job), 'nothing', event.at);
    case 'jobNeverEligible':
      return setWaitsFor(state, jobOf(state, event.job), 'never', undefined);
    case 'jobHeld':
      return hold(state, jobOf(state, event.job), event.by);
    case 'jobReleased':
      return release(state, jobOf(state, event.job), event.waitsFor, event.at);
    case 'elementDetached':
      return detach(state, event);
    case 'elementsDetached':
      return detachWaiting(state, jobOf(state, event.array), event.elements, event.firstJob);
    case 'jobAllocated':
      return allocate(state, event);
    case 'elementsAllocated':
      return allocateElements(state, jobOf(state, event.array), event);
    case 'attemptStarted':
      return start(state, event);
    case 'attemptEnding':
      return requestEnd(state, event);
    case 'attemptSignalled':
      return owe(state, event);
    case 'signalsHanded':
      return settleSignals(state, event.job);
    case 'attemptCompleting':
      return complete(state, event);
    case 'jobFinished':
      return end(state, event);
    case 'jobRequeued':
      return requeue(state, event);
    case 'arrayClosed':
      return closeArray(state, jobOf(state, event.job), event.outcome, event.at);
    case 'nodeChanged':
      return changeNode(state, event.node, event.steadyMs);
    case 'definitionRegistered': {
      const { definition } = event;
      const revisions = state.definitions.get(definition.name) ?? [];
      revisions[definition.revision - 1] = definition;
      state.definitions.set(definition.name, revisions);
      return;
    }
    case 'keyCreated':
      state.keys.set(event.key.accessKeyId, event.key);
      return;
    case 'keyDeleted':
      state.keys.delete(event.accessKeyId);
      return;
    case 'instanceWanted':
      return wantInstance(state, event);
    case 'instanceChanged':
      return changeInstance(state, event);
    default:
      return unreachable(event);
  }
}
