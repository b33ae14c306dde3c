// The index of free nodes, against a plain list of them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant } from '../../../../src/base/brand.ts';
import { FreeNodes } from '../../../../src/core/scheduling/free-nodes.ts';
import type { NodeSlot, Writable } from '../../../../src/core/state.ts';
import { nodeName } from '../../../../src/model/ids.ts';

const SIZE = { cpus: 70, memoryMib: 1 };

function slotOf(name: string, freeCpus: number): Writable<NodeSlot> {
  const at = instant(0);
  return {
    node: {
      name: nodeName(name),
      environment: 'local',
      size: SIZE,
      state: 'up',
      since: at,
      bootId: 'b',
    },
    freeCpus,
    freeMemoryMib: 1,
    runs: new Set(),
    emptySince: at,
    lostSinceMs: undefined,
  };
}

const step = fc.record({
  what: fc.constantFrom('add', 'remove', 'move'),
  node: fc.nat({ max: 7 }),
  cpus: fc.nat({ max: SIZE.cpus }),
});

describe('the free nodes', () => {
  test('give the tightest that fits and the freest first, whatever happened before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 80 }), (steps, asked) => {
        const index = new FreeNodes();
        const slots = Array.from({ length: 8 }, (_, at) => slotOf(`n${at}`, 0));
        for (const { what, node, cpus } of steps) {
          const slot = slots[node] as Writable<NodeSlot>;
          if (what === 'remove') index.remove(slot);
          else {
            const isThere = index.has(slot);
            slot.freeCpus = cpus;
            if (isThere) index.move(slot);
            else if (what === 'add') index.add(slot);
          }
        }
        const there = slots.filter((slot) => index.has(slot));
        const order = [...index.mostFreeFirst()].map((slot) => slot.freeCpus);
        expect(order).toEqual(there.map((slot) => slot.freeCpus).sort((a, b) => b - a));
        const fitting = there.map((slot) => slot.freeCpus).filter((cpus) => cpus >= asked);
        const found = index.tightest(asked, () => true);
        expect(found?.freeCpus).toBe(fitting.length === 0 ? undefined : Math.min(...fitting));
        const refused = found && index.tightest(asked, (slot) => slot !== found);
        expect(refused === undefined ? fitting.length <= 1 : refused !== found).toBe(true);
      }),
    );
  });
});
