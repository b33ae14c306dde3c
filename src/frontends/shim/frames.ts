// The binary frames of the shims' socket (proto/shim.md is the reference), as a pure codec. Reads
// what a shim says and makes what the daemon says. Never trusts a length: each has a cap by its
// type, and a frame that breaks a rule throws FrameError, after which the connection is of no use.

import { Fields, FrameError } from './fields.ts';
import { decodeHello, HELLO_BYTES, type Hello } from './hello.ts';

/** Length of the payload (4 bytes, big-endian) and type (1). */
const HEADER_BYTES = 5;
/** The longest payload of every frame but Hello, both ways. */
export const CHUNK_BYTES = 64 * 1024;
/** Types of the frames from a shim. */
export const UP = {
  hello: 1,
  input: 2,
  inputEnd: 3,
  file: 4,
  fileEnd: 5,
  signal: 6,
  resize: 7,
  printEnd: 8,
};
/** Types of the frames from the daemon. */
export const DOWN = {
  out: 65,
  err: 66,
  needStdin: 67,
  needFile: 68,
  printFile: 69,
  stopPrint: 70,
  trap: 71,
  raw: 72,
  exit: 73,
};

/**
 * How a file or standard input ended: at its end, at the cap, or by an error of the shim's host.
 */
export type Ending =
  | { readonly kind: 'eof' | 'more' }
  | { readonly kind: 'error'; readonly errno: number };

/** A frame from the shim. */
export type UpFrame =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'input' | 'file'; readonly bytes: Buffer }
  | { readonly kind: 'inputEnd' | 'fileEnd' | 'printEnd'; readonly ending: Ending }
  | { readonly kind: 'signal'; readonly signal: number }
  | { readonly kind: 'resize'; readonly rows: number; readonly columns: number };

/**
 * Takes bytes as they come and gives whole frames. A frame that came in one piece is not copied;
 * one in pieces grows in a buffer that doubles, so that a peer that sends single bytes costs no
 * more.
 */
export class FrameReader {
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #owned = false;

  /** Bytes that wait for the rest of their frame. */
  get waitingBytes(): number {
    return this.#end - this.#start;
  }

  push(chunk: Buffer): void {
    const waiting = this.waitingBytes;
    if (waiting === 0) {
      this.#buffer = chunk;
      this.#owned = false;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (!this.#owned || this.#end + chunk.length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(2 * (waiting + chunk.length));
      this.#buffer.copy(grown, 0, this.#start, this.#end);
      this.#buffer = grown;
      this.#owned = true;
      this.#start = 0;
      this.#end = waiting;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole frame; undefined: more bytes are needed. Throws FrameError. */
  next(): UpFrame | undefined {
    if (this.waitingBytes < HEADER_BYTES) return undefined;
    const length = this.#buffer.readUInt32BE(this.#start);
    const type = this.#buffer[this.#start + 4] ?? 0;
    if (length > (type === UP.hello ? HELLO_BYTES : CHUNK_BYTES)) {
      throw new FrameError(`a frame of type ${type} with ${length} bytes is too long`);
    }
    if (this.waitingBytes < HEADER_BYTES + length) return undefined;
    const payloadAt = this.#start + HEADER_BYTES;
    this.#start = payloadAt + length;
    return decode(type, this.#buffer.subarray(payloadAt, this.#start));
  }
}

function decode(type: number, payload: Buffer): UpFrame {
  switch (type) {
    case UP.hello:
      return { kind: 'hello', hello: decodeHello(new Fields(payload)) };
    case UP.input:
    case UP.file:
      return { kind: type === UP.input ? 'input' : 'file', bytes: payload };
    case UP.inputEnd:
      return { kind: 'inputEnd', ending: decodeEnding(payload) };
    case UP.fileEnd:
      return { kind: 'fileEnd', ending: decodeEnding(payload) };
    case UP.printEnd:
      return { kind: 'printEnd', ending: decodeEnding(payload) };
    case UP.signal: {
      const fields = new Fields(payload);
      return fields.end({ kind: 'signal', signal: fields.uint(1) });
    }
    case UP.resize: {
      const fields = new Fields(payload);
      return fields.end({ kind: 'resize', rows: fields.uint(2), columns: fields.uint(2) });
    }
    default:
      throw new FrameError(`a frame of unknown type ${type}`);
  }
}

function decodeEnding(payload: Buffer): Ending {
  const fields = new Fields(payload);
  const how = fields.uint(1);
  const errno = fields.end(fields.uint(4));
  if (how === 0) return { kind: 'eof' };
  if (how === 1) return { kind: 'more' };
  if (how === 2) return { kind: 'error', errno };
  throw new FrameError(`an ending of unknown kind ${how}`);
}

/** A frame of any type. */
export function frame(type: number, payload: Uint8Array): Buffer {
  const made = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  made.writeUInt32BE(payload.length, 0);
  made[4] = type;
  made.set(payload, HEADER_BYTES);
  return made;
}

/** Text for a standard stream, in as many frames as it takes. */
export function outputFrames(to: 'stdout' | 'stderr', text: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const type = to === 'stdout' ? DOWN.out : DOWN.err;
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    frames.push(frame(type, bytes.subarray(at, at + CHUNK_BYTES)));
  }
  return frames;
}

/** Grants `bytes` of standard input (1 to 2^32-1). */
export function needStdinFrame(bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(bytes, 0);
  return frame(DOWN.needStdin, payload);
}

/** Asks for at most `bytes` of a file (1 to 64 MiB); the shim opens it, as its user. */
export function needFileFrame(path: string, bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4 + path.length);
  payload.writeUInt32BE(bytes, 0);
  payload.write(path, 4, 'latin1');
  return frame(DOWN.needFile, payload);
}

/** Has a file printed by the shim; with `follow` until a stopPrint frame. */
export function printFileFrame(path: string, follow: boolean): Buffer {
  return frame(DOWN.printFile, Buffer.from(`${follow ? '\u0001' : '\0'}${path}`, 'latin1'));
}

/** Ends a print that follows. */
export function stopPrintFrame(): Buffer {
  return frame(DOWN.stopPrint, new Uint8Array(0));
}

/** The signals that are sent to the daemon from now on; none: each does what it always does. */
export function trapFrame(signals: readonly number[]): Buffer {
  return frame(DOWN.trap, Uint8Array.from(signals));
}

/** Sets the terminal to raw mode, or back. */
export function rawFrame(raw: boolean): Buffer {
  return frame(DOWN.raw, Uint8Array.of(raw ? 1 : 0));
}

/** Ends the command with an exit status, or by a signal. */
export function exitFrame(how: { readonly code: number } | { readonly signal: number }): Buffer {
  return frame(
    DOWN.exit,
    'code' in how ? Uint8Array.of(0, how.code) : Uint8Array.of(1, how.signal),
  );
}
