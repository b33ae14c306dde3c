// The long storm over the gateway of an ordinary user: no cgroups, no other user, the same promises.

import { expect, it } from 'vitest';
import { describeAsRoot } from '../../support/conditions.ts';
import { storm } from '../../support/chaos.ts';
import { ALICE } from '../../support/test-gateway.ts';

const SEED = Number(process.env['SEED'] ?? 20_260_301);
const KILLS = Number(process.env['KILLS'] ?? 40);
const DEADLINE_MS = 900_000;

describeAsRoot(`a storm of ${KILLS} kills over a user's own gateway with seed ${SEED}`, () => {
  it(
    'loses nothing, doubles nothing, invents no exit code and leaves nothing behind',
    async () => {
      const { wrong, submissions } = await storm({ seed: SEED, kills: KILLS, of: ALICE });
      expect(wrong).toEqual([]);
      expect(submissions.length).toBeGreaterThan(KILLS);
    },
    DEADLINE_MS,
  );
});
