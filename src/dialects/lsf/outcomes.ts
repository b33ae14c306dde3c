// How a job ended, in LSF's terms: an exit code and perhaps a TERM_ reason. Total over the
// outcomes.

import type { CancelledBy, Outcome } from '../../model/outcome.ts';

/** Why LSF ended a job: `TERM_OWNER` and its sentence. */
export interface Termination {
  readonly name: string;
  readonly words: string;
}

const OWNER: Termination = { name: 'TERM_OWNER', words: 'job killed by owner' };
const ADMIN: Termination = {
  name: 'TERM_ADMIN',
  words: 'job killed by root or LSF administrator',
};
const OTHER: Termination = { name: 'TERM_OTHER', words: 'job killed by LSF' };

const BY: Readonly<Record<CancelledBy, Termination>> = {
  owner: OWNER,
  administrator: ADMIN,
  system: OTHER,
};

type Reasons = {
  [Kind in Outcome['kind']]: (outcome: Extract<Outcome, { kind: Kind }>) => Termination | undefined;
};

const REASONS: Reasons = {
  exited: () => undefined,
  cancelled: ({ by, asDone }) => (asDone ? undefined : BY[by]),
  timedOut: () => ({
    name: 'TERM_RUNLIMIT',
    words: 'job killed after reaching LSF run time limit',
  }),
  outOfMemory: () => ({
    name: 'TERM_MEMLIMIT',
    words: 'job killed after reaching LSF memory usage limit',
  }),
  nodeFailed: () => ({ name: 'TERM_REMOVE_HUNG_JOB', words: 'job removed from the LSF system' }),
  launchFailed: ({ why }) =>
    why === 'workingDirectory'
      ? {
          name: 'TERM_CWD_NOTEXIST',
          words:
            'current working directory is not accessible or does not exist on the execution host',
        }
      : undefined,
  neverStarted: ({ why }) =>
    why === 'dependency'
      ? { name: 'TERM_ORPHAN_SYSTEM', words: 'the orphan job was automatically terminated by LSF' }
      : { name: 'TERM_DEADLINE', words: 'job killed after deadline expires' },
};

/** Why it was ended, if LSF ended it. */
export function terminationOf(outcome: Outcome): Termination | undefined {
  const reason = REASONS[outcome.kind] as (outcome: Outcome) => Termination | undefined;
  return reason(outcome);
}

/** `TERM_OWNER: job killed by owner`. */
export function terminationText({ name, words }: Termination): string {
  return `${name}: ${words}`;
}

/** The job's exit code; a signal counts as 128 more than its number. */
export function exitCodeOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'exited':
    case 'cancelled':
    case 'timedOut':
    case 'outOfMemory':
      return outcome.signal === 0 ? outcome.exitCode : 128 + outcome.signal;
    case 'nodeFailed':
      return 255;
    case 'launchFailed':
      return outcome.why === 'exec' ? 127 : outcome.why === 'workingDirectory' ? 2 : 255;
    case 'neverStarted':
      return 0;
    default:
      return outcome satisfies never;
  }
}
