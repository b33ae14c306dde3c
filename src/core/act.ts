// What the outside must be made to do, from the state alone. Deriving it twice is harmless:
// receivers know repetition by job and attempt. A restart derives everything anew.

import type { Effect } from '../model/effect.ts';
import type { NodeName } from '../model/ids.ts';
import type { Run, StateView } from './state.ts';

/** The effects that these runs call for. */
export function actOnRuns(runs: Iterable<Run>): Effect[] {
  const effects: Effect[] = [];
  for (const run of runs) actOn(run, effects);
  return effects;
}

/** The effects that these instances call for. */
export function actOnInstances(state: StateView, requests: Iterable<number>): Effect[] {
  const effects: Effect[] = [];
  for (const request of requests) {
    const instance = state.instances.get(request);
    if (instance === undefined) continue;
    const { environment, node } = instance;
    if (instance.state === 'requested') {
      const instanceType = instance.type.name;
      effects.push({ kind: 'requestInstance', environment, request, instanceType, node });
    } else if (instance.state === 'terminating') {
      effects.push({ kind: 'terminateInstance', environment, request, node });
    }
  }
  return effects;
}

function actOn(run: Run, effects: Effect[]): void {
  const node = run.allocation[0]?.node as NodeName;
  const attempt = { job: run.id, attempt: run.attempt };
  switch (run.phase) {
    case 'gone':
      effects.push({ kind: 'forget', node, attempt });
      return;
    case 'completing':
      effects.push({ kind: 'appendReport', node, attempt, job: run.id });
      return;
    case 'starting':
      effects.push({ kind: 'launch', node, launch: launchOf(run) });
      break;
    case 'running':
      break;
    default:
      run.phase satisfies never;
  }
  for (const { signal, scope } of run.owedSignals) {
    effects.push({ kind: 'signal', node, attempt, signal, scope });
  }
  if (run.ending !== undefined) {
    const { dialect } = run.job.spec.request;
    effects.push({ kind: 'end', node, attempt, ...run.ending, dialect });
  }
}

function launchOf(run: Run): Extract<Effect, { kind: 'launch' }>['launch'] {
  const { job } = run;
  return {
    job: run.id,
    attempt: run.attempt,
    base: job.array?.id ?? job.id,
    index: run.element,
    spec: job.spec.key,
    request: job.spec.request,
    owner: job.owner,
    allocation: run.allocation,
  };
}
