// What the outside must be made to do. Effects are derived from the state, so they may be derived
// again at any time; receivers know repetition by job and attempt.

import type { EndPlan, SignalScope } from './end-plan.ts';
import type { Ending } from './event.ts';
import type { JobId, NodeName } from './ids.ts';
import type { AttemptKey } from './report.ts';
import type { DialectName, JobRequest } from './job-request.ts';
import type { Allocation } from './node.ts';
import type { SpecKey } from './ids.ts';
import type { Owner } from './user.ts';

/** An attempt to be launched on the first node of its allocation. */
export interface Launch extends AttemptKey {
  readonly base: JobId;
  /** The element's index; undefined outside an array. */
  readonly index: number | undefined;
  readonly spec: SpecKey;
  readonly request: JobRequest;
  readonly owner: Owner;
  readonly allocation: Allocation;
}

export type Effect =
  | { readonly kind: 'launch'; readonly node: NodeName; readonly launch: Launch }
  /** End it. Repeated with the same plan it is the same order. */
  | {
      readonly kind: 'end';
      readonly node: NodeName;
      readonly attempt: AttemptKey;
      readonly plan: EndPlan;
      /** Why, and the dialect that may have a word about it for the job's output. */
      readonly ending: Ending;
      readonly dialect: DialectName;
    }
  | {
      readonly kind: 'signal';
      readonly node: NodeName;
      readonly attempt: AttemptKey;
      readonly signal: number;
      readonly scope: SignalScope;
    }
  /** The attempt ended and its job report is due in the output. */
  | {
      readonly kind: 'appendReport';
      readonly node: NodeName;
      readonly attempt: AttemptKey;
      readonly job: JobId;
    }
  /** All is known and committed: the node may remove what it kept. */
  | { readonly kind: 'forget'; readonly node: NodeName; readonly attempt: AttemptKey }
  | {
      readonly kind: 'requestInstance';
      readonly environment: string;
      readonly request: number;
      readonly instanceType: string;
      readonly node: NodeName;
    }
  | {
      readonly kind: 'terminateInstance';
      readonly environment: string;
      readonly request: number;
      readonly node: NodeName;
    };
