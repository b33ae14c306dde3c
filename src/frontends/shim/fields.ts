// Reads a frame's payload from its beginning to its end. Pure; every length is checked against what
// is there before a byte is taken.

/** The peer broke the protocol. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** The peer speaks another version of the protocol. */
export class VersionError extends FrameError {}

/** Reads a payload field by field; running out of bytes, or leaving some, is a FrameError. */
export class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(length: number): Buffer {
    if (this.#bytes.length - this.#at < length) throw new FrameError('a frame that ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint(bytes: 1 | 2 | 4): number {
    return this.take(bytes).readUIntBE(0, bytes);
  }

  /** A resource limit; -1 is unlimited. */
  limit(): number {
    const value = this.take(8).readBigUInt64BE(0);
    return value === 0xffff_ffff_ffff_ffffn ? -1 : Number(value);
  }

  block(most: number): Buffer {
    const length = this.uint(4);
    if (length > most) throw new FrameError(`a field of ${length} bytes is too long`);
    return this.take(length);
  }

  text(most: number): string {
    const text = this.block(most).toString('latin1');
    if (text.includes('\0')) throw new FrameError('a NUL within a text');
    return text;
  }

  end<T>(value: T): T {
    if (this.#at !== this.#bytes.length) throw new FrameError('a frame with bytes left over');
    return value;
  }
}
