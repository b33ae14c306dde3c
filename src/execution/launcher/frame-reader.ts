// Reads what the launcher writes: frames out of a stream, and the end records that are in `exit`
// files as well. Whatever is damaged or cut is undefined. Pure.

import { MAX_FRAME_BYTES } from './frame-writer.ts';
import {
  type EndRecord,
  type FailedStep,
  LIMIT_NUMBERS,
  type LauncherFrame,
  type LimitName,
  type Outcome,
} from './wire.ts';

/** By the numbers of `enum start_step`. */
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
/**
 * Decodes one frame of the launcher, without its length. Undefined for one we do not know or that
 * is cut short.
 */
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
