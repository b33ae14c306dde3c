// Words for every value of the model: none is missing, none is empty.

import { expect, test } from 'vitest';
import { jobId } from '../../../../src/model/ids.ts';
import type { Outcome } from '../../../../src/model/outcome.ts';
import { exitCodeOf, terminationOf } from '../../../../src/dialects/lsf/outcomes.ts';
import { refusalWords } from '../../../../src/dialects/lsf/refusals.ts';
import { statOf } from '../../../../src/dialects/lsf/states.ts';
import { jobView } from '../../../support/lsf-world.ts';

const OUTCOMES: readonly [Outcome, string | undefined, number, string][] = [
  [{ kind: 'exited', exitCode: 0, signal: 0 }, undefined, 0, 'DONE'],
  [{ kind: 'exited', exitCode: 3, signal: 0 }, undefined, 3, 'EXIT'],
  [{ kind: 'exited', exitCode: 0, signal: 11 }, undefined, 139, 'EXIT'],
  [cancelled('owner', 2), 'TERM_OWNER', 130, 'EXIT'],
  [cancelled('administrator', 9), 'TERM_ADMIN', 137, 'EXIT'],
  [cancelled('system', 15), 'TERM_OTHER', 143, 'EXIT'],
  [{ ...cancelled('owner', 2), asDone: true }, undefined, 130, 'DONE'],
  [{ kind: 'timedOut', exitCode: 0, signal: 12 }, 'TERM_RUNLIMIT', 140, 'EXIT'],
  [{ kind: 'outOfMemory', exitCode: 0, signal: 9 }, 'TERM_MEMLIMIT', 137, 'EXIT'],
  [{ kind: 'nodeFailed', node: 'n' }, 'TERM_REMOVE_HUNG_JOB', 255, 'EXIT'],
  [launchFailed('workingDirectory'), 'TERM_CWD_NOTEXIST', 2, 'EXIT'],
  [launchFailed('exec'), undefined, 127, 'EXIT'],
  [{ kind: 'neverStarted', why: 'dependency' }, 'TERM_ORPHAN_SYSTEM', 0, 'EXIT'],
  [{ kind: 'neverStarted', why: 'deadline' }, 'TERM_DEADLINE', 0, 'EXIT'],
];

function cancelled(
  by: 'owner' | 'administrator' | 'system',
  signal: number,
): Outcome & { kind: 'cancelled' } {
  return { kind: 'cancelled', by, uid: 1, exitCode: 0, signal };
}

function launchFailed(why: 'workingDirectory' | 'exec'): Outcome {
  return { kind: 'launchFailed', why, errno: 2, path: '/x' };
}

test.each(OUTCOMES)('%o is told as %s, code %d, %s', (outcome, term, code, stat) => {
  expect(terminationOf(outcome)?.name).toBe(term);
  expect(exitCodeOf(outcome)).toBe(code);
  expect(statOf(jobView(1, { state: 'finished', outcome }))).toBe(stat);
});

test.each([
  ['PEND', jobView(1)],
  ['PSUSP', jobView(1, { heldBy: 'administrator' })],
  ['RUN', jobView(1, { state: 'starting' })],
  ['RUN', jobView(1, { state: 'completing', outcome: { kind: 'exited', exitCode: 1, signal: 0 } })],
  ['UNKWN', jobView(1, { state: 'running', unreachable: true })],
])('%s is the state of a job', (stat, view) => {
  expect(statOf(view)).toBe(stat);
});

test('an element is named by its array and index', () => {
  const ref = { job: jobId(5), elements: [{ first: 2, count: 1, step: 1 }] };
  expect(refusalWords({ code: 'alreadyFinished', ref })).toBe(
    'Job <5[2]>: Job has already finished',
  );
  expect(refusalWords({ code: 'noSuchQueue', queue: 'x' })).toBe('x: No such queue');
});
