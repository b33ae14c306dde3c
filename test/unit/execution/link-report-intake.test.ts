// Reports on their way into the engine: confirmed in order, after their commits, taken once.

import { describe, expect, it } from 'vitest';
import { ReportIntake } from '../../../src/execution/link/report-intake.ts';
import { nodeName } from '../../../src/model/ids.ts';
import type { Report } from '../../../src/model/report.ts';

const REPORT: Report = { kind: 'nodeDisconnected', node: nodeName('n1') };

/** An intake whose commits the test settles, by the order of the takes. */
function newIntake(next = 1) {
  const commits: { resolve: () => void; reject: (cause: unknown) => void }[] = [];
  const confirmed: number[] = [];
  const failures: unknown[] = [];
  const intake = new ReportIntake(next, {
    take: () =>
      new Promise<void>((resolve, reject) => {
        commits.push({ resolve, reject });
      }),
    committed: (number) => confirmed.push(number),
    failed: (cause) => failures.push(cause),
  });
  const receive = (number: number): void => intake.receive(number, () => [REPORT]);
  return { intake, commits, confirmed, failures, receive };
}

/** Lets settled promises be seen. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the intake of reports', () => {
  it('confirms nothing before the commit', async () => {
    const { commits, confirmed, receive } = newIntake();
    receive(1);
    await turn();
    expect(confirmed).toEqual([]);
    commits[0]?.resolve();
    await turn();
    expect(confirmed).toEqual([1]);
  });

  it('confirms a number only when all before it are committed', async () => {
    const { commits, confirmed, receive } = newIntake();
    for (const number of [1, 2, 3]) receive(number);
    commits[2]?.resolve();
    commits[1]?.resolve();
    await turn();
    expect(confirmed).toEqual([]);
    commits[0]?.resolve();
    await turn();
    expect(confirmed).toEqual([3]);
  });

  it('takes a repeated number once, and confirms it again if it is committed', async () => {
    const { commits, confirmed, receive } = newIntake(5);
    receive(5);
    receive(5);
    expect(commits).toHaveLength(1);
    commits[0]?.resolve();
    await turn();
    receive(5);
    expect(commits).toHaveLength(1);
    expect(confirmed).toEqual([5, 5]);
  });

  it('takes everything behind a failed commit again', async () => {
    const { commits, confirmed, failures, receive, intake } = newIntake();
    for (const number of [1, 2, 3]) receive(number);
    commits[0]?.resolve();
    commits[1]?.reject('full');
    commits[2]?.resolve();
    await turn();
    expect(failures).toEqual(['full']);
    expect(intake.committed).toBe(1);
    receive(4);
    expect(commits).toHaveLength(3);
    receive(2);
    receive(3);
    commits[3]?.resolve();
    commits[4]?.resolve();
    await turn();
    expect(confirmed).toEqual([1, 2, 3]);
  });
});
