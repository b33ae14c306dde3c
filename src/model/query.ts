// Questions. They are answered from memory at once, but an answer is held until what it shows has
// been committed; finished jobs that left memory come from history.

import type { Instant } from '../base/brand.ts';
import type { JobId } from './ids.ts';
import type { JobSelection } from './selection.ts';

export type Query =
  | {
      readonly kind: 'jobs';
      readonly selection: JobSelection;
      /**
       * Every waiting element of an array as a view of its own, instead of one view of the array.
       */
      readonly expandArrays?: boolean;
      /** Finished jobs too, if they ended at this time or later. Absent: only unfinished ones. */
      readonly finishedSince?: Instant;
    }
  /**
   * Accounting: jobs that existed in the window, ended ones from disk, with earlier attempts if
   * asked.
   */
  | {
      readonly kind: 'history';
      readonly selection: JobSelection;
      readonly from: Instant;
      readonly to: Instant;
      readonly earlierAttempts?: boolean;
    }
  /** The bytes of a job; only its owner and administrators get them. */
  | { readonly kind: 'content'; readonly job: JobId }
  | { readonly kind: 'queues' }
  | { readonly kind: 'nodes' }
  | { readonly kind: 'definitions'; readonly name?: string }
  | { readonly kind: 'keys' }
  /** Why a job is where it is: its wait, its place in line, what each node lacks for it. */
  | { readonly kind: 'explain'; readonly job: JobId }
  /**
   * Is the disk's copy whole? Administrators only, as is `backup`, to a new file of the daemon's
   * user.
   */
  | { readonly kind: 'examine' }
  | { readonly kind: 'backup'; readonly to: string };
