// The two situations that the recordings of squeue and sacct talk about, as jobs of ours: every one
// is submitted by our own sbatch and then put into the state in which the recording found it.

import { type Instant, instant } from '../../src/base/brand.ts';
import { jobId } from '../../src/model/ids.ts';
import { indexRange } from '../../src/model/index-set.ts';
import type { JobRequest } from '../../src/model/job-request.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { JobView } from '../../src/model/view.ts';
import { sbatch } from '../../src/dialects/slurm/commands/sbatch.ts';
import { identity, invocation, run } from './dialog-runner.ts';
import { FakeJobs, allocation } from './fake-jobs.ts';

const USERS = { alice: { uid: 1001, account: 'physics' }, bob: { uid: 1002, account: 'chem' } };
const at = (hour: number, minute: number, second: number) =>
  instant(Date.UTC(2026, 10, 24, hour, minute, second));
const exited = (exitCode: number, signal = 0): Outcome => ({ kind: 'exited', exitCode, signal });
const usage = { userCpuMs: 2, systemCpuMs: 0, maxMemoryKib: 0 };

type Changes = Partial<JobView> & { readonly more?: Partial<JobRequest> };

/** Submits with the words, as the user, and changes what came of it. */
function submitted(
  id: number,
  user: keyof typeof USERS,
  words: readonly string[],
  changes: Changes,
  now: Instant,
): JobView {
  const jobs = new FakeJobs({ now, nextId: id });
  const { uid, account } = USERS[user];
  const call = invocation('sbatch', ['--parsable', '-o', '/dev/null', ...words], {
    identity: identity(user, uid),
    now,
  });
  const ran = run(sbatch, call, {
    command: (command, by) => jobs.command(command, by),
    query: (query) => jobs.query(query),
  });
  const [view] = jobs.views;
  if (ran.status !== 0 || view === undefined) throw new Error(`${words.join(' ')}: ${ran.stderr}`);
  const { more, ...others } = changes;
  const { memoryMibPerNode, memoryMibPerCpu = 100, ...resources } = view.request.resources;
  // The recorded cluster gives 100 MB for every CPU, and each user an account.
  const memory = memoryMibPerNode === undefined ? { memoryMibPerCpu } : { memoryMibPerNode };
  const request = { ...view.request, account, resources: { ...resources, ...memory }, ...more };
  const { reason: _reason, ...rest } = view;
  const made: JobView = {
    ...rest,
    ...(others.state === undefined ? { reason: 'priority' } : {}),
    ...others,
    request,
  };
  // Held jobs and those that wait for others or for a time are not eligible.
  const isEligible =
    made.state !== 'pending' || ['priority', 'resources'].includes(made.reason ?? '');
  if (isEligible && !words.includes('--hold')) return made;
  const { eligibleAt: _none, ...withoutTime } = made;
  return withoutTime;
}

const SQUEUE_SUBMITTED = at(23, 7, 55);
const SQUEUE_STARTED = at(23, 7, 58);

