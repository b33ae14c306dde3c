// UTF-16 text to the model's text and back: the model has one character a byte.

/** The UTF-8 bytes of a text as one character each. */
export function bytesOf(text: string): string {
  return PLAIN.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The text that the bytes are in UTF-8; what is no UTF-8 becomes U+FFFD. */
export function textOf(bytes: string): string {
  return PLAIN.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

// oxlint-disable-next-line no-control-regex -- all of ASCII is the same in both.
const PLAIN = /^[\x00-\x7f]*$/;
