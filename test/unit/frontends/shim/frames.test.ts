// The frame codec alone: what it reads back, what it refuses, and that no bytes break it.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameError } from '../../../../src/frontends/shim/fields.ts';
import {
  CHUNK_BYTES,
  exitFrame,
  FrameReader,
  needFileFrame,
  needStdinFrame,
  outputFrames,
  printFileFrame,
  type UpFrame,
} from '../../../../src/frontends/shim/frames.ts';
import { decodeEnvironment, HELLO_BYTES } from '../../../../src/frontends/shim/hello.ts';
import { encodeHello, type HelloParts, upFrame } from '../../../support/shim-frames.ts';

function readAll(bytes: Buffer, pieces: readonly number[] = []): UpFrame[] {
  const reader = new FrameReader();
  const frames: UpFrame[] = [];
  let at = 0;
  const feed = (chunk: Buffer) => {
    if (chunk.length > 0) reader.push(chunk);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame);
  };
  for (const piece of pieces) {
    feed(bytes.subarray(at, at + piece));
    at += piece;
  }
  feed(bytes.subarray(at));
  return frames;
}

const noNul = (most: number) =>
  fc
    .uint8Array({ minLength: 0, maxLength: most })
    .map((bytes) => Buffer.from(bytes.map((byte) => byte || 1)).toString('latin1'));

const limit = fc.bigInt(0n, 2n ** 53n);

const helloParts: fc.Arbitrary<HelloParts> = fc.record({
  requestId: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((b) => Buffer.from(b).toString('hex')),
  umask: fc.nat(0o777),
  terminals: fc.nat(7),
  rows: fc.nat(65535),
  columns: fc.integer({ min: 1, max: 65535 }),
  session: fc.nat(),
  limits: fc.array(fc.tuple(limit, limit), { maxLength: 16 }),
  host: noNul(64),
  timeZone: noNul(64),
  workingDirectory: noNul(300),
  argv: fc.array(noNul(100), { minLength: 1, maxLength: 20 }),
  environment: fc.array(noNul(100), { maxLength: 50 }),
});

