// One number for an attempt, so that maps and sets of attempts need no objects or strings.

import { assert } from '../../base/assert.ts';

const ATTEMPTS = 2 ** 21;

/** A number that no other (job, attempt) has; exact, since jobs stay below 2^31. */
export function attemptNumber(job: number, attempt: number): number {
  assert(attempt < ATTEMPTS, 'a job has fewer than two million attempts');
  return job * ATTEMPTS + attempt;
}

/** The job of an attempt's number. */
export function jobOf(number: number): number {
  return Math.floor(number / ATTEMPTS);
}

/** The attempt of an attempt's number. */
export function attemptOf(number: number): number {
  return number % ATTEMPTS;
}
