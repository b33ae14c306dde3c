// What the agent tells the launcher and hears from it, and how the first is written as frames
// (FRAMES.md has their layout; frame-reader.ts reads). Pure. Strings are one character per byte.
// Never checks what a field means; the launcher does.

import { FrameWriter } from './frame-writer.ts';

/** Agent and launcher must be of the same. */
export const PROTOCOL_VERSION = 1;

/** Names one attempt: the raw job id and how often the job was started before. */
export interface AttemptKey {
  readonly job: number;
  readonly attempt: number;
}

/** One signal of a plan. */
export interface PlanStep {
  /**
   * After the order, or after the job's start for the plan of a spec; suspended time not counted
   * there.
   */
  readonly afterMs: number;
  readonly signal: number;
  /**
   * Everything; the job's first process alone; everything but that one. KILL to the tree repeats
   * until it is empty.
   */
  readonly scope: 'tree' | 'main' | 'allButMain';
  /**
   * Why the job is ended by this step, 1 to 255: the first one carried out is in the end record.
   * Absent: a mere signal.
   */
  readonly cause?: number;
}

/** A control group directory of one attempt, and the files to write in it once it is made. */
export interface CgroupLeaf {
  readonly version: 1 | 2;
  /** What it serves for: membership and killing, CPU time, peak memory and OOM kills. */
  readonly roles: readonly ('tree' | 'cpu' | 'memory')[];
  readonly path: string;
  readonly writes: readonly {
    readonly file: string;
    readonly value: string;
    readonly optional?: boolean;
  }[];
}

/** Linux's numbers of the resource limits that a submitter hands over. */
export const LIMIT_NUMBERS = {
  cpu: 0,
  fileSize: 1,
  data: 2,
  stack: 3,
  core: 4,
  residentSet: 5,
  processes: 6,
  openFiles: 7,
  lockedMemory: 8,
  addressSpace: 9,
} as const;
export type LimitName = keyof typeof LIMIT_NUMBERS;

/** A script file that is executed by its path, or a command found by the job's PATH. */
export type Program =
  | {
      readonly kind: 'script';
      readonly fileName: string;
      readonly text: string;
      readonly arguments: readonly string[];
    }
  | { readonly kind: 'command'; readonly arguments: readonly string[] };

/** All that is needed to run one attempt. */
export interface LaunchSpec extends AttemptKey {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly umask: number;
  /** Soft limits in the kernel's units; `Infinity` for none. Clipped to the agent's hard ones. */
  readonly softLimits?: Partial<Readonly<Record<LimitName, number>>>;
  readonly cwd: string;
  /** Where to run when `cwd` cannot be entered; absent: the job fails. */
  readonly fallbackCwd?: string;
  /** Written to stderr when it runs there: texts with the system's words for the error between. */
  readonly directoryNote?: readonly string[];
  /** Absent: /dev/null. */
  readonly stdin?: string;
  /** Absent: /dev/null, or the attempt's own `output` file with `spoolOutput`. */
  readonly stdout?: string;
  /** Absent: where stdout goes. */
  readonly stderr?: string;
  readonly appendStdout?: boolean;
  readonly appendStderr?: boolean;
  readonly spoolOutput?: boolean;
  readonly program: Program;
  /** `NAME=value` as the job gets them; doubled and odd ones are kept. */
  readonly environment: readonly string[];
  /** Variables that get the pid of the job's first process. */
  readonly pidVariables?: readonly string[];
  /** Steps counted from the start: warning signal and time limit. */
  readonly plan?: readonly PlanStep[];
  /** Ends processes that outlive the first one. */
  readonly killLeftovers?: boolean;
  /** Keeps the output open after the end for `append`. */
  readonly holdForReport?: boolean;
  /** How long a killed tree may take to die before it is called unkillable. Default 60,000. */
  readonly unkillableAfterMs?: number;
  readonly memoryLimitBytes?: number;
  readonly processLimit?: number;
}

