// Launch effects for tests of execution.

import { jobId, nodeName, queueName, specKey } from '../../src/model/ids.ts';
import type { Effect, Launch } from '../../src/model/effect.ts';
import type { JobRequest } from '../../src/model/job-request.ts';
import type { AttemptKey } from '../../src/model/report.ts';
import type { LaunchDescription } from '../../src/execution/link/spec-message.ts';

export const OWNER = {
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  user: 'tester',
  group: 'testers',
};

/** A request to run `script` with /bin/sh. */
export function requestOf(overrides: Partial<JobRequest> = {}): JobRequest {
  return {
    dialect: 'slurm',
    name: 'test',
    queue: queueName('normal'),
    command: 'test',
    launch: 'script',
    arguments: [],
    resources: { tasks: 1, cpusPerTask: 1 },
    limits: {},
    streams: { openMode: 'truncate' },
    workingDirectory: '/tmp',
    umask: 0o22,
    submitHost: 'here',
    ...overrides,
  };
}

export const REQUEST = requestOf();

export function keyOf(job: number, attempt = 1): AttemptKey {
  return { job: jobId(job), attempt };
}

/** A launch of a job of its own on one CPU of `node`. */
export function launchOf(node: string, job: number, overrides: Partial<Launch> = {}): Effect {
  const launch: Launch = {
    ...keyOf(job),
    base: jobId(job),
    index: undefined,
    spec: specKey('spec'),
    request: REQUEST,
    owner: OWNER,
    allocation: [{ node: nodeName(node), cpus: 1, memoryMib: 0, tasks: 1 }],
    ...overrides,
  };
  return { kind: 'launch', node: nodeName(node), launch };
}

export function endOf(node: string, job: number, signal = 15): Effect {
  const plan = { signals: [{ signal, afterMs: 0, scope: 'all' as const }] };
  const ending = { kind: 'timedOut' as const };
  const attempt = keyOf(job);
  return { kind: 'end', node: nodeName(node), attempt, plan, ending, dialect: 'slurm' };
}

export function signalOf(node: string, job: number, signal: number): Effect {
  return { kind: 'signal', node: nodeName(node), attempt: keyOf(job), signal, scope: 'all' };
}

export function forgetOf(node: string, job: number): Effect {
  return { kind: 'forget', node: nodeName(node), attempt: keyOf(job) };
}

export function appendOf(node: string, job: number): Effect {
  return { kind: 'appendReport', node: nodeName(node), attempt: keyOf(job), job: jobId(job) };
}

/** A description of `REQUEST`-like launches with a script and where its output goes. */
export function describe(
  script: string,
  stdout?: string,
): (launch: Launch) => Promise<LaunchDescription> {
  return async (launch) => ({
    template: {
      request: launch.request,
      owner: launch.owner,
      streams: { stdin: ['/dev/null'], ...(stdout !== undefined && { stdout: [stdout] }) },
      environment: [
        ['JOB', [{ hole: 'job' }]],
        ['ATTEMPT', [{ hole: 'attempt' }]],
      ],
      scriptName: 'script',
    },
    content: {
      script: Buffer.from(script, 'latin1'),
      environment: Buffer.from('PATH=/usr/bin:/bin\0'),
    },
  });
}
