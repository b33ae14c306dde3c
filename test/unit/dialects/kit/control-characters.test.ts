// What may reach a terminal, and what is written as an escape.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible } from '../../../../src/dialects/kit/control-characters.ts';

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

test('plain text and printable UTF-8 stay', () => {
  for (const text of ['', 'job 1', 'täst', 'naïve 🚀 日本']) {
    expect(visible(bytes(text))).toBe(bytes(text));
  }
});

test('control characters, bidirectional marks and broken bytes are written as escapes', () => {
  expect(visible('\x1b[31mred\n')).toBe('\\x1b[31mred\\x0a');
  expect(visible('a\tb\x7f')).toBe('a\\x09b\\x7f');
  expect(visible(bytes('x\u202ey'))).toBe('x\\xe2\\x80\\xaey');
  expect(visible(bytes('\u009b31m'))).toBe('\\xc2\\x9b31m');
  expect(visible('\x9b31m')).toBe('\\x9b31m');
  expect(visible('caf\xe9')).toBe('caf\\xe9');
  expect(visible('\xc0\x9b')).toBe('\\xc0\\x9b');
});

test('nothing that a terminal obeys gets through', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (raw) => {
      const shown = visible(Buffer.from(raw).toString('latin1'));
      const decoded = Buffer.from(shown, 'latin1').toString('utf8');
      expect(decoded).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd]/);
    }),
  );
});
