// An agent's columns as the engine's reports: one object an attempt, times by our clock.

import { instant } from '../../base/brand.ts';
import { jobId, type NodeName } from '../../model/ids.ts';
import { type LaunchFailure, NO_USAGE } from '../../model/outcome.ts';
import type { AttemptEnded, AttemptKey, AttemptStarted, Report } from '../../model/report.ts';
import type { Attempts, Ended, Oddity, Reports, Started } from '../protocol/messages.ts';

const LAUNCH_FAILURES: ReadonlySet<string> = new Set<LaunchFailure>([
  'stdin',
  'stdout',
  'stderr',
  'workingDirectory',
  'exec',
  'identity',
  'node',
]);

/** The reports of one message. `offsetMs` is how far our clock is ahead of the agent's. */
export function readReports(node: NodeName, message: Reports, offsetMs: number): Report[] {
  const reports: Report[] = [];
  const { started, ended, appended, unkillable } = message;
  if (started && started.job.length > 0) {
    reports.push({ kind: 'attemptsStarted', node, started: readStarted(started, offsetMs) });
  }
  if (unkillable && unkillable.job.length > 0) {
    const attempts = readAttempts(unkillable).map((key, i) => ({
      ...key,
      processes: unkillable.processes[i] ?? 0,
    }));
    reports.push({ kind: 'attemptsUnkillable', node, attempts });
  }
  if (ended && ended.job.length > 0) {
    reports.push({ kind: 'attemptsEnded', node, ended: readEnded(ended, offsetMs) });
  }
  if (appended && appended.job.length > 0) {
    reports.push({ kind: 'reportsAppended', node, attempts: readAttempts(appended) });
  }
  return reports;
}

/** Columns as keys. */
export function readAttempts({ job, attempt }: Attempts): AttemptKey[] {
  return job.map((id, i) => ({ job: jobId(id), attempt: attempt[i] ?? 0 }));
}

function readStarted({ job, attempt, atMs }: Started, offsetMs: number): AttemptStarted[] {
  return job.map((id, i) => ({
    job: jobId(id),
    attempt: attempt[i] ?? 0,
    at: instant(Math.round((atMs[i] ?? 0) + offsetMs)),
  }));
}

function readEnded(columns: Ended, offsetMs: number): AttemptEnded[] {
  const { job, attempt, startedMs, endedMs, status, userCpuMs, systemCpuMs, maxMemoryKib } =
    columns;
  const hasUsage = userCpuMs.length > 0;
  const ended = new Array<AttemptEnded>(job.length);
  for (let i = 0; i < job.length; i++) {
    const code = status[i] ?? 0;
    ended[i] = {
      job: jobId(job[i] as number),
      attempt: attempt[i] ?? 0,
      startedAt: instant(Math.round((startedMs[i] ?? 0) + offsetMs)),
      at: instant(Math.round((endedMs[i] ?? 0) + offsetMs)),
      exitCode: code < 256 ? code : 0,
      signal: code < 256 ? 0 : code - 256,
      usage: hasUsage
        ? {
            userCpuMs: userCpuMs[i] ?? 0,
            systemCpuMs: systemCpuMs[i] ?? 0,
            maxMemoryKib: maxMemoryKib[i] ?? 0,
          }
        : NO_USAGE,
    };
  }
  for (const oddity of columns.oddities) {
    const plain = ended[oddity.position];
    if (plain !== undefined) ended[oddity.position] = { ...plain, ...readOddity(oddity) };
  }
  return ended;
}

function readOddity(oddity: Oddity): Partial<AttemptEnded> {
  const why = oddity.launchFailure ?? '';
  return {
    ...(oddity.outOfMemory && { outOfMemory: true }),
    ...(oddity.lost && { lost: true }),
    ...(why !== '' && {
      launchFailure: {
        why: LAUNCH_FAILURES.has(why) ? (why as LaunchFailure) : 'node',
        errno: oddity.errno ?? 0,
        path: Buffer.from(oddity.path ?? []).toString('latin1'),
      },
    }),
  };
}
