// The frames between the agent and the launcher (README.md describes them): a pure codec.
// Strings are one character per byte. Never checks what a field means; the launcher does.

import { assert } from '../../base/assert.ts';

export const PROTOCOL_VERSION = 1;
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** Names one attempt: the raw job id and how often the job was started before. */
export interface AttemptKey {
  readonly job: number;
  readonly attempt: number;
}

/** One signal of a plan. */
export interface PlanStep {
  /** After the order, or after the job's start for the plan of a spec; suspended time not counted there. */
  readonly afterMs: number;
  readonly signal: number;
  /** Everything; the job's first process alone; everything but that one. KILL to the tree repeats until it is empty. */
  readonly scope: 'tree' | 'main' | 'allButMain';
  /** Why the job is ended by this step, 1 to 255: the first one carried out is in the end record. Absent: a mere signal. */
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

export type Order =
  | { readonly kind: 'signal'; readonly plan: readonly PlanStep[] }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'append'; readonly bytes: Uint8Array };

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

const FAILED_STEPS: readonly FailedStep[] = [
  'spec',
  'directory',
  'cgroup',
  'fork',
  'identity',
  'cwd',
  'stdin',
  'stdout',
  'stderr',
  'limits',
  'exec',
  'spec',
];
const SCOPES = { tree: 0, main: 1, allButMain: 2 } as const;
const ROLES = { tree: 1, cpu: 2, memory: 4 } as const;
const ORDER_KINDS = { signal: 1, suspend: 2, resume: 3, append: 4 } as const;
const LONGEST_PID = 10;
const DEFAULT_UNKILLABLE_AFTER_MS = 60_000;

/** `<job>.<attempt>`, the name of the attempt's directory and cgroup. */
export function attemptName(key: AttemptKey): string {
  return `${key.job}.${key.attempt}`;
}

/** Encodes a LAUNCH frame. Throws an AssertionFailure when a string with a NUL cannot be passed on. */
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
  return out.finish();
}

