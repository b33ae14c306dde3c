// Names and numbers of signals, there and back.

import { expect, test } from 'vitest';
import { SIGNAL_NAMES, signalName, signalNumber } from '../../../../src/dialects/kit/signals.ts';

test('names and numbers are those of Linux', () => {
  expect(signalNumber('TERM')).toBe(15);
  expect(signalNumber('sigusr2')).toBe(12);
  expect(signalNumber('RTMIN+3')).toBe(37);
  expect(signalNumber('RTMAX-14')).toBe(50);
  expect(signalNumber('IOT')).toBe(6);
  expect(signalName(31)).toBe('SYS');
  expect(signalName(37)).toBe('RTMIN+3');
});

test('every name gives the number that gives the name', () => {
  expect(SIGNAL_NAMES).toHaveLength(31);
  for (const name of SIGNAL_NAMES) expect(signalName(signalNumber(name) as number)).toBe(name);
});

test('what is no signal has no number', () => {
  for (const text of ['', 'SIG', 'XXX', 'RTMIN+99', 'RTMAX+1', '9']) {
    expect(signalNumber(text)).toBeUndefined();
  }
  expect(signalName(99)).toBe('99');
});
