// Batch's job ids: UUIDs that are computed from job numbers, so nothing has to be kept. A UUID of
// version 8 holds the installation's sixteen digits and then the number itself in decimal, padded
// to twelve: decimal digits are hexadecimal ones too, so a node can fill them into a template, and
// a person sees `scancel`'s number in it. Ids are no secret: numbers are public in the other
// dialects.

import { JOB_ID_MAX, type JobId } from '../../model/ids.ts';
import type { Site } from '../../model/site.ts';

/** Digits of the last group. */
export const NUMBER_DIGITS = 12;

/** Everything before the last group, with its hyphen. */
export function batchJobIdPrefix(site: Site): string {
  const digits = site.installation.toLowerCase();
  const groups = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(12, 15)}`];
  return `${groups.join('-')}-8${digits.slice(15, 16)}00-`;
}

/** The UUID of a job or an array. */
export function batchJobId(job: JobId, site: Site): string {
  return batchJobIdPrefix(site) + String(job).padStart(NUMBER_DIGITS, '0');
}

/** The job of a UUID of this installation; undefined for anything else. */
export function jobOfBatchId(uuid: string, site: Site): JobId | undefined {
  const prefix = batchJobIdPrefix(site);
  const digits = uuid.slice(prefix.length);
  if (uuid.slice(0, prefix.length).toLowerCase() !== prefix || !/^[0-9]{12}$/.test(digits))
    return undefined;
  const job = Number(digits);
  return job >= 1 && job <= JOB_ID_MAX ? (job as JobId) : undefined;
}
