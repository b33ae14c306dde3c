// A thousand seeds with their faults. A failure names its seed: SEED=n npm test -- test/simulation.

import { describe, expect, it } from 'vitest';
import { runSeed } from '../support/simulation/run-seed.ts';

const SEEDS = 1000;
const A_HUNDRED = 100;

describe('a thousand simulated gateways', () => {
  for (let first = 1; first <= SEEDS; first += A_HUNDRED) {
    it(`keep every promise, seeds ${first} to ${first + A_HUNDRED - 1}`, async () => {
      const failed: string[] = [];
      for (let seed = first; seed < first + A_HUNDRED; seed++) {
        await runSeed(seed).catch((error: unknown) =>
          failed.push(`seed ${seed}: ${String(error)}`),
        );
      }
      expect(failed).toEqual([]);
    });
  }
});
