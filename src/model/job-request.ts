// What was asked for: the immutable half of a job. Equal requests are one object in memory and one
// row on disk (JSON, so a new option needs no migration). Absent means: not asked.
// Text that users gave is one character a byte.

import type { Instant } from '../base/brand.ts';
import type { EndPlan } from './end-plan.ts';
import type { Dependency } from './dependency.ts';
import type { QueueName } from './ids.ts';
import type { IndexSet } from './index-set.ts';

/** Which language the submission was written in; it decides words, patterns and end policies. */
export type DialectName = 'slurm' | 'lsf' | 'batch' | 'grpc';

/** The resources of one attempt. */
export interface ResourceRequest {
  /** Number of tasks (LSF: slots), each on `cpusPerTask` CPUs. */
  readonly tasks: number;
  readonly cpusPerTask: number;
  /** How many nodes, if asked. */
  readonly nodes?: { readonly min: number; readonly max: number };
  readonly memoryMibPerNode?: number;
  readonly memoryMibPerCpu?: number;
  /** The whole node for itself. */
  readonly exclusive?: boolean;
  /** Only these nodes. */
  readonly nodeNames?: readonly string[];
  /** None of these nodes. */
  readonly excludedNodeNames?: readonly string[];
}

/** What the job may use; more ends it. */
export interface Limits {
  /** Wall time of one attempt, suspended time left out. */
  readonly wallTimeMs?: number;
  /** Memory of all processes together. */
  readonly memoryMib?: number;
}

/** Files as the user wrote them, patterns unexpanded; relative to the working directory. */
export interface Streams {
  readonly stdin?: string;
  /** Absent: the dialect's default (Slurm a file, LSF mail, Batch the log). */
  readonly stdout?: string;
  /** Absent: joined with stdout. */
  readonly stderr?: string;
  readonly openMode: 'truncate' | 'append';
  readonly stderrOpenMode?: 'truncate' | 'append';
}

/** A signal some time before the wall time limit. */
export interface WarningSignal {
  readonly signal: number;
  readonly beforeMs: number;
  /** The script's own process too (Slurm's `B:`); else only what it started. */
  readonly script: boolean;
}

/** Batch's retry strategy: at most `attempts` runs; the first matching rule decides. */
export interface RetryStrategy {
  readonly attempts: number;
  readonly evaluateOnExit: readonly RetryRule[];
}

/** One rule: all given patterns match (only a trailing `*` is special). */
export interface RetryRule {
  readonly action: 'retry' | 'exit';
  readonly onStatusReason?: string;
  readonly onReason?: string;
  readonly onExitCode?: string;
}

/** Element indices and how many may run at once. */
export interface ArrayRequest {
  readonly indices: IndexSet;
  readonly limit?: number;
  /**
   * One after another; the first that fails ends the rest (Batch's SEQUENTIAL). Then `limit` is 1.
   */
  readonly isSequence?: true;
}

/** Everything that a submission asks for, defaults filled in by its dialect and by admission. */
export interface JobRequest {
  readonly dialect: DialectName;
  readonly name: string;
  readonly queue: QueueName;
  /** The line or words as the user gave them, for listings. */
  readonly command: string;
  /**
   * How it is run: `script` writes the spec's script to a file and executes it with `arguments`
   * behind it (`arguments[0]` is the first argument); `shell` hands the script text to /bin/sh -c;
   * `exec` runs `arguments` as they are.
   */
  readonly launch: 'script' | 'shell' | 'exec';
  readonly arguments: readonly string[];
  readonly resources: ResourceRequest;
  readonly limits: Limits;
  readonly streams: Streams;
  readonly workingDirectory: string;
  readonly umask: number;
  /** Soft limits of the submitter by name (`nofile`, …) as [soft, hard]; -1 is unlimited. */
  readonly resourceLimits?: Readonly<Record<string, readonly [number, number]>>;
  readonly submitHost: string;
  readonly account?: string;
  readonly comment?: string;
  readonly array?: ArrayRequest;
  readonly dependency?: Dependency;
  /** End a job whose dependency can never be met, instead of leaving it pending. */
  readonly cancelWhenNeverSatisfied?: boolean;
  readonly beginAt?: Instant;
  readonly held?: 'user' | 'administrator';
  /** Slurm's nice: positive is less urgent. */
  readonly nice?: number;
  /** A priority the user set (LSF -sp; Slurm --priority; Batch schedulingPriority). */
  readonly userPriority?: number;
  readonly warningSignal?: WarningSignal;
  /** How it is ended at its wall time limit. Absent: SIGTERM, SIGKILL 30 s later. */
  readonly timeLimitPlan?: EndPlan;
  /** Run again after a lost node. */
  readonly rerunnable?: boolean;
  readonly retry?: RetryStrategy;
  /** A missing working directory: run in /tmp instead (Slurm), or fail. */
  readonly fallbackDirectory?: boolean;
  /** Append LSF's job report to the output. */
  readonly report?: boolean;
  /** What only one dialect prints or reads again, by `dialect.field`. */
  readonly extras?: Readonly<Record<string, string | number | boolean>>;
}

/** The bytes of a job, kept by content and not in memory. */
export interface JobContent {
  /** Empty for `exec`. */
  readonly script: Uint8Array;
  /** `NAME=value` entries, each ended by a NUL. */
  readonly environment: Uint8Array;
}
