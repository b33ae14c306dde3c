// Observations from agents and clouds. They cannot be refused, only found stale: a report names
// node, job and attempt, and news of an older attempt is ignored and counted.

import type { Instant } from '../base/brand.ts';
import type { JobId, NodeName } from './ids.ts';
import type { NodeSize } from './node.ts';
import type { LaunchFailure, Usage } from './outcome.ts';

/** One try at running a job (`job` is the raw id: an element's own). */
export interface AttemptKey {
  readonly job: JobId;
  readonly attempt: number;
}

/** An attempt that began, by the node's clock turned into ours. */
export interface AttemptStarted extends AttemptKey {
  readonly at: Instant;
}

/** An attempt that ended, with what its supervisor recorded. */
export interface AttemptEnded extends AttemptKey {
  readonly startedAt: Instant;
  readonly at: Instant;
  readonly exitCode: number;
  readonly signal: number;
  readonly usage: Usage;
  /** The kernel killed for memory. */
  readonly outOfMemory?: boolean;
  /** The command never ran. */
  readonly launchFailure?: {
    readonly why: LaunchFailure;
    readonly errno: number;
    readonly path: string;
  };
  /** The node does not know how it ended (its supervisor died). */
  readonly lost?: boolean;
}

/** An attempt with processes that do not die of SIGKILL. */
export interface AttemptUnkillable extends AttemptKey {
  readonly processes: number;
}

export type Report =
  | {
      readonly kind: 'nodeConnected';
      readonly node: NodeName;
      readonly environment: string;
      readonly size: NodeSize;
      readonly bootId: string;
      /** Every attempt that the node has: running, or ended and not yet confirmed. */
      readonly attempts: readonly AttemptKey[];
    }
  | { readonly kind: 'nodeDisconnected'; readonly node: NodeName }
  | {
      readonly kind: 'attemptsStarted';
      readonly node: NodeName;
      readonly started: readonly AttemptStarted[];
    }
  | {
      readonly kind: 'attemptsEnded';
      readonly node: NodeName;
      readonly ended: readonly AttemptEnded[];
    }
  | {
      readonly kind: 'attemptsUnkillable';
      readonly node: NodeName;
      readonly attempts: readonly AttemptUnkillable[];
    }
  /** The job report stands in the output file. */
  | {
      readonly kind: 'reportsAppended';
      readonly node: NodeName;
      readonly attempts: readonly AttemptKey[];
    }
  /** The engine's own: these attempts' signals were handed to the node. */
  | { readonly kind: 'signalsHanded'; readonly attempts: readonly AttemptKey[] }
  | {
      readonly kind: 'instanceLaunched';
      readonly environment: string;
      readonly request: number;
      readonly node: NodeName;
    }
  | { readonly kind: 'instanceInterrupted'; readonly node: NodeName }
  | { readonly kind: 'instanceGone'; readonly environment: string; readonly request: number }
  /** Something with a time is due. */
  | { readonly kind: 'tick' };
