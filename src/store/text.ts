// Model strings (one character a byte) as SQL values, reversibly: text where the bytes are valid
// UTF-8 without a NUL, which is what people write and read; else a blob of the bytes. The columns
// are of type ANY for that. JSON columns do not use this rule: JSON escapes what it must.

import { isUtf8 } from 'node:buffer';
import { assert } from '../base/assert.ts';

/** What a text column holds. */
export type SqlText = string | Buffer;

const PLAIN = /^[\x01-\x7f]*$/;

/** The value to store. A character above U+00FF is a bug of the caller. */
export function toSql(text: string): SqlText {
  if (PLAIN.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  assert(bytes.toString('latin1') === text, 'a model string has one byte a character');
  return !bytes.includes(0) && isUtf8(bytes) ? bytes.toString('utf8') : bytes;
}

/** The model string of a stored value. */
export function fromSql(value: SqlText): string {
  if (typeof value !== 'string') return value.toString('latin1');
  return PLAIN.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1');
}
