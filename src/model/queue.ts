// Where jobs wait, with policy.

import type { QueueName } from './ids.ts';

/** A queue as configured and steered. */
export interface Queue {
  readonly name: QueueName;
  /** Higher is served first. */
  readonly priority: number;
  /** Accepts submissions. */
  readonly open: boolean;
  /** Starts jobs. */
  readonly active: boolean;
  readonly isDefault: boolean;
  readonly description: string;
  readonly maxWallTimeMs?: number;
  readonly defaultWallTimeMs?: number;
  /** Compute environments in the order in which they are tried. */
  readonly environments: readonly string[];
}

/**
 * Bounded capacity that may grow. `local`: the site's own nodes. `ec2`: instances in one region.
 */
export interface ComputeEnvironment {
  readonly name: string;
  readonly kind: 'local' | 'ec2';
  /** ec2 only: what may be bought, cheapest first, and how much of it. */
  readonly instanceTypes: readonly InstanceType[];
  readonly maxInstances: number;
  readonly idleMs: number;
}

/** One kind of instance. */
export interface InstanceType {
  readonly name: string;
  readonly cpus: number;
  readonly memoryMib: number;
  /** Price an hour, in millionths of the currency. */
  readonly priceMicros: number;
}
