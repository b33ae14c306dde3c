// From what the store loaded to a living state.

import type { Clock } from '../base/clock.ts';
import type { Instance, State, Writable } from '../core/state.ts';
import { restoreJobs } from '../core/restore.ts';
import { evolve } from '../core/evolve.ts';
import type { Node } from '../model/node.ts';
import { nodeName } from '../model/ids.ts';
import type { Loaded } from './ports.ts';
import type { EngineSettings } from './settings.ts';

/** Fills an empty state: configuration first, then what was known of nodes, then jobs. */
export function fillState(
  state: State,
  settings: EngineSettings,
  loaded: Loaded,
  clock: Clock,
): void {
  const at = { now: clock.now(), steadyMs: clock.monotonicMs() };
  for (const queue of settings.queues) state.queues.set(queue.name, queue);
  for (const one of settings.environments) state.environments.set(one.name, one);
  state.nextJobId = Math.max(state.nextJobId, Number(loaded.settings['nextJobId'] ?? 0));
  for (const [name, value] of Object.entries(loaded.settings)) {
    if (value === '') continue;
    if (name.startsWith('node.')) restoreNode(state, JSON.parse(value) as Node, at.steadyMs);
    if (name.startsWith('instance.')) restoreInstance(state, JSON.parse(value) as Instance);
  }
  for (const definition of loaded.definitions) {
    evolve(state, { kind: 'definitionRegistered', at: at.now, definition });
  }
  for (const key of loaded.keys) evolve(state, { kind: 'keyCreated', at: at.now, key });
  for (const [requestId, job] of loaded.requestIds) state.requestIds.set(requestId, job);
  restoreJobs(state, loaded.jobs, at);
}

/** No agent has dialled in yet: what was up is out of reach until it does. */
function restoreNode(state: State, node: Node, steadyMs: number): void {
  if (node.state === 'gone') return;
  const unreachable = { ...node, name: nodeName(node.name), state: 'unreachable' as const };
  evolve(state, { kind: 'nodeChanged', at: node.since, steadyMs, node: unreachable });
}

function restoreInstance(state: State, instance: Instance): void {
  state.instances.set(instance.request, { ...instance } as Writable<Instance>);
  state.nextInstance = Math.max(state.nextInstance, instance.request + 1);
  state.changedInstances.push(instance.request);
}
