// Writes one frame to the launcher: its length first, filled in at the end. Pure.

import { assert } from '../../base/assert.ts';

/** The longest frame in either direction. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** A frame being written: its length first, filled in at the end. */
export class FrameWriter {
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

  key(key: { readonly job: number; readonly attempt: number }): void {
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
