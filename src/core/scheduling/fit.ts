// Where an attempt of a class fits now: on one node if any can hold it, else spread over several.

import type { AllocatedNode, Allocation } from '../../model/node.ts';
import type { NodeSlot, StateView } from '../state.ts';
import type { Need } from './job-class.ts';
import type { Reservation } from './reserve.ts';

/** What an attempt needs, and where its queue lets it run. */
export interface Demand {
  readonly need: Need;
  /** Names of compute environments; empty: any. */
  readonly environments: readonly string[];
}

/** The whole node, if nothing of it is taken, or the share of all tasks. */
function shareOn(slot: NodeSlot, need: Need, tasks = need.tasks): AllocatedNode {
  const { cpus: all, memoryMib } = slot.node.size;
  const cpus = tasks * need.cpusPerTask;
  return need.exclusive
    ? { node: slot.node.name, cpus: all, memoryMib, tasks }
    : { node: slot.node.name, cpus, memoryMib: memoryOf(need, cpus), tasks };
}

/** Finds room for one attempt; `endsByMs` is when it would be gone at the latest. */
export function fit(
  state: StateView,
  demand: Demand,
  reservation: Reservation | undefined,
  endsByMs: number,
): Allocation | undefined {
  const { need } = demand;
  const accepts = (slot: NodeSlot) =>
    fitsNow(slot, need, need.tasks) &&
    mayUse(slot, demand) &&
    (reservation === undefined || reservation.leavesRoom(slot, need, endsByMs));
  if (need.minNodes <= 1) {
    const slot = state.freeNodes.tightest(need.exclusive ? 1 : need.cpus, accepts);
    if (slot !== undefined) return [shareOn(slot, need)];
    if (need.maxNodes <= 1 || need.tasks === 1) return undefined;
  }
  return spread(state, demand, reservation, endsByMs);
}

/** Whether the node could hold it, or a share of so many CPUs, with nothing else on it. */
export function couldHold(slot: NodeSlot, need: Need, share = need.cpus): boolean {
  const { cpus, memoryMib } = slot.node.size;
  return share <= cpus && memoryOf(need, share) <= memoryMib;
}

/** Whether the class may use the node at all. */
export function mayUse(slot: NodeSlot, { need, environments }: Demand): boolean {
  if (need.onlyNodes !== undefined && !need.onlyNodes.has(slot.node.name)) return false;
  if (need.notNodes?.has(slot.node.name)) return false;
  return environments.length === 0 || environments.includes(slot.node.environment);
}

function fitsNow(slot: NodeSlot, need: Need, tasks: number): boolean {
  if (need.exclusive) return slot.runs.size === 0 && slot.freeCpus === slot.node.size.cpus;
  const cpus = tasks * need.cpusPerTask;
  return slot.freeCpus >= cpus && slot.freeMemoryMib >= memoryOf(need, cpus);
}

/** The memory, in MiB, of this many of its CPUs on one node. */
export function memoryOf(need: Need, cpus: number): number {
  return need.memoryMibPerNode > 0 ? need.memoryMibPerNode : need.memoryMibPerCpu * cpus;
}

/** Tasks over several nodes, those with most room first; at least one task on each. */
function spread(
  state: StateView,
  demand: Demand,
  reservation: Reservation | undefined,
  endsByMs: number,
): Allocation | undefined {
  const { need } = demand;
  const parts: AllocatedNode[] = [];
  let left = need.tasks;
  const least = Math.max(1, need.minNodes);
  for (const slot of state.freeNodes.mostFreeFirst()) {
    if (left === 0 && parts.length >= least) break;
    if (parts.length >= need.maxNodes) return undefined;
    if (!mayUse(slot, demand)) continue;
    if (reservation !== undefined && !reservation.leavesRoom(slot, need, endsByMs)) continue;
    const nodesToCome = Math.max(0, least - parts.length - 1);
    const most = Math.max(1, Math.min(left - nodesToCome, tasksOn(slot, need)));
    if (!fitsNow(slot, need, most)) continue;
    parts.push(shareOn(slot, need, most));
    left = Math.max(0, left - most);
  }
  if (left > 0 || parts.length < least) return undefined;
  return parts.sort((a, b) => (a.node < b.node ? -1 : 1));
}

function tasksOn(slot: NodeSlot, need: Need): number {
  const byCpu = Math.floor(slot.freeCpus / need.cpusPerTask);
  const perTask = need.memoryMibPerCpu * need.cpusPerTask;
  return perTask === 0 ? byCpu : Math.min(byCpu, Math.floor(slot.freeMemoryMib / perTask));
}