describe('FrameReader', () => {
  it('gives a Hello back as it was sent, in however many pieces it comes', () => {
    fc.assert(
      fc.property(helloParts, fc.array(fc.integer({ min: 1, max: 400 })), (parts, pieces) => {
        const [frame, ...rest] = readAll(encodeHello(parts), pieces);
        expect(rest).toEqual([]);
        if (frame?.kind !== 'hello') throw new Error('no Hello');
        const { hello } = frame;
        expect(hello).toMatchObject({
          requestId: parts.requestId,
          umask: parts.umask,
          session: parts.session,
          host: parts.host,
          timeZone: parts.timeZone || undefined,
          workingDirectory: parts.workingDirectory,
          argv: parts.argv,
          terminal: { rows: parts.rows, columns: parts.columns },
        });
        const environment = parts.environment.map((entry) => `${entry}\0`).join('');
        expect(Buffer.from(hello.environmentBytes).toString('latin1')).toBe(environment);
        expect(Object.values(hello.resourceLimits)).toEqual(
          parts.limits.map((pair) => pair.map(Number)),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('survives any bytes: frames, a wish for more, or a FrameError', () => {
    const anyBytes = fc.uint8Array({ maxLength: 400 });
    const likeFrames = fc
      .array(fc.tuple(fc.nat(12), fc.uint8Array({ maxLength: 60 })), { maxLength: 6 })
      .map((frames) =>
        Buffer.concat(frames.map(([type, payload]) => upFrame(type, Buffer.from(payload)))),
      );
    const bent = fc.tuple(helloParts, fc.nat(), fc.nat(255)).map(([parts, at, byte]) => {
      const bytes = encodeHello(parts);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(anyBytes, likeFrames, bent), (bytes) => {
        try {
          readAll(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses a length above the cap of its type before it reads a byte of the payload', () => {
    const header = (type: number, length: number) => {
      const bytes = Buffer.alloc(5);
      bytes.writeUInt32BE(length, 0);
      bytes[4] = type;
      return bytes;
    };
    expect(() => readAll(header(2, CHUNK_BYTES + 1))).toThrow(FrameError);
    expect(() => readAll(header(1, HELLO_BYTES + 1))).toThrow(FrameError);
    expect(() => readAll(header(1, 0xffffffff))).toThrow(FrameError);
    expect(readAll(header(1, HELLO_BYTES))).toEqual([]);
    expect(readAll(header(2, CHUNK_BYTES))).toEqual([]);
  });

  it('refuses every Hello that ends too early or has bytes left over', () => {
    const whole = encodeHello();
    for (let length = 5; length < whole.length; length++) {
      const cut = Buffer.from(whole.subarray(0, length));
      cut.writeUInt32BE(length - 5, 0);
      expect(() => readAll(cut), `${length} bytes`).toThrow(FrameError);
    }
    const longer = Buffer.concat([whole, Buffer.from([0])]);
    longer.writeUInt32BE(longer.length - 5, 0);
    expect(() => readAll(longer)).toThrow(FrameError);
  });

  it('refuses unknown types, another version and a NUL in the working directory', () => {
    expect(() => readAll(upFrame(9, Buffer.alloc(0)))).toThrow(/unknown type 9/);
    expect(() => readAll(upFrame(65, Buffer.alloc(0)))).toThrow(/unknown type 65/);
    expect(() => readAll(encodeHello({ version: 2 }))).toThrow(/version 2/);
    expect(() => readAll(encodeHello({ workingDirectory: '/a\0b' }))).toThrow(/NUL/);
    expect(() => readAll(encodeHello({ argv: [] }))).toThrow(/no name/);
  });

  it('reads unlimited resources as -1', () => {
    const [frame] = readAll(encodeHello({ limits: [[5n, 2n ** 64n - 1n]] }));
    expect(frame).toMatchObject({ hello: { resourceLimits: { cpu: [5, -1] } } });
  });

  it('takes a frame in single bytes without quadratic work', () => {
    const whole = encodeHello({ environment: ['A='.padEnd(500_000, 'x')] });
    const begun = performance.now();
    expect(readAll(whole, new Array(whole.length - 1).fill(1))).toHaveLength(1);
    expect(performance.now() - begun).toBeLessThan(3000);
  });
});

describe('the frames of the daemon', () => {
  it('carry every byte of a text, in pieces within the cap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * CHUNK_BYTES }), (length) => {
        const text = Buffer.alloc(length, Buffer.from('\u0000\u00ffabc\n', 'latin1')).toString(
          'latin1',
        );
        const frames = outputFrames('stdout', text);
        for (const frame of frames) expect(frame.readUInt32BE(0)).toBe(frame.length - 5);
        for (const frame of frames) expect(frame.length - 5).toBeLessThanOrEqual(CHUNK_BYTES);
        const payloads = Buffer.concat(frames.map((frame) => frame.subarray(5)));
        expect(payloads.toString('latin1')).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  it('have the layouts of the reference', () => {
    expect(exitFrame({ code: 3 }).toString('hex')).toBe('0000000249' + '0003');
    expect(exitFrame({ signal: 2 }).toString('hex')).toBe('0000000249' + '0102');
    expect(needStdinFrame(258).toString('hex')).toBe('0000000443' + '00000102');
    expect(needFileFrame('/\u00ff', 1).toString('hex')).toBe('0000000644' + '00000001' + '2fff');
    expect(printFileFrame('a', true).toString('hex')).toBe('0000000245' + '0161');
  });
});

describe('decodeEnvironment', () => {
  it('keeps the first of equal names and leaves out what is no assignment', () => {
    const bytes = Buffer.from('A=1\0B\0=C\0A=2\0D==\0E=\u00ff\0', 'latin1');
    expect([...decodeEnvironment(bytes)]).toEqual([
      ['A', '1'],
      ['D', '='],
      ['E', '\u00ff'],
    ]);
  });
});
