// The books of nodes: who holds what. Taking and giving back are the only writers of free room.

import type { Instant } from '../../base/brand.ts';
import type { Node } from '../../model/node.ts';
import type { NodeSlot, Run, State, Writable } from '../state.ts';
import { assertNodeMove } from './transitions.ts';

type OpenSlot = Writable<NodeSlot> & { runs: Set<Run> };

/** Writes the run's allocation into the books. */
export function takeRoom(state: State, run: Run): void {
  for (const part of run.allocation) {
    const slot = state.nodes.get(part.node) as OpenSlot | undefined;
    if (slot === undefined) continue;
    slot.freeCpus -= part.cpus;
    slot.freeMemoryMib -= part.memoryMib;
    slot.runs.add(run);
    state.freeNodes.move(slot);
  }
}

/** Gives the run's allocation back. */
export function giveRoomBack(state: State, run: Run, at: Instant): void {
  for (const part of run.allocation) {
    const slot = state.nodes.get(part.node) as OpenSlot | undefined;
    if (slot === undefined || !slot.runs.delete(run)) continue;
    slot.freeCpus += part.cpus;
    slot.freeMemoryMib += part.memoryMib;
    slot.emptySince = at;
    state.freeNodes.move(slot);
  }
  state.roomVersion++;
}

/** Applies what is known of a node; its books stay. */
export function changeNode(state: State, node: Node, steadyMs: number): void {
  const slot = (state.nodes.get(node.name) ?? newSlot(state, node)) as OpenSlot;
  assertNodeMove(slot.node.state, node.state);
  slot.freeCpus += node.size.cpus - slot.node.size.cpus;
  slot.freeMemoryMib += node.size.memoryMib - slot.node.size.memoryMib;
  slot.node = node;
  const takesJobs = node.state === 'up' && node.drained === undefined;
  if (takesJobs && !state.freeNodes.has(slot)) state.freeNodes.add(slot);
  else if (!takesJobs) state.freeNodes.remove(slot);
  else state.freeNodes.move(slot);
  slot.lostSinceMs = node.state === 'unreachable' ? (slot.lostSinceMs ?? steadyMs) : undefined;
  if (node.state === 'gone' && slot.runs.size === 0) state.nodes.delete(node.name);
  state.roomVersion++;
  if (node.state === 'up') oweAgain(state, slot);
}

/** A node that is there again is told anew everything that it is owed. */
function oweAgain(state: State, slot: NodeSlot): void {
  state.changedRuns.push(...slot.runs);
  for (const run of state.runs.values()) {
    if (run.phase === 'completing' && run.allocation[0]?.node === slot.node.name) {
      state.changedRuns.push(run);
    }
  }
}

function newSlot(state: State, node: Node): NodeSlot {
  const slot: NodeSlot = {
    node,
    freeCpus: node.size.cpus,
    freeMemoryMib: node.size.memoryMib,
    runs: new Set(),
    emptySince: node.since,
    lostSinceMs: undefined,
  };
  state.nodes.set(node.name, slot);
  return slot;
}
