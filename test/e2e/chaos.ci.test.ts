// The long storm: kills at random moments under load, as whoever runs the tests (root/ has it as an
// ordinary user). SEED chooses another one, KILLS a longer one (200 is the proof of a release).

import { afterEach, describe, expect, it } from 'vitest';
import { doctoredBuild, DOUBLED_STARTS } from '../support/chaos-build.ts';
import { storm } from '../support/chaos.ts';

const SEED = Number(process.env['SEED'] ?? 20_260_201);
const KILLS = Number(process.env['KILLS'] ?? 40);
/** Enough for a doctored build to show itself. */
const SHORT = 20;
const DEADLINE_MS = 900_000;
const START_MOST_MS = 30_000;

let remove = (): void => {};
afterEach(() => remove());

function build(unclaimed: boolean): string {
  const made = doctoredBuild({ unclaimed, edits: [DOUBLED_STARTS] });
  ({ remove } = made);
  return made.dist;
}

describe(`a storm of ${KILLS} kills with seed ${SEED}`, () => {
  it(
    'loses nothing, doubles nothing, invents no exit code and leaves nothing behind',
    async () => {
      const { wrong, submissions, kills, slowestStartMs } = await storm({
        seed: SEED,
        kills: KILLS,
      });
      expect(wrong).toEqual([]);
      expect(submissions.length).toBeGreaterThan(KILLS);
      expect(Math.min(...Object.values(kills))).toBeGreaterThan(KILLS / 8);
      expect(slowestStartMs).toBeLessThan(START_MOST_MS);
    },
    DEADLINE_MS,
  );

  it(
    'does neither with every start ordered twice',
    async () => {
      const { wrong } = await storm({ seed: SEED + 1, kills: SHORT, build: build(false) });
      expect(wrong).toEqual([]);
    },
    DEADLINE_MS,
  );

  it(
    'control: without the claim jobs run twice',
    async () => {
      const { wrong } = await storm({ seed: SEED + 1, kills: SHORT, build: build(true) });
      expect(wrong.join('\n')).toMatch(/ran as \[\d+ 0, \d+ 0/);
    },
    DEADLINE_MS,
  );
});
