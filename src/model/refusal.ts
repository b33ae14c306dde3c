// Why a wish was not granted. Values, not exceptions; each dialect has its words for every code.

import type { JobRef } from './selection.ts';

/** A closed list. Data beside a code is what the words need. */
export type Refusal =
  | { readonly code: 'noSuchQueue'; readonly queue: string }
  | { readonly code: 'queueClosed'; readonly queue: string }
  | { readonly code: 'noSuchJob'; readonly ref: JobRef }
  | { readonly code: 'noMatchingJob' }
  | { readonly code: 'notPermitted'; readonly ref?: JobRef }
  | { readonly code: 'alreadyFinished'; readonly ref: JobRef }
  | { readonly code: 'notStarted'; readonly ref: JobRef }
  | { readonly code: 'notAnArray'; readonly ref: JobRef }
  | { readonly code: 'noSuchElement'; readonly ref: JobRef }
  | { readonly code: 'arrayTooLarge'; readonly maximum: number }
  | { readonly code: 'emptyArray' }
  | { readonly code: 'wallTimeTooLong'; readonly queue: string; readonly maximumMs: number }
  | { readonly code: 'cyclicDependency' }
  | { readonly code: 'noSuchDependency'; readonly job: number }
  | { readonly code: 'invalidResources'; readonly why: 'cpus' | 'memory' | 'nodes' | 'tasks' }
  | { readonly code: 'userNotAllowed'; readonly why: 'root' | 'uidTooLow' | 'unknownUser' }
  | { readonly code: 'tooManyJobs'; readonly maximum: number }
  | { readonly code: 'jobIdsExhausted' }
  | { readonly code: 'noSuchDefinition'; readonly definition: string }
  | { readonly code: 'definitionNotOwned'; readonly definition: string }
  | { readonly code: 'noSuchKey'; readonly accessKeyId: string }
  | {
      readonly code: 'tooLarge';
      readonly what: 'script' | 'environment';
      readonly maximumBytes: number;
    }
  | { readonly code: 'invalidText'; readonly field: string }
  /** The mailbox is full, or the disk is: try again later. */
  | { readonly code: 'busy' }
  | { readonly code: 'diskFull' };
