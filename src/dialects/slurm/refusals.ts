// Slurm's words and numbers for refusals (slurm_strerror of 22.05). A total table.

import type { Refusal } from '../../model/refusal.ts';

/** The text behind `…: ` and Slurm's error number, whose remainder by 256 is scancel's status. */
export interface SlurmError {
  readonly text: string;
  readonly number: number;
  /** Lines that slurmctld sends before the error itself. */
  readonly before?: string;
}

const error = (number: number, text: string, before?: string): SlurmError =>
  before === undefined ? { number, text } : { number, text, before };

const TOO_LONG = error(2013, 'Pathname of a file, directory or other parameter too long');
const NO_RECORD = error(2004, 'Unable to create job record, try again');
const BAD_ARRAY = error(2080, 'Invalid job array specification');
const DENIED = error(2002, 'Access/permission denied');
const BAD_ID = error(2017, 'Invalid job id specified');
const BAD_DEPENDENCY = error(2038, 'Job dependency problem');

const ERRORS: { [C in Refusal['code']]: (refusal: Extract<Refusal, { code: C }>) => SlurmError } = {
  noSuchQueue: ({ queue }) =>
    error(
      2000,
      'Invalid partition name specified',
      `invalid partition specified: ${queue === '' ? '(null)' : queue}`,
    ),
  queueClosed: () => error(2016, 'Required partition not available (inactive or drain)'),
  noSuchJob: () => BAD_ID,
  noMatchingJob: () => BAD_ID,
  notPermitted: () => DENIED,
  alreadyFinished: () => error(2021, 'Job/step already completing or completed'),
  notStarted: () => error(2020, 'Job can not be altered now, try again later'),
  notAnArray: () => BAD_ID,
  noSuchElement: () => BAD_ID,
  arrayTooLarge: () => BAD_ARRAY,
  emptyArray: () => BAD_ARRAY,
  wallTimeTooLong: () =>
    error(2051, 'Requested time limit is invalid (missing or exceeds some limit)'),
  cyclicDependency: () => BAD_DEPENDENCY,
  noSuchDependency: () => BAD_DEPENDENCY,
  invalidResources: ({ why }) =>
    error(
      2015,
      'Requested node configuration is not available',
      why === 'memory' ? 'Memory specification can not be satisfied' : undefined,
    ),
  userNotAllowed: ({ why }) => (why === 'unknownUser' ? error(2010, 'Invalid user id') : DENIED),
  tooManyJobs: () => NO_RECORD,
  jobIdsExhausted: () => NO_RECORD,
  noSuchDefinition: () => error(-1, 'Unspecified error'),
  definitionNotOwned: () => DENIED,
  noSuchKey: () => error(-1, 'Unspecified error'),
  tooLarge: () => TOO_LONG,
  invalidText: () => TOO_LONG,
  busy: () => error(11, 'Resource temporarily unavailable'),
  diskFull: () => error(2036, 'I/O error writing script/environment to file'),
};

/** Slurm's error for a refusal. */
export function slurmError(refusal: Refusal): SlurmError {
  return (ERRORS[refusal.code] as (refusal: Refusal) => SlurmError)(refusal);
}
