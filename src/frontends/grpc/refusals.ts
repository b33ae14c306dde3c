// A gRPC status for every refusal. The words are the model's own codes: programs read them.

import { status } from '@grpc/grpc-js';
import type { Refusal } from '../../model/refusal.ts';
import type { Refused } from './messages.ts';

const STATUSES: Readonly<Record<Refusal['code'], status>> = {
  noSuchQueue: status.INVALID_ARGUMENT,
  queueClosed: status.FAILED_PRECONDITION,
  noSuchJob: status.NOT_FOUND,
  noMatchingJob: status.NOT_FOUND,
  notPermitted: status.PERMISSION_DENIED,
  alreadyFinished: status.FAILED_PRECONDITION,
  notStarted: status.FAILED_PRECONDITION,
  notAnArray: status.INVALID_ARGUMENT,
  noSuchElement: status.NOT_FOUND,
  arrayTooLarge: status.INVALID_ARGUMENT,
  emptyArray: status.INVALID_ARGUMENT,
  wallTimeTooLong: status.INVALID_ARGUMENT,
  cyclicDependency: status.INVALID_ARGUMENT,
  noSuchDependency: status.INVALID_ARGUMENT,
  invalidResources: status.INVALID_ARGUMENT,
  userNotAllowed: status.PERMISSION_DENIED,
  tooManyJobs: status.RESOURCE_EXHAUSTED,
  jobIdsExhausted: status.RESOURCE_EXHAUSTED,
  noSuchDefinition: status.NOT_FOUND,
  definitionNotOwned: status.PERMISSION_DENIED,
  noSuchKey: status.NOT_FOUND,
  tooLarge: status.INVALID_ARGUMENT,
  invalidText: status.INVALID_ARGUMENT,
  busy: status.UNAVAILABLE,
  diskFull: status.UNAVAILABLE,
};

/** What ends a call. */
export interface CallError {
  readonly code: status;
  readonly details: string;
}

/** The refusal of a whole call. */
export function callError(refusal: Refusal): CallError {
  return { code: STATUSES[refusal.code], details: wordsOf(refusal) };
}

/** The refusal of one job of a message. */
export function refusedJob(position: number, refusal: Refusal): Refused {
  return { position, code: refusal.code, message: wordsOf(refusal) };
}

export const invalid = (details: string): CallError => ({ code: status.INVALID_ARGUMENT, details });

/** The code, and what it is about. */
function wordsOf({ code, ...about }: Refusal): string {
  const facts = JSON.stringify(about);
  return facts === '{}' ? code : `${code} ${facts}`;
}
