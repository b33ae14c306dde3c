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
  readonly #places = new Map<NodeSlot, Place>();

  has(slot: NodeSlot): boolean {
    return this.#places.has(slot);
  }

  /** All nodes, those with most free CPUs first. */
  *mostFreeFirst(): Generator<NodeSlot> {
    for (let free = this.#buckets.length - 1; free >= 0; free--) yield* this.#buckets[free] ?? [];
  }

  add(slot: NodeSlot): void {
    const bucket = this.#bucket(slot.freeCpus);
    this.#places.set(slot, { bucket: slot.freeCpus, at: bucket.length });
    bucket.push(slot);
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
    const bucket = this.#bucket(slot.freeCpus);
    place.bucket = slot.freeCpus;
    place.at = bucket.length;
    bucket.push(slot);
  }

  /** The node with the fewest free CPUs of those with at least `cpus` that `accepts`. */
  tightest(cpus: number, accepts: (slot: NodeSlot) => boolean): NodeSlot | undefined {
    for (let free = cpus; free < this.#buckets.length; free++) {
      const bucket = this.#buckets[free];
      if (bucket === undefined) continue;
      const last = Math.min(bucket.length, PROBES_PER_BUCKET);
      for (let at = 0; at < last; at++) {
        const slot = bucket[at] as NodeSlot;
        if (accepts(slot)) return slot;
      }
    }
    return undefined;
  }

  #bucket(free: number): NodeSlot[] {
    while (this.#buckets.length <= free) this.#buckets.push([]);
    return this.#buckets[free] as NodeSlot[];
  }

  #take(place: Place): void {
    const bucket = this.#bucket(place.bucket);
    const last = bucket.pop() as NodeSlot;
    if (place.at === bucket.length) return;
    bucket[place.at] = last;
    (this.#places.get(last) as Place).at = place.at;
  }
}
