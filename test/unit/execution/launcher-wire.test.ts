// The launcher's frames on the agent's side: what is cut, damaged or unknown is never more than
// undefined. The other side's decoder is fuzzed in test/contract/launcher-frames.test.ts.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeEndRecord,
  decodeFrame,
  FrameSplitter,
} from '../../../src/execution/launcher/frame-reader.ts';
import {
  encodeForget,
  encodeLaunch,
  encodeOrder,
  isLaunchFrame,
  type LaunchSpec,
} from '../../../src/execution/launcher/wire.ts';

const spec: LaunchSpec = {
  job: 7,
  attempt: 2,
  uid: 1,
  gid: 1,
  groups: [1, 2],
  umask: 0o22,
  cwd: '/',
  program: { kind: 'command', arguments: ['true'] },
  environment: ['A=\xff'],
};

/** A record as news.c writes it. */
function record(path: string): Buffer {
  const bytes = Buffer.alloc(86 + path.length + 2);
  bytes[0] = 0x91;
  bytes.writeUInt32LE(7, 1);
  bytes.writeUInt32LE(2, 5);
  bytes[9] = 2;
  bytes.writeUInt32LE(13, 10);
  bytes[14] = 7;
  bytes[15] = 1;
  bytes[17] = 1 | 2 | 4;
  bytes.writeBigUInt64LE(1_700_000_000_123n, 18);
  bytes.writeBigUInt64LE(1_500n, 50);
  bytes.writeUInt32LE(1 << 7, 78);
  bytes.writeUInt32LE(path.length, 82);
  bytes.write(path, 86, 'latin1');
  bytes[bytes.length - 1] = 0x2e;
  return bytes;
}

describe('an end record', () => {
  it('is read with every field in its place', () => {
    expect(decodeEndRecord(record('/a\xff'))).toMatchObject({
      job: 7,
      attempt: 2,
      outcome: { kind: 'notStarted', step: 'stdout', errno: 13, path: '/a\xff' },
      cause: 1,
      startMs: 1_700_000_000_123,
      userCpuMs: 1.5,
      clippedLimits: ['openFiles'],
      usedFallbackCwd: true,
      leftoversKilled: true,
      holdsOutput: true,
      unkillable: false,
    });
  });

  it('is nothing when it is cut anywhere or has no mark', () => {
    const whole = record('/some/path');
    for (let length = 0; length < whole.length; length++)
      expect(decodeEndRecord(whole.subarray(0, length))).toBeUndefined();
    whole[whole.length - 1] = 0;
    expect(decodeEndRecord(whole)).toBeUndefined();
  });
});

describe('frames', () => {
  it('of any bytes decode to something or nothing, and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        decodeFrame(Buffer.from(bytes));
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(0x81, 0x82, 0x83, 0x84, 0x91, 0x92, 0x93),
        fc.uint8Array(),
        (type, bytes) => {
          decodeFrame(Buffer.from([type, ...bytes]));
        },
      ),
    );
  });

  it('come out of the stream as they went in, however it is cut', () => {
    const frames = [
      encodeLaunch(spec, []),
      encodeOrder(spec, 1, { kind: 'suspend' }),
      encodeForget([spec]),
    ];
    const stream = Buffer.concat(frames);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 8 }), (cuts) => {
        const splitter = new FrameSplitter();
        const ends = [...cuts.sort((a, b) => a - b), stream.length];
        const got: Buffer[] = [];
        let at = 0;
        for (const end of ends) {
          got.push(...splitter.push(stream.subarray(at, end)));
          at = end;
        }
        expect(Buffer.concat(got)).toEqual(Buffer.concat(frames.map((frame) => frame.subarray(4))));
      }),
    );
  });

  it('of no length or of too great a one end the stream', () => {
    expect(() => new FrameSplitter().push(Buffer.from([0, 0, 0, 0]))).toThrow(RangeError);
    expect(() => new FrameSplitter().push(Buffer.from([255, 255, 255, 255]))).toThrow(RangeError);
  });

  it('do not take a NUL that would cut a string short', () => {
    expect(() => encodeLaunch({ ...spec, cwd: '/a\0b' }, [])).toThrow('no NUL');
    expect(() => encodeLaunch({ ...spec, environment: ['A=\0'] }, [])).toThrow('no NUL');
  });
});

describe('a launch frame', () => {
  it('is known as one of its attempt only when it is whole', () => {
    const frame = encodeLaunch(spec, []);
    expect(isLaunchFrame(frame, spec)).toBe(true);
    expect(isLaunchFrame(frame, { job: 8, attempt: 2 })).toBe(false);
    for (let length = 0; length < frame.length; length++)
      expect(isLaunchFrame(frame.subarray(0, length), spec)).toBe(false);
  });
});