/** 08-squeue: 19 submissions, at 23:08:03. */
export function squeueSituation(now: Instant): FakeJobs {
  const job = (id: number, user: keyof typeof USERS, words: string[], changes: Changes = {}) =>
    submitted(id, user, words, { eligibleAt: SQUEUE_SUBMITTED, ...changes }, SQUEUE_SUBMITTED);
  const running = (nodes: Record<string, number>): Changes => ({
    state: 'running',
    startedAt: SQUEUE_STARTED,
    attempt: 1,
    allocation: allocation(nodes),
  });
  const sleep = ['--wrap', 'sleep 900'];
  const array = job(100002, 'alice', ['-J', 'arr', '--array=1-6%2', '-t', '15', ...sleep]);
  const element = (index: number, id: number, node: string): JobView => {
    const { waiting: _waiting, reason: _reason, ...rest } = array;
    return { ...rest, ...running({ [node]: 1 }), id: jobId(id), element: index } as JobView;
  };
  const { eligibleAt: _eligible, ...restOfArray } = array;
  const wide = { tasks: 12, cpusPerTask: 1, nodes: { min: 3, max: 3 } };
  // The first cases were recorded before the scheduler had looked ahead.
  const expected = { expectedStartAt: instant(SQUEUE_STARTED + 365 * 86_400_000) };
  const soon: Changes = now > at(23, 8, 3) ? expected : {};
  const minutes10 = { limits: { wallTimeMs: 600_000 } };
  const views: JobView[] = [
    job(100000, 'alice', ['-J', 'run1', '-n', '2', '-t', '30', '--comment=first', ...sleep], {
      ...running({ n2: 2 }),
      priority: 2517,
    }),
    job(
      100001,
      'bob',
      ['-J', 'a_rather_long_job_name_indeed', '-N', '2', '-n', '4', '-t', '1-0', ...sleep],
      { ...running({ n1: 2, n2: 2 }), priority: 2535 },
    ),
    element(1, 100005, 'n1'),
    element(2, 100006, 'n2'),
    { ...restOfArray, reason: 'arrayLimit', waiting: indexRange(3, 6) },
    job(100003, 'bob', ['-J', 'excl', '--exclusive', '-w', 'n4', ...sleep], running({ n4: 8 })),
    job(100004, 'alice', ['-J', 'failing', '--wrap', 'exit 2'], {
      ...running({ n3: 1 }),
      state: 'finished',
      endedAt: SQUEUE_STARTED,
      outcome: exited(2),
    }),
    job(100007, 'bob', ['-J', 'lic', '-w', 'n3', ...sleep], {
      ...running({ n3: 1 }),
      startedAt: instant(SQUEUE_STARTED + 1000),
      more: { limits: { wallTimeMs: 365 * 86_400_000 } },
    }),
    job(100008, 'alice', ['-J', 'lic2', '--wrap', 'sleep 3']),
    job(100009, 'alice', ['-J', 'big', '-n', '12', '--wrap', 'sleep 10'], {
      ...soon,
      reason: 'resources',
      priority: 2542,
      more: { resources: { ...wide, memoryMibPerNode: 3000 } },
    }),
    job(100010, 'alice', ['-J', 'prio', '-n', '12', '--wrap', 'sleep 10'], {
      ...soon,
      priority: 2542,
      more: { resources: { ...wide, memoryMibPerCpu: 100 } },
    }),
    job(100011, 'alice', ['-J', 'held', '--hold', '--wrap', 'true'], { reason: 'heldByUser' }),
    job(100012, 'alice', ['-J', 'opheld', '--wrap', 'true', '--begin=now+2hours'], {
      reason: 'heldByAdministrator',
      heldBy: 'administrator',
    }),
    job(100013, 'alice', ['-J', 'later', '--begin=now+2hours', '--wrap', 'true'], {
      reason: 'beginTime',
    }),
    job(100014, 'alice', ['-J', 'dep', '-d', 'afterok:100000', '--wrap', 'true'], {
      reason: 'dependency',
    }),
    job(100015, 'alice', ['-J', 'never', '-d', 'afterok:100004', '--wrap', 'true'], {
      reason: 'dependencyNeverSatisfied',
    }),
    job(100016, 'alice', ['-J', 'pdown', '-p', 'short', '--wrap', 'sleep 5', '--hold'], {
      reason: 'heldByUser',
      more: minutes10,
    }),
    job(100017, 'alice', ['-J', 'cancelled', ...sleep, '--hold'], {
      state: 'finished',
      endedAt: at(23, 8, 0),
      outcome: { kind: 'cancelled', by: 'owner', uid: 1001, exitCode: 0, signal: 0 },
    }),
    job(100018, 'alice', ['-J', 'multi', '-p', 'short,long', '--hold', '--wrap', 'true'], {
      reason: 'heldByUser',
      more: minutes10,
    }),
    job(100019, 'alice', ['-J', 'gpu', '--wrap', 'sleep 5'], soon),
    job(100020, 'alice', ['-J', 'reqn', '-w', 'n4', '-t', '5', '--wrap', 'sleep 5'], soon),
  ];
  return new FakeJobs({ now, nextId: 100021 }, views);
}

const SACCT_SUBMITTED = at(23, 15, 6);
const SACCT_STARTED = at(23, 15, 9);

