// What a decision is given beside the state: time, chance and the settings of the site.

import type { Instant } from '../base/brand.ts';
import type { Random } from '../base/random.ts';
import type { Event } from '../model/event.ts';
import type { NodeName } from '../model/ids.ts';
import type { AttemptKey } from '../model/report.ts';
import type { Outcome } from '../model/outcome.ts';

/** The moment of a decision. */
export interface Context {
  readonly now: Instant;
  /** A clock that never jumps: limits and leases are measured with it. */
  readonly steadyMs: number;
  readonly random: Random;
  readonly policy: Policy;
  /** Applies the event at once and keeps it for the commit. */
  readonly emit: (event: Event) => void;
  /** The node has an attempt that nobody waits for: it is to drop it. */
  readonly forget: (node: NodeName, attempt: AttemptKey) => void;
}

/** Settings of the site that decide. */
export interface Policy {
  readonly maxArraySize: number;
  readonly maxJobs: number;
  readonly maxScriptBytes: number;
  readonly maxEnvironmentBytes: number;
  /** Uids below are refused, 0 too. */
  readonly minimumUid: number;
  /** A lost node's rerunnable attempts run again after this. */
  readonly leaseMs: number;
  /** A lost node's other attempts are given up after this. */
  readonly nodeLostAfterMs: number;
  /** A requeued job waits this long (Slurm: two minutes), by dialect of the submission. */
  readonly requeueDelayMs: Readonly<Record<'slurm' | 'lsf' | 'batch' | 'grpc', number>>;
  /** An instance that did not join by then is given up. */
  readonly bootMs: number;
  /** An outcome in the words that retry rules match. */
  readonly retryWords: (outcome: Outcome) => {
    readonly statusReason: string;
    readonly reason: string;
    readonly exitCode: string;
  };
}
