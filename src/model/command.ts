// Wishes. The engine grants or refuses them; who wishes is told by the door, beside the command.

import type { EndPlan, SignalScope } from './end-plan.ts';
import type { JobContent, JobRequest } from './job-request.ts';
import type { JobId, QueueName } from './ids.ts';
import type { JobDefinition } from './job-definition.ts';
import type { AccessKey } from './access-key.ts';
import type { Refusal } from './refusal.ts';
import type { JobRef, JobSelection } from './selection.ts';

/** A job as asked for: the request and its bytes. */
export interface Submission {
  readonly request: JobRequest;
  readonly content: JobContent;
  /** A repeat with the same id (and owner) answers with the first job. */
  readonly requestId?: string;
  /** The queue was not named by the user. */
  readonly defaultQueue?: boolean;
}

export type Command =
  | { readonly kind: 'submitJob'; readonly submission: Submission }
  | {
      readonly kind: 'cancelJobs';
      readonly selection: JobSelection;
      readonly plan: EndPlan;
      /** Only jobs that did not start yet. */
      readonly onlyPending?: boolean;
      /** Record the job as done (LSF's -d). */
      readonly asDone?: boolean;
      /** Do not wait for the node to confirm (LSF's -r). */
      readonly forget?: boolean;
      readonly why?: string;
    }
  | {
      readonly kind: 'signalJobs';
      readonly selection: JobSelection;
      readonly signal: number;
      readonly scope: SignalScope;
    }
  | { readonly kind: 'holdJobs'; readonly selection: JobSelection }
  | { readonly kind: 'releaseJobs'; readonly selection: JobSelection }
  | {
      readonly kind: 'registerDefinition';
      readonly name: string;
      readonly properties: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'deregisterDefinition'; readonly name: string; readonly revision: number }
  /** The door made the pair; the owner is the asker, or (administrators) anybody. */
  | { readonly kind: 'createKey'; readonly key: AccessKey }
  | { readonly kind: 'deleteKey'; readonly accessKeyId: string };

/** One job that a steering command named or found, and what came of it. */
export interface Steered {
  readonly ref: JobRef;
  /** The base id for an element. */
  readonly job: JobId;
  readonly refusal?: Refusal;
}

/** What became of a command, told after its commit. */
export type CommandResult =
  | {
      readonly kind: 'submitted';
      readonly job: JobId;
      readonly queue: QueueName;
      readonly repeated: boolean;
    }
  | { readonly kind: 'steered'; readonly jobs: readonly Steered[] }
  | { readonly kind: 'registered'; readonly definition: JobDefinition }
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
