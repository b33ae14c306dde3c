// The nodes that take jobs, in buckets by free CPUs: the tightest node that fits is found without
// looking at the others. Adding, removing and moving a node take constant time.

import type { NodeSlot } from '../state.ts';

/** Nodes looked at in one bucket before the next: memory and reservations may refuse many. */
const PROBES_PER_BUCKET = 64;

interface Place {
  bucket: number;
  at: number;
}

/** An index of node slots by `freeCpus`. */
export class FreeNodes {
  readonly #buckets: NodeSlot[][] = [];
  /** A bit for each bucket that holds a node: big nodes have thousands of empty ones. */
  readonly #filled: number[] = [];
  readonly #places = new Map<NodeSlot, Place>();

  has(slot: NodeSlot): boolean {
    return this.#places.has(slot);
  }

  /** All nodes, those with most free CPUs first. */
  *mostFreeFirst(): Generator<NodeSlot> {
    for (let free = this.#buckets.length - 1; free >= 0; free--) yield* this.#buckets[free] ?? [];
  }

  add(slot: NodeSlot): void {
    this.#places.set(slot, this.#put(slot));
  }

  remove(slot: NodeSlot): void {
    const place = this.#places.get(slot);
    if (place === undefined) return;
    this.#places.delete(slot);
    this.#take(place);
  }

  /** Files the slot anew after its `freeCpus` changed. */
  move(slot: NodeSlot): void {
    const place = this.#places.get(slot);
    if (place === undefined || place.bucket === slot.freeCpus) return;
    this.#take(place);
    Object.assign(place, this.#put(slot));
  }

  /** The node with the fewest free CPUs of those with at least `cpus` that `accepts`. */
  tightest(cpus: number, accepts: (slot: NodeSlot) => boolean): NodeSlot | undefined {
    for (let free = this.#nextFilled(cpus); free >= 0; free = this.#nextFilled(free + 1)) {
      const bucket = this.#buckets[free] as NodeSlot[];
      const last = Math.min(bucket.length, PROBES_PER_BUCKET);
      for (let at = 0; at < last; at++) {
        const slot = bucket[at] as NodeSlot;
        if (accepts(slot)) return slot;
      }
    }
    return undefined;
  }

  /** The first bucket from `free` on that holds a node; -1: none does. */
  #nextFilled(free: number): number {
    const words = this.#filled;
    let at = free >>> 5;
    if (at >= words.length) return -1;
    let word = (words[at] as number) & (-1 << (free & 31));
    while (word === 0) {
      if (++at >= words.length) return -1;
      word = words[at] as number;
    }
    return (at << 5) + (31 - Math.clz32(word & -word));
  }

  #put(slot: NodeSlot): Place {
    const { freeCpus } = slot;
    while (this.#buckets.length <= freeCpus) this.#buckets.push([]);
    while (this.#filled.length <= freeCpus >>> 5) this.#filled.push(0);
    const bucket = this.#buckets[freeCpus] as NodeSlot[];
    this.#filled[freeCpus >>> 5] = (this.#filled[freeCpus >>> 5] ?? 0) | (1 << (freeCpus & 31));
    return { bucket: freeCpus, at: bucket.push(slot) - 1 };
  }

  #take({ bucket: free, at }: Place): void {
    const bucket = this.#buckets[free] as NodeSlot[];
    const last = bucket.pop() as NodeSlot;
    if (bucket.length === 0) {
      this.#filled[free >>> 5] = (this.#filled[free >>> 5] ?? 0) & ~(1 << (free & 31));
    }
    if (at === bucket.length) return;
    bucket[at] = last;
    (this.#places.get(last) as Place).at = at;
  }
}
