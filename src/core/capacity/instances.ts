// The books of instances: wanted, booting, joined, interrupted, terminating, gone.

import { assert } from '../../base/assert.ts';
import type { Event } from '../../model/event.ts';
import { assertInstanceMove } from '../lifecycle/transitions.ts';
import type { Instance, State, Writable } from '../state.ts';

/** Writes down an instance that shall be bought. */
export function wantInstance(state: State, event: Event & { kind: 'instanceWanted' }): void {
  state.instances.set(event.request, {
    request: event.request,
    environment: event.environment,
    type: event.instanceType,
    node: event.node,
    state: 'requested',
    since: event.at,
  });
  state.nextInstance = Math.max(state.nextInstance, event.request + 1);
  state.changedInstances.push(event.request);
}

/** Moves an instance on; one that is gone leaves the books. */
export function changeInstance(state: State, event: Event & { kind: 'instanceChanged' }): void {
  const instance = state.instances.get(event.request) as Writable<Instance> | undefined;
  assert(instance !== undefined, `event of an unknown instance ${event.request}`);
  assertInstanceMove(instance.state, event.state);
  instance.state = event.state;
  instance.since = event.at;
  state.changedInstances.push(event.request);
  if (event.state !== 'gone') return;
  state.instances.delete(event.request);
  // Another one may be wanted in its place.
  state.roomVersion++;
}
