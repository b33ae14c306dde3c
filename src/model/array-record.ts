// The elements of an array in compact form: those that wait are index runs, those that run a short
// list, those that ended columns. Only an element that was requeued, modified or addressed alone
// has a job record of its own; it is in none of these.

import type { Instant } from '../base/brand.ts';
import type { JobId } from './ids.ts';
import type { IndexSet } from './index-set.ts';
import type { Allocation } from './node.ts';
import type { Outcome, Usage } from './outcome.ts';

/** An element that holds a node. */
export interface ActiveElement {
  readonly index: number;
  /** Its own number. */
  readonly job: JobId;
  readonly state: 'starting' | 'running' | 'completing';
  readonly startedAt: Instant | undefined;
  readonly allocatedAt: Instant;
  readonly allocation: Allocation;
  /** completing: how it ended. */
  readonly ended?: { readonly at: Instant; readonly outcome: Outcome; readonly usage: Usage };
}

/** Ended elements, one entry of every column an element, in order of their ends. */
export interface EndedElements {
  readonly index: number[];
  readonly job: number[];
  readonly startedAt: number[];
  readonly endedAt: number[];
  readonly exitCode: number[];
  readonly signal: number[];
  /** Position in OUTCOME_KINDS. */
  readonly outcome: number[];
  readonly userCpuMs: number[];
  readonly systemCpuMs: number[];
  readonly maxMemoryKib: number[];
  /** Position in `nodes`. */
  readonly node: number[];
  readonly nodes: string[];
}

/** An array's elements as they are stored. */
export interface ArrayRecord {
  readonly waiting: IndexSet;
  readonly active: readonly ActiveElement[];
  /** On writing: what ended since the last record. On reading: all that ended. */
  readonly ended: EndedElements;
}

/** Outcomes that a column can hold; anything richer gets a record of its own. */
export const OUTCOME_KINDS = ['exited', 'timedOut', 'outOfMemory'] as const;

/** Columns without an entry. */
export function noEndedElements(): EndedElements {
  return {
    index: [],
    job: [],
    startedAt: [],
    endedAt: [],
    exitCode: [],
    signal: [],
    outcome: [],
    userCpuMs: [],
    systemCpuMs: [],
    maxMemoryKib: [],
    node: [],
    nodes: [],
  };
}