/** 12-sacct: what of the 12 submissions has a batch step and no others, at 23:15:40. */
export function sacctSituation(now: Instant): FakeJobs {
  const job = (id: number, user: keyof typeof USERS, words: string[], changes: Changes) =>
    submitted(id, user, words, { eligibleAt: SACCT_SUBMITTED, ...changes }, SACCT_SUBMITTED);
  const ran = (
    nodes: Record<string, number>,
    seconds: number,
    outcome: Outcome,
    used = usage,
  ): Changes => ({
    state: 'finished',
    startedAt: SACCT_STARTED,
    endedAt: instant(SACCT_STARTED + seconds * 1000),
    attempt: 1,
    allocation: allocation(nodes),
    outcome,
    usage: used,
  });
  const byRoot = (exitCode: number, signal: number): Outcome => ({
    kind: 'cancelled',
    by: 'administrator',
    uid: 0,
    exitCode,
    signal,
  });
  const array = job(100005, 'alice', ['-J', 'arr', '--array=1-3', '--wrap', 'x'], {});
  const element = (index: number, id: number, code: number, cpus: number): JobView => {
    const { waiting: _waiting, reason: _reason, ...rest } = array;
    const changes = ran({ n4: cpus }, 0, exited(code));
    return { ...rest, ...changes, id: jobId(id), element: index } as JobView;
  };
  const running = job(100012, 'alice', ['-J', 'running', '--wrap', 'sleep 500'], {
    state: 'running',
    startedAt: at(23, 15, 11),
    attempt: 1,
    allocation: allocation({ n2: 1 }),
  });
  const requeued = job(100011, 'alice', ['-J', 'requeued', '--wrap', 'sleep 8'], {
    reason: 'requeued',
    earlierAttempts: [
      {
        attempt: 1,
        startedAt: SACCT_STARTED,
        endedAt: at(23, 15, 12),
        nodes: ['n3'],
        outcome: byRoot(0, 15),
        usage,
      },
    ],
  });
  const heldView = job(100006, 'alice', ['-J', 'held', '--hold', '--wrap', 'true'], {
    reason: 'heldByUser',
  });
  const heldCancelled = job(100010, 'alice', ['-J', 'heldcanc', '--hold', '--wrap', 'true'], {
    state: 'finished',
    endedAt: at(23, 15, 8),
    outcome: byRoot(0, 0),
  });
  const memory = { userCpuMs: 15, systemCpuMs: 40, maxMemoryKib: 58508 };
  const views: JobView[] = [
    job(100000, 'alice', ['-J', 'ok', '-A', 'physics', '-t', '10', '--wrap', 'sleep 2'], {
      ...ran({ n1: 1 }, 2, exited(0)),
    }),
    job(100001, 'alice', ['-J', 'fails', '--wrap', 'exit 3'], ran({ n2: 1 }, 0, exited(3))),
    job(
      100002,
      'alice',
      ['-J', 'a_rather_long_job_name_indeed', '--wrap', 'x'],
      ran({ n3: 1 }, 1, exited(0, 9)),
    ),
    job(100003, 'alice', ['-J', 'cancelme', '--wrap', 'sleep 100'], {
      ...ran({ n3: 1 }, 0, byRoot(143, 0), { ...usage, systemCpuMs: 1 }),
    }),
    job(100004, 'bob', ['-J', 'steps', '-n', '2', '--wrap', 'x'], {
      ...ran({ n2: 2 }, 2, exited(1), { ...usage, userCpuMs: 21, systemCpuMs: 19 }),
      priority: 2517,
    }),
    element(1, 100008, 1, 1),
    element(2, 100009, 0, 1),
    element(3, 100005, 1, 2),
    heldView,
    job(
      100007,
      'alice',
      ['-J', 'mem', '-N', '2', '-n', '4', '--mem=250', '--comment=a comment', '--wrap', 'x'],
      { ...ran({ n1: 3, n2: 1 }, 7, exited(0), memory), priority: 2535 },
    ),
    heldCancelled,
    requeued,
    running,
    job(100013, 'alice', ['-J', 'deriv', '--wrap', 'x'], ran({ n1: 1 }, 0, exited(0))),
  ];
  return new FakeJobs({ now, nextId: 100014 }, views);
}
