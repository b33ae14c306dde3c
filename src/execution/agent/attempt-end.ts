// What a supervisor recorded of an end, as it is reported. Pure.

import type { LaunchFailure } from '../../model/outcome.ts';
import type { AttemptKey, EndRecord, FailedStep } from '../launcher/wire.ts';
import type { Oddity } from '../protocol/messages.ts';
import type { AttemptEnd } from './report-outbox.ts';
import type { SteadyClock } from './steady-clock.ts';

const FAILURES: Readonly<Record<FailedStep, LaunchFailure>> = {
  directory: 'node',
  cgroup: 'node',
  fork: 'node',
  limits: 'node',
  spec: 'node',
  identity: 'identity',
  cwd: 'workingDirectory',
  stdin: 'stdin',
  stdout: 'stdout',
  stderr: 'stderr',
  exec: 'exec',
};

/** The end of an attempt; its start is reckoned back by the monotonic clock. */
export function endOf(record: EndRecord, clock: SteadyClock): AttemptEnd {
  const endedMs = clock.fromWallMs(record.endMs);
  const oddity = oddityOf(record);
  return {
    job: record.job,
    attempt: record.attempt,
    startedMs: Math.round(endedMs - record.durationMs),
    endedMs,
    status: statusOf(record),
    userCpuMs: Math.round(record.userCpuMs),
    systemCpuMs: Math.round(record.systemCpuMs),
    maxMemoryKib: Math.round(record.peakMemoryBytes / 1024),
    ...(oddity && { oddity }),
  };
}

/** The end of an attempt of which no end is known. */
export function lostEnd(key: AttemptKey, nowMs: number): AttemptEnd {
  return { ...nothingUsed(key, nowMs), oddity: { lost: true } };
}

/** The end of an attempt that was not handed to the launcher. */
export function failureToStart(key: AttemptKey, nowMs: number, why: LaunchFailure): AttemptEnd {
  return { ...nothingUsed(key, nowMs), oddity: { launchFailure: why } };
}

function nothingUsed({ job, attempt }: AttemptKey, nowMs: number): AttemptEnd {
  return {
    job,
    attempt,
    startedMs: nowMs,
    endedMs: nowMs,
    status: 0,
    userCpuMs: 0,
    systemCpuMs: 0,
    maxMemoryKib: 0,
  };
}

function statusOf({ outcome }: EndRecord): number {
  if (outcome.kind === 'exited') return outcome.code;
  return outcome.kind === 'signaled' ? 256 + outcome.signal : 0;
}

function oddityOf({ outcome, oomKills }: EndRecord): Omit<Oddity, 'position'> | undefined {
  if (outcome.kind === 'notStarted') {
    const { step, errno, path } = outcome;
    return { launchFailure: FAILURES[step], errno, path: Buffer.from(path, 'latin1') };
  }
  return oomKills > 0 ? { outOfMemory: true } : undefined;
}
