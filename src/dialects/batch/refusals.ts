// A word of Batch for every refusal.

import type { Refusal } from '../../model/refusal.ts';
import { accessDenied, clientError, type Reply, serverError } from './call.ts';
import { textOf } from '../../base/byte-text.ts';

type Words = { readonly [C in Refusal['code']]: (refusal: Extract<Refusal, { code: C }>) => Reply };

const WORDS: Words = {
  noSuchQueue: ({ queue }) => clientError(`Job queue ${textOf(queue)} not found`),
  queueClosed: ({ queue }) => clientError(`Job queue ${textOf(queue)} is DISABLED`),
  noSuchJob: () => clientError('Job not found'),
  noMatchingJob: () => clientError('Job not found'),
  notPermitted: () => accessDenied('The job belongs to another user'),
  alreadyFinished: () => clientError('The job has already finished'),
  notStarted: () => clientError('The job has not started yet'),
  notAnArray: () => clientError('The job is not an array job'),
  noSuchElement: () => clientError('The array job has no such child'),
  arrayTooLarge: ({ maximum }) => clientError(`arrayProperties.size must be at most ${maximum}`),
  emptyArray: () => clientError('arrayProperties.size must be at least 2'),
  wallTimeTooLong: ({ queue, maximumMs }) =>
    clientError(
      `timeout.attemptDurationSeconds must be at most ${maximumMs / 1000} in job queue ${textOf(queue)}`,
    ),
  cyclicDependency: () => clientError('dependsOn leads back to the job itself'),
  noSuchDependency: ({ job }) => clientError(`dependsOn names job ${job}, which does not exist`),
  invalidResources: ({ why }) => clientError(`No node could ever provide the requested ${why}`),
  userNotAllowed: ({ why }) => accessDenied(`The user of this key may not run jobs here (${why})`),
  tooManyJobs: ({ maximum }) => clientError(`More than ${maximum} unfinished jobs`),
  jobIdsExhausted: () => serverError('All job numbers have been used'),
  noSuchDefinition: ({ definition }) => clientError(`Job definition ${definition} not found`),
  definitionNotOwned: ({ definition }) =>
    accessDenied(
      `Job definition ${definition} belongs to another user, who alone adds and removes revisions`,
    ),
  noSuchKey: () => clientError('Access key not found'),
  tooLarge: ({ what, maximumBytes }) =>
    clientError(`The ${what} is larger than ${maximumBytes} bytes`),
  invalidText: ({ field }) => clientError(`${field} holds characters that are not allowed`),
  busy: () => ({
    kind: 'error',
    status: 429,
    type: 'TooManyRequestsException',
    message: 'The gateway is busy, try again later',
  }),
  diskFull: () => serverError("The gateway's disk is full, try again later"),
};

/** The answer that a refusal becomes. */
export function replyOf<C extends Refusal['code']>(refusal: Extract<Refusal, { code: C }>): Reply {
  const words = WORDS[refusal.code as C] as (refusal: Extract<Refusal, { code: C }>) => Reply;
  return words(refusal);
}
