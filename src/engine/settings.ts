// What the engine must be told once.

import type { Policy } from '../core/context.ts';
import type { ComputeEnvironment, Queue } from '../model/queue.ts';
import type { Site } from '../model/site.ts';

/** Settings of the engine. */
export interface EngineSettings {
  readonly site: Site;
  readonly policy: Policy;
  readonly queues: readonly Queue[];
  readonly environments: readonly ComputeEnvironment[];
  /** The first job id of an empty state directory. */
  readonly firstJobId: number;
  /** Finished jobs kept in memory at most; older ones are read from the store. */
  readonly finishedInMemory: number;
  /** Messages that may wait; more are refused as busy. */
  readonly mailboxMost: number;
  /** Check the books after every batch (simulations, debugging). */
  readonly checks: boolean;
}

/** Decided rows after which a batch takes no more. */
export const BATCH_MOST = 4096;

/** Attempts that one pass may place before the next batch. */
export const PLACEMENTS_A_PASS = 4096;
