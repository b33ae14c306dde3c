// Local times against values that `TZ=… date -d @N` of GNU coreutils prints, and round trips.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../../../src/base/brand.ts';
import { civil, fromCivil, zone } from '../../../../src/dialects/kit/time-zone.ts';

function shown(seconds: number, name: string): string {
  const c = civil(instant(seconds * 1000), zone(name));
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = `${c.year}-${two(c.month)}-${two(c.day)}`;
  return `${date} ${two(c.hour)}:${two(c.minute)}:${two(c.second)} ${c.weekday} ${c.offsetMinutes}`;
}

const CASES: readonly [seconds: number, zone: string, text: string][] = [
  [0, 'UTC', '1970-01-01 00:00:00 4 0'],
  [1792890000, 'Europe/Berlin', '2026-10-25 02:00:00 0 60'],
  [1774745999, 'Europe/Berlin', '2026-03-29 01:59:59 0 60'],
  [1774746000, 'Europe/Berlin', '2026-03-29 03:00:00 0 120'],
  [1774746000, 'CET-1CEST,M3.5.0,M10.5.0/3', '2026-03-29 03:00:00 0 120'],
  [1774745999, 'CET-1CEST,M3.5.0,M10.5.0/3', '2026-03-29 01:59:59 0 60'],
  [1792890000, 'CET-1CEST,M3.5.0,M10.5.0/3', '2026-10-25 02:00:00 0 60'],
  [1792889999, 'CET-1CEST,M3.5.0,M10.5.0/3', '2026-10-25 02:59:59 0 120'],
  [1767225600, 'AEST-10AEDT,M10.1.0,M4.1.0/3', '2026-01-01 11:00:00 4 660'],
  [1783000000, 'AEST-10AEDT,M10.1.0,M4.1.0/3', '2026-07-02 23:46:40 4 600'],
  [1783000000, '<+0330>-3:30', '2026-07-02 17:16:40 4 210'],
  [1783000000, 'XYZ5ABC', '2026-07-02 09:46:40 4 -240'],
  [1783000000, 'Asia/Kolkata', '2026-07-02 19:16:40 4 330'],
  [1783000000, ':Asia/Kolkata', '2026-07-02 19:16:40 4 330'],
  [1783000000, 'Mars/Olympus', '2026-07-02 13:46:40 4 0'],
  [1783000000, '', '2026-07-02 13:46:40 4 0'],
  [-1, 'UTC', '1969-12-31 23:59:59 3 0'],
];

test.each(CASES)('%d in %s is %s', (seconds, name, text) => {
  expect(shown(seconds, name)).toBe(text);
});

test('a civil time comes back as the same instant, except in an hour that comes twice', () => {
  const names = ['Europe/Berlin', 'America/New_York', 'CET-1CEST,M3.5.0,M10.5.0/3', 'Asia/Kolkata'];
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_000_000_000 }),
      fc.constantFrom(...names),
      (seconds, name) => {
        const place = zone(name);
        const at = instant(seconds * 1000);
        const back = fromCivil(civil(at, place), place);
        expect(at - back === 0 || at - back === 3_600_000).toBe(true);
        expect(civil(back, place)).toMatchObject({ hour: civil(at, place).hour });
      },
    ),
  );
});

test('a time in the gap of spring is moved behind it', () => {
  const place = zone('Europe/Berlin');
  const at = fromCivil({ year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0 }, place);
  expect(civil(at, place)).toMatchObject({ hour: 3, minute: 30 });
});

test('numbers beyond their range count on', () => {
  const place = zone('UTC');
  const at = fromCivil({ year: 2026, month: 14, day: 32, hour: 25, minute: 0, second: 0 }, place);
  expect(civil(at, place)).toMatchObject({ year: 2027, month: 3, day: 5, hour: 1 });
});

test('whatever TZ says, there is a time', () => {
  const letters = fc.constantFrom(...'CETM<>+-,./:0123456789J'.split(''));
  const name = fc.oneof(fc.string(), fc.string({ unit: letters }));
  fc.assert(
    fc.property(name, fc.integer({ min: -4e9, max: 4e9 }), (text, seconds) => {
      const shown = civil(instant(seconds * 1000), zone(text));
      for (const part of Object.values(shown)) expect(Number.isInteger(part)).toBe(true);
    }),
  );
  expect(civil(instant(0), zone('x'.repeat(1_000_000))).hour).toBe(0);
});
