// Nodes come, go and come back. A lost node's attempts stay as they are until proof of their end,
// or until a lease says that nobody can still run them.

import type { NodeName } from '../../model/ids.ts';
import { nodeName } from '../../model/ids.ts';
import type { Node, NodeState } from '../../model/node.ts';
import type { AttemptUnkillable, Report } from '../../model/report.ts';
import type { Context } from '../context.ts';
import { instanceOf } from '../capacity/find.ts';
import type { NodeSlot, Run, StateView } from '../state.ts';
import { loseRun, mayRunAgain } from './ends.ts';

/** An agent dialled in, for the first time or again. */
export function nodeConnected(
  state: StateView,
  report: Report & { kind: 'nodeConnected' },
  at: Context,
): void {
  const before = state.nodes.get(report.node);
  const rebooted = before !== undefined && before.node.bootId !== report.bootId;
  const node: Node = {
    name: report.node,
    environment: report.environment,
    size: report.size,
    state: 'up',
    since: before?.node.state === 'up' && !rebooted ? before.node.since : at.now,
    bootId: report.bootId,
    ...staysDrained(before?.node.drained),
  };
  at.emit({ kind: 'nodeChanged', at: at.now, steadyMs: at.steadyMs, node });
  joinInstance(state, report.node, at);
  const known = new Set(report.attempts.map((key) => `${key.job}.${key.attempt}`));
  for (const run of runsOn(state, report.node)) {
    const isThere = known.delete(`${run.id}.${run.attempt}`);
    if (rebooted || (run.phase !== 'starting' && !isThere)) loseRun(state, run, at);
  }
  for (const key of report.attempts) {
    const run = state.runs.get(key.job);
    if (run === undefined || run.attempt !== key.attempt) at.forget(report.node, key);
  }
}

/** How the reason begins when processes on the node do not die. */
const UNKILLABLE = 'processes cannot be killed';

/** Processes of attempts do not die: whatever they hang on would hang more jobs. */
export function attemptsUnkillable(
  state: StateView,
  node: NodeName,
  attempts: readonly AttemptUnkillable[],
  at: Context,
): void {
  for (const { job, processes } of attempts) {
    drainNode(state, node, `${UNKILLABLE}: ${processes} of job ${job}`, at);
  }
}

/** Restarting the machine, or only its agent, is how such a node is taken into service again. */
function staysDrained(why: string | undefined): { readonly drained?: string } {
  return why === undefined || why.startsWith(UNKILLABLE) ? {} : { drained: why };
}

function joinInstance(state: StateView, node: NodeName, at: Context): void {
  const instance = instanceOf(state, node);
  if (instance === undefined || (instance.state !== 'requested' && instance.state !== 'booting'))
    return;
  at.emit({ kind: 'instanceChanged', at: at.now, request: instance.request, state: 'joined' });
}

/** Contact was lost. */
export function nodeDisconnected(state: StateView, name: NodeName, at: Context): void {
  const slot = state.nodes.get(name);
  if (slot?.node.state === 'up') setState(slot, 'unreachable', at);
}

/** A lost node's leases are over, as far as they are. */
export function nodeStillLost(state: StateView, name: NodeName, at: Context): void {
  const slot = state.nodes.get(name);
  if (slot?.lostSinceMs === undefined) return;
  const lostMs = at.steadyMs - slot.lostSinceMs;
  const outcome = { kind: 'nodeFailed', node: name } as const;
  for (const run of runsOn(state, name)) {
    const patienceMs = mayRunAgain(run, outcome, at)
      ? at.policy.leaseMs
      : at.policy.nodeLostAfterMs;
    if (lostMs >= patienceMs) loseRun(state, run, at);
  }
}

/** A node that will not come back: everything on it is lost. */
export function nodeGone(state: StateView, name: NodeName, at: Context): void {
  const slot = state.nodes.get(name);
  if (slot === undefined) return;
  for (const run of runsOn(state, name)) loseRun(state, run, at);
  setState(slot, 'gone', at);
}

/**
 * Every attempt whose first node it is, those too that only wait for their report to be written.
 */
function runsOn(state: StateView, name: NodeName): Run[] {
  const found: Run[] = [];
  for (const run of state.runs.values()) {
    if (run.allocation[0]?.node === name) found.push(run);
  }
  return found;
}

/** Keeps new jobs away from a node. */
export function drainNode(state: StateView, name: NodeName, why: string, at: Context): void {
  const slot = state.nodes.get(name);
  if (slot === undefined || slot.node.drained !== undefined) return;
  const node = { ...slot.node, drained: why };
  at.emit({ kind: 'nodeChanged', at: at.now, steadyMs: at.steadyMs, node });
}

function setState(slot: NodeSlot, state: NodeState, at: Context): void {
  const node = { ...slot.node, name: nodeName(slot.node.name), state, since: at.now };
  at.emit({ kind: 'nodeChanged', at: at.now, steadyMs: at.steadyMs, node });
}
