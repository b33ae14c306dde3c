// Death at each named place of the code (base/crash-point.ts): a submission that its client repeats is
// one job, a job runs once, its own exit code arrives, and what waits for it is released once. With
// the controls that a gateway without request ids, or one that sends before it commits, is caught.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Doctoring, doctoredBuild } from '../support/chaos-build.ts';
import { TestGateway } from '../support/test-gateway.ts';
import { sourcesIn } from '../tidy/sources.ts';

/** The places, who dies there, and at which pass: 1 is the first job's. */
const POINTS: readonly (readonly [point: string, who: 'daemon' | 'agent', pass: number])[] = [
  ['submit.beforeCommit', 'daemon', 1],
  ['submit.beforeCommit', 'daemon', 2],
  ['submit.afterCommit', 'daemon', 1],
  ['submit.afterCommit', 'daemon', 2],
  ['dispatch.beforeCommit', 'daemon', 1],
  ['dispatch.afterCommit', 'daemon', 1],
  ['dispatch.beforeSend', 'daemon', 1],
  ['dispatch.afterSend', 'daemon', 1],
  ['dispatch.afterSend', 'daemon', 2],
  ['complete.afterCommit', 'daemon', 1],
  ['complete.afterCommit', 'daemon', 2],
  ['agent.beforeOrders', 'agent', 1],
  ['agent.afterOrders', 'agent', 1],
  ['agent.beforeReport', 'agent', 1],
  ['agent.afterReport', 'agent', 1],
];

const PATIENT = { SPILLWAY_CONNECT_TIMEOUT: '-1' };

/** Where the dying leave their marks. */
const MARKS = fs.mkdtempSync(path.join(os.tmpdir(), 'marks-'));
afterAll(() => fs.rmSync(MARKS, { recursive: true }));

let gateway: TestGateway | undefined;
let remove = (): void => {};
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  remove();
  remove = () => {};
});

interface Told {
  /** A line for each job: its number, name, state and exit code. */
  readonly jobs: string;
  /** A line for each run. */
  readonly runs: string;
}

/** Two jobs, the second when the first has failed, through one death. Resolves with what came of it. */
async function live(point: string, pass: number, build?: string): Promise<Told> {
  const made = await TestGateway.start(build === undefined ? {} : { build }, {
    env: { SPILLWAY_CRASH_POINT: `${point}:${pass}:${markOf(point)}` },
  });
  gateway = made;
  const revived = revive(made, point);
  const submit = (name: string, wrap: string, more: readonly string[] = []) =>
    made.submit('sbatch', ['-J', name, '-o', '/dev/null', ...more, '--wrap', wrap], {
      env: PATIENT,
    });
  const gated = 'while [ ! -e gate ]; do sleep 0.02; done';
  const first = await submit('first', `echo first >> ran; ${gated}; exit 3`);
  await submit('second', 'echo second >> ran', ['-d', `afternotok:${first}`]);
  made.touch('gate');
  await revived;
  const ask = (command: string, words: readonly string[]) => made.ok(command, words);
  await made.until(async () => (await ask('squeue', ['-h'])) === '');
  const jobs = await ask('sacct', ['-n', '-X', '-P', '-o', 'jobid,jobname,state,exitcode']);
  return { jobs, runs: made.file('ran') };
}

function markOf(point: string): string {
  return path.join(MARKS, point);
}

/** Starts the daemon again once it has died; an agent is started again by its daemon. */
async function revive(made: TestGateway, point: string): Promise<void> {
  await made.until(
    () => fs.existsSync(markOf(point)),
    () => `nothing passed ${point}`,
  );
  fs.rmSync(markOf(point));
  if (point.startsWith('agent.')) return;
  expect(await made.endDaemon('SIGKILL')).toBe(null);
  await made.startDaemon();
}

const WELL: Told = {
  jobs: '1|first|FAILED|3:0\n2|second|COMPLETED|0:0\n',
  runs: 'first\nsecond\n',
};

describe('death at', () => {
  it.each(POINTS)(
    '%s of the %s, pass %i, loses and doubles nothing',
    async (point, _, pass) => {
      expect(await live(point, pass)).toEqual(WELL);
    },
    60_000,
  );
});

describe('the control', () => {
  function doctored(doctoring: Doctoring): string {
    const made = doctoredBuild(doctoring);
    ({ remove } = made);
    return made.dist;
  }

  it('without request ids has a job twice', async () => {
    const build = doctored({
      edits: [
        {
          file: 'core/admission/submit.js',
          from: 'state.requestIds.get(scoped)',
          to: 'undefined',
        },
        { file: 'store/job-columns.js', from: '[row] = job.requestId', to: '[row] = null' },
      ],
    });
    const { jobs } = await live('submit.afterCommit', 1, build);
    expect(jobs.match(/first/g)).toHaveLength(2);
  }, 60_000);
});

it('every named place of the code is one that a test dies at', () => {
  const named = sourcesIn('src').flatMap(({ uncommented }) =>
    [...uncommented.matchAll(/\bcrashPoint\(\s*'([^']+)'/g)].map(([, name]) => name),
  );
  expect([...new Set(named)].toSorted()).toEqual(
    [...new Set(POINTS.map(([point]) => point))].toSorted(),
  );
});
