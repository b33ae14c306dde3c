// The reservation for the first job that does not fit (EASY backfill): the node where it can start
// soonest, and when. Later jobs may use that node only if they are gone by then or leave it room.

import type { NodeName } from '../../model/ids.ts';
import type { AllocatedNode } from '../../model/node.ts';
import type { NodeSlot, Run, StateView } from '../state.ts';
import { couldHold, type Demand, mayUse, memoryOf } from './fit.ts';
import type { Need } from './job-class.ts';

/** Slurm takes a job without a limit for one of a year. */
export const NO_LIMIT_MS = 365 * 24 * 3600 * 1000;

/**
 * Nodes that a reservation chooses among, those with most room first. A start a little later than
 * the best of ten thousand nodes is still one that nobody can delay.
 */
const NODES_WEIGHED = 16;

/** What is left over on a node beside what is reserved. */
interface Spare {
  cpus: number;
  memoryMib: number;
}

/** Room kept for one attempt from a time on. */
export class Reservation {
  readonly startsAtMs: number;
  readonly #spare: Map<NodeName, Spare>;

  constructor(startsAtMs: number, spare: Map<NodeName, Spare>) {
    this.startsAtMs = startsAtMs;
    this.#spare = spare;
  }

  /** Whether room of this node is kept. */
  concerns(node: NodeName): boolean {
    return this.#spare.has(node);
  }

  /** Whether an attempt of `need` that ends by `endsByMs` does not delay the reserved one. */
  leavesRoom(slot: NodeSlot, need: Need, endsByMs: number): boolean {
    const spare = this.#spare.get(slot.node.name);
    if (spare === undefined || endsByMs <= this.startsAtMs) return true;
    return spare.cpus >= need.cpus && spare.memoryMib >= memoryOf(need, need.cpus);
  }

  /** Notes that a part of an attempt that outlives the start was placed beside it. */
  placed(part: AllocatedNode, endsByMs: number): void {
    const spare = this.#spare.get(part.node);
    if (spare === undefined || endsByMs <= this.startsAtMs) return;
    spare.cpus -= part.cpus;
    spare.memoryMib -= part.memoryMib;
  }
}

/** When a run is gone at the latest, by the steady clock; a starting one has its whole limit. */
function endOf(run: Run, nowMs: number): number {
  const limitMs = Math.min(run.job.spec.jobClass.need.wallTimeMs, NO_LIMIT_MS);
  return run.phase === 'starting' ? nowMs + limitMs : Math.min(run.endsByMs, nowMs + NO_LIMIT_MS);
}

/** Reserves for an attempt; undefined when no node could ever hold it alone. */
export function reserve(state: StateView, demand: Demand, nowMs: number): Reservation | undefined {
  const { need } = demand;
  if (need.minNodes > 1) return reserveSeveral(state, demand, nowMs);
  let best: (Spare & { slot: NodeSlot; at: number }) | undefined;
  let weighed = 0;
  for (const slot of state.freeNodes.mostFreeFirst()) {
    if (!couldHold(slot, need) || !mayUse(slot, demand)) continue;
    if (++weighed > NODES_WEIGHED) break;
    const start = soonest(slot, need, nowMs);
    if (best === undefined || start.at < best.at) best = { slot, ...start };
  }
  if (best === undefined) return undefined;
  const { slot, at, cpus, memoryMib } = best;
  return new Reservation(at, new Map([[slot.node.name, { cpus, memoryMib }]]));
}

/** When enough is free on the node, and what is then left over. */
function soonest(slot: NodeSlot, need: Need, nowMs: number): Spare & { at: number } {
  const memory = memoryOf(need, need.cpus);
  let { freeCpus, freeMemoryMib } = slot;
  const wanted = need.exclusive ? slot.node.size.cpus : need.cpus;
  let at = nowMs;
  for (const { run, end } of byEnd(slot, nowMs)) {
    if (freeCpus >= wanted && freeMemoryMib >= memory) break;
    const part = run.allocation.find((one) => one.node === slot.node.name);
    freeCpus += part?.cpus ?? 0;
    freeMemoryMib += part?.memoryMib ?? 0;
    at = end;
  }
  return { at, cpus: freeCpus - wanted, memoryMib: freeMemoryMib - memory };
}

/** The runs of a node, first ends first; often all have the same, as none has a limit. */
function byEnd(slot: NodeSlot, nowMs: number): { run: Run; end: number }[] {
  const runs = [...slot.runs].map((run) => ({ run, end: endOf(run, nowMs) }));
  const first = runs[0]?.end;
  return runs.every(({ end }) => end === first) ? runs : runs.sort((a, b) => a.end - b.end);
}

/** Several nodes: all that it may use are kept from the time when enough of them are empty. */
function reserveSeveral(state: StateView, demand: Demand, nowMs: number): Reservation | undefined {
  const { minNodes } = demand.need;
  const slots = [...state.nodes.values()].filter(
    (slot) => state.freeNodes.has(slot) && mayUse(slot, demand),
  );
  if (slots.length < minNodes) return undefined;
  const empty = slots
    .map((slot) => ({
      slot,
      at: [...slot.runs].reduce((latest, run) => Math.max(latest, endOf(run, nowMs)), nowMs),
    }))
    .sort((a, b) => a.at - b.at)
    .slice(0, minNodes);
  const none = { cpus: 0, memoryMib: 0 };
  return new Reservation(
    empty.at(-1)?.at ?? nowMs,
    new Map(empty.map(({ slot }) => [slot.node.name, { ...none }])),
  );
}