/** What a supervisor can be told. */
export type Order =
  | { readonly kind: 'signal'; readonly plan: readonly PlanStep[] }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'append'; readonly bytes: Uint8Array }
  /** To stderr, while the job runs; the first one of an attempt counts. */
  | { readonly kind: 'note'; readonly bytes: Uint8Array };

/** What could not be done, when a job did not start. */
export type FailedStep =
  | 'directory'
  | 'cgroup'
  | 'fork'
  | 'identity'
  | 'cwd'
  | 'stdin'
  | 'stdout'
  | 'stderr'
  | 'limits'
  | 'exec'
  | 'spec';

/** How the first process of an attempt ended. */
export type Outcome =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signaled'; readonly signal: number; readonly coreDumped: boolean }
  | {
      readonly kind: 'notStarted';
      readonly step: FailedStep;
      readonly errno: number;
      readonly path: string;
    };

/** The record of an attempt's end, as the `exit` file holds it. */
export interface EndRecord extends AttemptKey {
  readonly outcome: Outcome;
  /** The `cause` of the first ending step that was carried out; 0 when the job ended by itself. */
  readonly cause: number;
  /** The last signal that an ending step sent; 0 for none. */
  readonly lastSignal: number;
  readonly startMs: number;
  readonly endMs: number;
  /** By the monotonic clock; includes `suspendedMs`. */
  readonly durationMs: number;
  readonly suspendedMs: number;
  readonly userCpuMs: number;
  readonly systemCpuMs: number;
  /** Of the whole tree where a memory cgroup exists, else of its largest process. */
  readonly peakMemoryBytes: number;
  readonly oomKills: number;
  readonly clippedLimits: readonly LimitName[];
  readonly usedFallbackCwd: boolean;
  readonly leftoversKilled: boolean;
  /** The supervisor waits with the output open for an `append`. */
  readonly holdsOutput: boolean;
  readonly unkillable: boolean;
}

/** The record of an attempt that no supervisor was made for. */
export function neverStarted(
  key: AttemptKey,
  why: { readonly step: FailedStep; readonly errno: number; readonly atMs: number },
): EndRecord {
  return {
    job: key.job,
    attempt: key.attempt,
    outcome: { kind: 'notStarted', step: why.step, errno: why.errno, path: '' },
    cause: 0,
    lastSignal: 0,
    startMs: why.atMs,
    endMs: why.atMs,
    durationMs: 0,
    suspendedMs: 0,
    userCpuMs: 0,
    systemCpuMs: 0,
    peakMemoryBytes: 0,
    oomKills: 0,
    clippedLimits: [],
    usedFallbackCwd: false,
    leftoversKilled: false,
    holdsOutput: false,
    unkillable: false,
  };
}

/** What the launcher says. */
export type LauncherFrame =
  | { readonly kind: 'ready'; readonly version: number }
  | (AttemptKey & { readonly kind: 'started'; readonly startMs: number; readonly already: boolean })
  | (AttemptKey & { readonly kind: 'refused'; readonly step: FailedStep; readonly errno: number })
  | (AttemptKey & {
      readonly kind: 'ordered';
      readonly number: number;
      readonly delivered: boolean;
    })
  | { readonly kind: 'ended'; readonly record: EndRecord }
  | (AttemptKey & { readonly kind: 'appended'; readonly errno: number })
  | (AttemptKey & { readonly kind: 'unkillable'; readonly processCount: number });

const SCOPES = { tree: 0, main: 1, allButMain: 2 } as const;
const ROLES = { tree: 1, cpu: 2, memory: 4 } as const;
const ORDER_KINDS = { signal: 1, suspend: 2, resume: 3, append: 4, note: 5 } as const;
const LONGEST_PID = 10;
const DEFAULT_UNKILLABLE_AFTER_MS = 60_000;

/** `<job>.<attempt>`, the name of the attempt's directory and cgroup. */
export function attemptName(key: AttemptKey): string {
  return `${key.job}.${key.attempt}`;
}

/**
 * Encodes a LAUNCH frame. Throws an AssertionFailure when a string with a NUL cannot be passed on.
 */
