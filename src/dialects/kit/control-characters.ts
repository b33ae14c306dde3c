// User text made safe to print: a terminal must never obey a job's name. Never changes what is
// stored. Text is one character a byte, so valid UTF-8 has to be found among the bytes.

/** One valid UTF-8 sequence, without overlong forms and surrogates. */
const SEQUENCE = new RegExp(
  [
    '[\\xc2-\\xdf][\\x80-\\xbf]',
    '\\xe0[\\xa0-\\xbf][\\x80-\\xbf]',
    '[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}',
    '\\xed[\\x80-\\x9f][\\x80-\\xbf]',
    '\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}',
    '[\\xf1-\\xf3][\\x80-\\xbf]{3}',
    '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}',
    '[^]',
  ].join('|'),
  'g',
);

const PLAIN = /^[\x20-\x7e]*$/;

/**
 * The text with C0, C1, DEL, line separators, bidirectional marks and bytes that are no UTF-8
 * written as `\x1b`; printable UTF-8 stays as it is.
 */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(SEQUENCE, (found) => (isPrintable(found) ? found : escaped(found)));
}

function isPrintable(sequence: string): boolean {
  if (sequence.length === 1) return PLAIN.test(sequence);
  const point = codePoint(sequence);
  return !(
    point < 0xa0 ||
    point === 0x61c ||
    point === 0xfeff ||
    (point >= 0x200b && point <= 0x200f && point !== 0x200d) ||
    (point >= 0x2028 && point <= 0x202e) ||
    (point >= 0x2060 && point <= 0x206f)
  );
}

function codePoint(sequence: string): number {
  let point = sequence.charCodeAt(0) & (0xff >> (sequence.length + 1));
  for (let i = 1; i < sequence.length; i++) point = (point << 6) | (sequence.charCodeAt(i) & 0x3f);
  return point;
}

function escaped(bytes: string): string {
  let text = '';
  for (const byte of bytes) text += `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return text;
}
