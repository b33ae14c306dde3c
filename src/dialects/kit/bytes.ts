// Bytes as text of one character a byte, and back: how the model holds whatever users gave.

/** One character for every byte. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** One byte for every character. */
export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
