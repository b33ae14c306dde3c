// A short storm (chaos.ci.test.ts has the long one): whatever dies, nothing acknowledged is lost and
// nothing runs twice. With the control that this would be seen.

import { afterEach, describe, expect, it } from 'vitest';
import { doctoredBuild, DOUBLED_STARTS } from '../support/chaos-build.ts';
import { judge } from '../support/chaos-judge.ts';
import { storm } from '../support/chaos.ts';

const SEED = Number(process.env['SEED'] ?? 20_260_101);
const KILLS = 20;

let remove = (): void => {};
afterEach(() => remove());

function build(unclaimed: boolean): string {
  const made = doctoredBuild({ unclaimed, edits: [DOUBLED_STARTS] });
  ({ remove } = made);
  return made.dist;
}

describe(`a storm of ${KILLS} kills with seed ${SEED}, every start ordered twice`, () => {
  it('loses nothing, doubles nothing, invents no exit code and leaves nothing behind', async () => {
    const { wrong, submissions } = await storm({ seed: SEED, kills: KILLS, build: build(false) });
    expect(wrong).toEqual([]);
    expect(submissions.length).toBeGreaterThan(KILLS);
  }, 120_000);

  it('control: without the claim jobs run twice', async () => {
    const { wrong } = await storm({ seed: SEED, kills: 2, build: build(true) });
    expect(wrong.join('\n')).toMatch(/ran as \[\d+ 0, \d+ 0/);
  }, 120_000);
});

describe('the judge notices', () => {
  const submissions = [{ tag: 'a', elements: 0, code: 3, acknowledged: '7' }];
  const runs = 'a 7 0\n';
  const accounting = '7|7|a|FAILED|3:0\n';

  it('nothing where nothing is wrong', () => {
    expect(judge({ submissions, runs, accounting })).toEqual([]);
  });

  it.each([
    ['a job that is lost', runs, '', 'a: 0 rows of accounting, not 1'],
    ['a second job', runs, accounting.repeat(2), 'a: 2 rows of accounting, not 1'],
    ['a job of nobody', runs, `${accounting}8|8|b|FAILED|3:0\n`, 'b: whose is it?'],
    ['another number', 'a 8 0\n', '8|8|a|FAILED|3:0\n', 'a: is job 8, and 7 was acknowledged'],
    ['a second run', runs.repeat(2), accounting, 'a: job 7 ran as [7 0, 7 0]'],
    ['no run', '', accounting, 'a: job 7 ran as []'],
    ['a wrong code', runs, '7|7|a|FAILED|4:0\n', 'a: is FAILED 4:0, not FAILED 3:0'],
    ['a wrong state', runs, '7|7|a|NODE_FAIL|3:0\n', 'a: is NODE_FAIL 3:0, not FAILED 3:0'],
  ])('%s', (_, ran, said, words) => {
    expect(judge({ submissions, runs: ran, accounting: said })).toEqual([words]);
  });
});
