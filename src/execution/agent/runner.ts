// What carries orders out: processes.ts in earnest, no-op-runner.ts for benchmarks. Launches of
// attempts that the runner has, or has forgotten, do nothing.

import type { Service } from '../../base/service.ts';
import type { Attempts, LaunchGroup, Spec, Steering } from '../protocol/messages.ts';

/** Carries orders out and tells the outbox what became of them. */
export interface Runner extends Service {
  /** Every attempt that it has: running, or ended and not forgotten. */
  attempts(): Attempts;
  /** A new specification, before the first launch that names its handle. */
  addSpec(spec: Spec): void;
  dropSpecs(handles: readonly number[]): void;
  /** Another daemon speaks: the handles so far mean nothing any more. */
  dropAllSpecs(): void;
  launch(group: LaunchGroup): void;
  steer(order: Steering): void;
  forget(attempts: Attempts): void;
  /** Contact was lost for the length of the lease: ends what may be run again elsewhere. */
  endRerunnable(): void;
}
