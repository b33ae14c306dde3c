// Jobs for the golden cases, by the name that a case gives. Facts of real ones are taken over from
// where they were seen, so that the case can hold the row that was seen there.

import { nodeName, queueName } from '../../../src/model/ids.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import type { JobView } from '../../../src/model/view.ts';
import { at, jobView, runningSince } from '../../support/lsf-world.ts';

const DAY = '2026-11-21T';

function owner(user: string): JobView['owner'] {
  return { uid: user === 'alice' ? 1001 : 2000, gid: 2000, user, group: user };
}

const finished = (from: string, to: string): Partial<JobView> => ({
  ...runningSince(from),
  state: 'finished',
  endedAt: at(to),
  usage: { userCpuMs: 20, systemCpuMs: 10, maxMemoryKib: 3072 },
});

/** One of every state. */
const mixed: readonly JobView[] = [
  jobView(101, { ...finished(`${DAY}07:40:00Z`, `${DAY}07:41:00Z`), outcome: exited(0) }),
  jobView(102, { ...finished(`${DAY}07:40:00Z`, `${DAY}07:41:30Z`), outcome: exited(3) }),
  jobView(103, runningSince(`${DAY}07:40:05Z`)),
  jobView(104, { request: { name: 'a name longer than ten' }, reason: 'resources' }),
  jobView(105, { heldBy: 'user', reason: 'heldByUser' }),
  jobView(106, {
    ...runningSince(`${DAY}07:45:00Z`, 'node1', 4),
    owner: owner('delhommet'),
    request: { queue: queueName('short'), resources: { tasks: 4, cpusPerTask: 1 } },
  }),
  jobView(107, { ...runningSince(`${DAY}07:46:00Z`), unreachable: true }),
  jobView(108, {
    ...finished(`${DAY}07:40:00Z`, `${DAY}07:50:00Z`),
    request: { limits: { wallTimeMs: 600_000 } },
    outcome: { kind: 'timedOut', exitCode: 0, signal: 12 },
  }),
  jobView(109, {
    ...finished(`${DAY}07:40:00Z`, `${DAY}07:42:00Z`),
    outcome: { kind: 'outOfMemory', exitCode: 0, signal: 9 },
    request: { limits: { memoryMib: 100 } },
  }),
  jobView(110, {
    ...finished(`${DAY}07:40:00Z`, `${DAY}07:42:10Z`),
    outcome: { kind: 'cancelled', by: 'owner', uid: 1001, exitCode: 0, signal: 2, why: 'too slow' },
  }),
  jobView(111, {
    state: 'finished',
    endedAt: at(`${DAY}07:43:00Z`),
    outcome: { kind: 'cancelled', by: 'owner', uid: 1001, exitCode: 0, signal: 0 },
  }),
];

/** An array of five: two ended, one runs, two wait. */
const array: readonly JobView[] = [1, 2, 3, 4, 5].map((element) => {
  const indices = [{ first: 1, count: 5, step: 1 }];
  const counts = { size: 5, pending: 2, running: 1, succeeded: 1, failed: 1 };
  const common = { element, base: jobView(120).base, array: counts };
  const request = { name: 'nf-align', array: { indices } };
  const state: Partial<JobView> =
    element > 3
      ? {}
      : element === 3
        ? runningSince(`${DAY}07:50:00Z`)
        : {
            ...finished(`${DAY}07:40:00Z`, `${DAY}07:41:00Z`),
            outcome: exited(element === 1 ? 0 : 1),
          };
  return jobView(element > 3 ? 120 : 120 + element, { ...state, ...common, request });
});

/** The jobs of public captures, with their facts. */
const captured: readonly JobView[] = [
  jobView(542935, {
    ...runningSince('2026-03-31T14:46:44Z', 'compute013'),
    owner: owner('efranz'),
    submittedAt: at('2026-03-31T14:46:42Z'),
    request: { queue: queueName('short'), submitHost: 'foobar02.osc.edu', name: 'foo' },
  }),
  jobView(1696266, {
    owner: owner('gpdev'),
    submittedAt: at('2026-07-10T10:31:01Z'),
    request: { queue: queueName('genepattern'), submitHost: 'gpint01', name: '66363' },
  }),
  jobView(473713, {
    ...runningSince('2026-10-19T17:11:02Z', 'a6128'),
    owner: owner('gloessa'),
    submittedAt: at('2026-10-19T17:10:27Z'),
    state: 'finished',
    endedAt: at('2026-10-19T17:14:49Z'),
    outcome: { kind: 'cancelled', by: 'owner', uid: 2000, exitCode: 0, signal: 2 },
    usage: { userCpuMs: 100, systemCpuMs: 20, maxMemoryKib: 5208 },
    request: { queue: queueName('pub.1h'), submitHost: 'brutus2', name: 'TM-T' },
  }),
];

/** Names that would steer a terminal, and one in UTF-8. */
const hostile: readonly JobView[] = [
  jobView(201, { request: { name: '\x1b]52;c;aGk=\x07x' } }),
  jobView(202, { request: { name: 'two\nlines' } }),
  jobView(203, { request: { name: Buffer.from('übermäßig').toString('latin1') } }),
  jobView(204, { request: { name: 'caf\xe9', queue: queueName('a\tb') } }),
];

/** One with everything that `-l` shows. */
const detailed: readonly JobView[] = [
  jobView(301, {
    ...runningSince(`${DAY}07:40:00Z`),
    request: {
      name: 'bl_dac2f35cecc',
      command:
        '#!/bin/bash;# a wrapper;cd $HOME/run && ./simulate --steps 100000 --output result.dat',
      account: 'ahalt_pi',
      comment: 'nightly',
      userPriority: 50,
      rerunnable: true,
      limits: { wallTimeMs: 5_400_000, memoryMib: 4096 },
      resources: { tasks: 4, cpusPerTask: 1, memoryMibPerNode: 4096 },
      streams: { openMode: 'truncate', stdin: 'in', stdout: 'out.%J', stderr: 'err.%J' },
      extras: {
        'lsf.home': '/home/alice',
        'lsf.named': true,
        'lsf.group': '/g/1',
        'lsf.application': 'default',
        'lsf.requirement': 'select[mem>4096] rusage[mem=4096] span[hosts=1]',
        'lsf.dependency': 'done(101)',
      },
    },
    allocation: [{ node: nodeName('node1'), cpus: 4, memoryMib: 4096, tasks: 4 }],
  }),
];

function exited(exitCode: number): Outcome {
  return { kind: 'exited', exitCode, signal: 0 };
}

/** By name. */
export const SITUATIONS: Readonly<Record<string, readonly JobView[]>> = {
  empty: [],
  mixed,
  array,
  captured,
  hostile,
  detailed,
};