/** Encodes an ORDER frame; the launcher's answer repeats `number`. */
export function encodeOrder(key: AttemptKey, number: number, order: Order): Buffer {
  const out = new FrameWriter(2);
  out.key(key);
  out.u32(number);
  out.u8(ORDER_KINDS[order.kind]);
  if (order.kind === 'signal') writePlan(out, order.plan);
  if (order.kind === 'append') out.raw(order.bytes);
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

/** Decodes one frame of the launcher, without its length. Undefined for one we do not know or that is cut short. */
export function decodeFrame(frame: Buffer): LauncherFrame | undefined {
  if (frame[0] === 0x80 + 1) return { kind: 'ready', version: frame[1] ?? 0 };
  if (frame.length < 13) return undefined;
  const key = { job: frame.readUInt32LE(1), attempt: frame.readUInt32LE(5) };
  const value = frame.readUInt32LE(9);
  const detail = frame[13] ?? 0;
  switch (frame[0]) {
    case 0x82:
      if (frame.length < 22) return undefined;
      return { kind: 'started', ...key, startMs: readU64(frame, 14), already: detail === 1 };
    case 0x83:
      return { kind: 'refused', ...key, errno: value, step: FAILED_STEPS[detail] ?? 'spec' };
    case 0x84:
      return { kind: 'ordered', ...key, number: value, delivered: detail === 1 };
    case 0x91: {
      const record = decodeEndRecord(frame);
      return record && { kind: 'ended', record };
    }
    case 0x92:
      return { kind: 'appended', ...key, errno: value };
    case 0x93:
      return { kind: 'unkillable', ...key, processCount: value };
    default:
      return undefined;
  }
}

const FIXED_RECORD_BYTES = 1 + 8 + 9 + 7 * 8 + 8 + 4;

/** Decodes an end record, from a frame or an `exit` file. Undefined unless it is whole. */
export function decodeEndRecord(record: Buffer): EndRecord | undefined {
  if (record.length < FIXED_RECORD_BYTES + 2 || record[0] !== 0x91) return undefined;
  const pathLength = record.readUInt32LE(FIXED_RECORD_BYTES - 4);
  if (record.length !== FIXED_RECORD_BYTES + pathLength + 2 || record.at(-1) !== 0x2e)
    return undefined;
  const flags = record[17] as number;
  const clipped = record.readUInt32LE(78);
  return {
    job: record.readUInt32LE(1),
    attempt: record.readUInt32LE(5),
    outcome: decodeOutcome(record, flags, FIXED_RECORD_BYTES + pathLength),
    cause: record[15] as number,
    lastSignal: record[16] as number,
    startMs: readU64(record, 18),
    endMs: readU64(record, 26),
    durationMs: readU64(record, 34) / 1000,
    suspendedMs: readU64(record, 42) / 1000,
    userCpuMs: readU64(record, 50) / 1000,
    systemCpuMs: readU64(record, 58) / 1000,
    peakMemoryBytes: readU64(record, 66),
    oomKills: record.readUInt32LE(74),
    clippedLimits: LIMIT_NAMES.filter((name) => clipped & (1 << LIMIT_NUMBERS[name])),
    usedFallbackCwd: (flags & 1) !== 0,
    leftoversKilled: (flags & 2) !== 0,
    holdsOutput: (flags & 4) !== 0,
    unkillable: (flags & 8) !== 0,
  };
}

const LIMIT_NAMES = Object.keys(LIMIT_NUMBERS) as LimitName[];

function decodeOutcome(record: Buffer, flags: number, pathEnd: number): Outcome {
  const code = record.readUInt32LE(10);
  if (record[9] === 0) return { kind: 'exited', code };
  if (record[9] === 1) return { kind: 'signaled', signal: code, coreDumped: (flags & 16) !== 0 };
  const step = FAILED_STEPS[record[14] as number] ?? 'spec';
  const path = record.toString('latin1', FIXED_RECORD_BYTES, pathEnd);
  return { kind: 'notStarted', step, errno: code, path };
}

function readU64(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * 2 ** 32;
}

/** Cuts a stream into frames. Throws a RangeError on a length that no frame has. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that `chunk` completes, without their lengths; they share its memory. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32LE(at);
      if (length === 0 || length > MAX_FRAME_BYTES)
        throw new RangeError(`frame of ${length} bytes`);
      if (bytes.length - at - 4 < length) break;
      frames.push(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.#rest = bytes.subarray(at);
    return frames;
  }
}

/** A frame being written: its length first, filled in at the end. */
class FrameWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #at = 4;

  constructor(type: number) {
    this.u8(type);
  }

  u8(value: number): void {
    assert(value >= 0 && value <= 255, 'a count or number of a launcher frame fits a byte');
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  u32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  u64(value: bigint): void {
    this.#room(8);
    this.#at = this.#bytes.writeBigUInt64LE(value, this.#at);
  }

  key(key: AttemptKey): void {
    this.u32(key.job);
    this.u32(key.attempt);
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Any bytes, a NUL after them. */
  bytes(text: string): void {
    this.#room(5 + text.length);
    this.#at = this.#bytes.writeUInt32LE(text.length, this.#at);
    this.#at += this.#bytes.write(text, this.#at, 'latin1');
    this.#bytes[this.#at++] = 0;
  }

  /** A C string: no NUL inside. */
  text(text: string): void {
    assert(!text.includes('\0'), 'no NUL in a string of a launch');
    this.bytes(text);
  }

  list(texts: readonly string[]): void {
    this.u32(texts.length);
    for (const text of texts) this.text(text);
  }

  finish(): Buffer {
    assert(this.#at - 4 <= MAX_FRAME_BYTES, 'a launcher frame is at most 16 MiB');
    this.#bytes.writeUInt32LE(this.#at - 4, 0);
    return this.#bytes.subarray(0, this.#at);
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + count));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
