// How an attempt or a job ended. Dialects have a word for every kind.

import type { Instant } from '../base/brand.ts';

/** Who or what asked for the end of a job. */
export type CancelledBy = 'owner' | 'administrator' | 'system';

/**
 * The end of a job. `exitCode` and `signal` are the real ones of its main process, where it ran.
 */
export type Outcome =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly signal: number }
  | ({
      readonly kind: 'cancelled';
      readonly by: CancelledBy;
      readonly uid: number;
      readonly why?: string;
      /** Cancelled, but to be recorded as a success (LSF's bkill -d). */
      readonly asDone?: boolean;
    } & ExitStatus)
  | ({ readonly kind: 'timedOut' } & ExitStatus)
  | ({ readonly kind: 'outOfMemory' } & ExitStatus)
  | { readonly kind: 'nodeFailed'; readonly node: string }
  /**
   * Ended before it could start: the words say why, `errno` and `path` what the system said of
   * what.
   */
  | {
      readonly kind: 'launchFailed';
      readonly why: LaunchFailure;
      readonly errno: number;
      readonly path: string;
    }
  /** It may never start: its dependency failed, or the deadline passed. */
  | { readonly kind: 'neverStarted'; readonly why: 'dependency' | 'deadline' };

/** Exit status of the main process; both 0 for a job that never ran. */
export interface ExitStatus {
  readonly exitCode: number;
  readonly signal: number;
}

/** What could not be had before the command could run. */
export type LaunchFailure =
  | 'stdin'
  | 'stdout'
  | 'stderr'
  | 'workingDirectory'
  | 'exec'
  | 'identity'
  | 'node';

/** What an attempt used. Times in milliseconds of CPU, memory as the highest sum seen. */
export interface Usage {
  readonly userCpuMs: number;
  readonly systemCpuMs: number;
  readonly maxMemoryKib: number;
}

/** An attempt that ended, as accounting keeps it. */
export interface EndedAttempt {
  readonly attempt: number;
  readonly startedAt: Instant | undefined;
  readonly endedAt: Instant;
  readonly nodes: readonly string[];
  readonly outcome: Outcome;
  readonly usage: Usage;
}

export const NO_USAGE: Usage = { userCpuMs: 0, systemCpuMs: 0, maxMemoryKib: 0 };

/** Whether dependents see a success: exit code 0, or a cancel that is recorded as done. */
export function isSuccess(outcome: Outcome): boolean {
  if (outcome.kind === 'exited') return outcome.exitCode === 0 && outcome.signal === 0;
  return outcome.kind === 'cancelled' && outcome.asDone === true;
}
