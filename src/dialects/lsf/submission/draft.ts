// What the options of bsub are collected in before a request is made of them.

import type { Instant } from '../../../base/brand.ts';
import type { WarningSignal } from '../../../model/job-request.ts';
import type { Zone } from '../../kit/time-zone.ts';
import type { Expression } from './dependency-expression.ts';
import type { JobName } from './job-name.ts';

/** An output file and whether it is overwritten. */
export interface OutputFile {
  readonly path: string;
  readonly isOverwritten: boolean;
}

/** Options by meaning; what was not given is absent. */
export interface BsubDraft {
  readonly now: Instant;
  readonly zone: Zone;
  /** MiB in a bare number of -M. */
  readonly limitUnitMib: number;
  name?: JobName;
  queues?: readonly string[];
  tasks?: number;
  requirements: string[];
  memoryLimitMib?: number;
  wallTimeMs?: number;
  stdin?: string;
  stdout?: OutputFile;
  stderr?: OutputFile;
  workingDirectory?: string;
  dependency?: { readonly text: string; readonly expression: Expression };
  cancelWhenNeverSatisfied?: boolean;
  beginAt?: Instant;
  isHeld?: boolean;
  isWaiting?: boolean;
  project?: string;
  environments: string[];
  isRerunnable?: boolean;
  isExclusive?: boolean;
  userPriority?: number;
  hosts?: readonly string[];
  nodes?: number;
  description?: string;
  warning?: Partial<Pick<WarningSignal, 'signal' | 'beforeMs'>>;
  /** Soft limits by name, in bytes, seconds or numbers. */
  resourceLimits: Record<string, number>;
  /** What only LSF's listings show, by name. */
  shown: Record<string, string>;
  wanted?: 'help' | 'version';
}

/** An empty draft. */
export function newDraft(now: Instant, zone: Zone, limitUnitMib: number): BsubDraft {
  return {
    now,
    zone,
    limitUnitMib,
    requirements: [],
    environments: [],
    resourceLimits: {},
    shown: {},
  };
}
