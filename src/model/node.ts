// A machine with an agent.

import type { Instant } from '../base/brand.ts';
import type { NodeName } from './ids.ts';

/** What a node has. */
export interface NodeSize {
  readonly cpus: number;
  readonly memoryMib: number;
}

/**
 * up: takes jobs · unreachable: contact lost, jobs unknown · gone: given up. `drained` beside it
 * keeps new jobs away.
 */
export type NodeState = 'up' | 'unreachable' | 'gone';

/** A node as its agent told and as administrators steer it. */
export interface Node {
  readonly name: NodeName;
  readonly environment: string;
  readonly size: NodeSize;
  readonly state: NodeState;
  readonly since: Instant;
  /** Why it takes no new jobs; absent: it does. */
  readonly drained?: string;
  /** Changes with every restart of the machine. */
  readonly bootId: string;
}

/** The part of one node that an attempt holds. */
export interface AllocatedNode {
  readonly node: NodeName;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly tasks: number;
}

/** The nodes that an attempt holds; the first one runs the script. */
export type Allocation = readonly AllocatedNode[];