export function encodeLaunch(spec: LaunchSpec, leaves: readonly CgroupLeaf[]): Buffer {
  const out = new FrameWriter(1);
  out.key(spec);
  out.u32(flagsOf(spec));
  out.u32(spec.uid);
  out.u32(spec.gid);
  out.u32(spec.groups.length);
  for (const group of spec.groups) out.u32(group);
  out.u32(spec.umask);
  out.u32(spec.unkillableAfterMs ?? DEFAULT_UNKILLABLE_AFTER_MS);
  writeLimits(out, spec);
  writePlan(out, spec.plan ?? []);
  writeLeaves(out, leaves);
  for (const path of [spec.cwd, spec.fallbackCwd, spec.stdin, spec.stdout, spec.stderr])
    out.text(path ?? '');
  writeProgram(out, spec);
  out.list(spec.directoryNote ?? []);
  return out.finish();
}

/** Encodes an ORDER frame; the launcher's answer repeats `number`. */
export function encodeOrder(key: AttemptKey, number: number, order: Order): Buffer {
  const out = new FrameWriter(2);
  out.key(key);
  out.u32(number);
  out.u8(ORDER_KINDS[order.kind]);
  if (order.kind === 'signal') writePlan(out, order.plan);
  if (order.kind === 'append' || order.kind === 'note') out.raw(order.bytes);
  return out.finish();
}

/** Encodes a FORGET frame. */
export function encodeForget(keys: readonly AttemptKey[]): Buffer {
  const out = new FrameWriter(3);
  for (const key of keys) out.key(key);
  return out.finish();
}

/** Whether `bytes` are a LAUNCH frame of this attempt, whole. */
export function isLaunchFrame(bytes: Buffer, key: AttemptKey): boolean {
  return (
    bytes.length > 13 &&
    bytes.readUInt32LE(0) === bytes.length - 4 &&
    bytes[4] === 1 &&
    bytes.readUInt32LE(5) === key.job &&
    bytes.readUInt32LE(9) === key.attempt
  );
}

function flagsOf(spec: LaunchSpec): number {
  return (
    (spec.killLeftovers ? 1 : 0) |
    (spec.holdForReport ? 2 : 0) |
    (spec.appendStdout ? 4 : 0) |
    (spec.appendStderr ? 8 : 0) |
    (spec.spoolOutput ? 16 : 0)
  );
}

function writeLimits(out: FrameWriter, spec: LaunchSpec): void {
  const limits = Object.entries(spec.softLimits ?? {}) as [LimitName, number][];
  out.u8(limits.length);
  for (const [name, soft] of limits) {
    out.u8(LIMIT_NUMBERS[name]);
    out.u64(soft >= 2 ** 63 ? 0xffff_ffff_ffff_ffffn : BigInt(Math.trunc(soft)));
  }
}

function writePlan(out: FrameWriter, plan: readonly PlanStep[]): void {
  out.u8(plan.length);
  for (const step of plan) {
    out.u64(BigInt(Math.max(0, Math.trunc(step.afterMs))));
    out.u8(step.signal);
    out.u8(SCOPES[step.scope]);
    out.u8(step.cause ?? 0);
  }
}

function writeLeaves(out: FrameWriter, leaves: readonly CgroupLeaf[]): void {
  out.u8(leaves.length);
  for (const leaf of leaves) {
    out.u8(leaf.version);
    out.u8(leaf.roles.reduce((bits, role) => bits | ROLES[role], 0));
    out.text(leaf.path);
    out.u8(leaf.writes.length);
    for (const { file, value, optional } of leaf.writes) {
      out.text(file);
      out.text(value);
      out.u8(optional ? 1 : 0);
    }
  }
}

function writeProgram(out: FrameWriter, spec: LaunchSpec): void {
  const program = spec.program;
  const script = program.kind === 'script';
  out.text(script ? program.fileName : '');
  out.bytes(script ? program.text : '');
  out.list(script ? ['', ...program.arguments] : program.arguments);
  const withPid = (spec.pidVariables ?? []).map((name) => `${name}=${' '.repeat(LONGEST_PID)}`);
  out.list(withPid.length === 0 ? spec.environment : [...spec.environment, ...withPid]);
  out.u8(withPid.length);
}
