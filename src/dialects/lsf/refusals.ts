// What LSF says to each refusal. Total over the model's codes.

import type { Refusal } from '../../model/refusal.ts';
import type { JobRef } from '../../model/selection.ts';
import { idText } from './job-ids.ts';

type Words = { [Code in Refusal['code']]: (refusal: Extract<Refusal, { code: Code }>) => string };

const named = (ref: JobRef | undefined, words: string): string =>
  ref === undefined ? words : `Job <${idText(ref)}>: ${words}`;

const WORDS: Words = {
  noSuchQueue: ({ queue }) => `${queue}: No such queue`,
  queueClosed: ({ queue }) => `${queue}: Queue has been closed`,
  noSuchJob: ({ ref }) => named(ref, 'No matching job found'),
  noMatchingJob: () => 'No matching job found',
  notPermitted: ({ ref }) => named(ref, 'User permission denied'),
  alreadyFinished: ({ ref }) => named(ref, 'Job has already finished'),
  notStarted: ({ ref }) => named(ref, 'Job has not started yet'),
  notAnArray: ({ ref }) => named(ref, 'Not a job array'),
  noSuchElement: ({ ref }) => named(ref, 'No matching job found'),
  arrayTooLarge: () => 'Job array index too large',
  emptyArray: () => 'Bad job name',
  wallTimeTooLong: () => "RUNLIMIT: Cannot exceed queue's hard limit(s)",
  cyclicDependency: () => 'Dependency condition invalid or never satisfied',
  noSuchDependency: ({ job }) => `${job}: No matching job found`,
  invalidResources: ({ why }) => RESOURCE_WORDS[why],
  userNotAllowed: ({ why }) => USER_WORDS[why],
  tooManyJobs: () => 'Pending job threshold reached',
  jobIdsExhausted: () => 'No free job ID',
  noSuchDefinition: ({ definition }) => `${definition}: No such application profile`,
  definitionNotOwned: ({ definition }) => `${definition}: User permission denied`,
  noSuchKey: ({ accessKeyId }) => `${accessKeyId}: No such access key`,
  tooLarge: ({ what, maximumBytes }) => `The ${what} is longer than ${maximumBytes} bytes`,
  invalidText: ({ field }) => INVALID_TEXT[field] ?? `Bad ${field}`,
  busy: () => 'LSF is processing your request. Please wait ...',
  diskFull: () => 'No space left in the LSF system',
};

const RESOURCE_WORDS = {
  cpus: 'Too many processors requested',
  memory: 'MEMLIMIT: Cannot exceed the memory of any host',
  nodes: 'Too many hosts requested',
  tasks: 'Too many processors requested',
} as const;

const USER_WORDS = {
  root: 'Root job submission is disabled',
  uidTooLow: 'User permission denied',
  unknownUser: 'Unknown user',
} as const;

const INVALID_TEXT: Readonly<Record<string, string>> = {
  name: 'Bad job name',
  queue: 'Bad queue name',
};

/** The sentence, without a full stop. */
export function refusalWords(refusal: Refusal): string {
  const words = WORDS[refusal.code] as (refusal: Refusal) => string;
  return words(refusal);
}
