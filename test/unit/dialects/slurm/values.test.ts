// Texts of Slurm that are numbers, times and conditions.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant } from '../../../../src/base/brand.ts';
import { zone } from '../../../../src/dialects/kit/time-zone.ts';
import {
  dependencyText,
  parseDependency,
  withoutJob,
} from '../../../../src/dialects/slurm/dependencies.ts';
import {
  formatCpuTime,
  formatDuration,
  formatElapsed,
  parseTimeLimit,
} from '../../../../src/dialects/slurm/durations.ts';
import { parseJobId, parseJobIds, writtenRef } from '../../../../src/dialects/slurm/job-ids.ts';
import { formatKib, formatMib, parseMemoryMib } from '../../../../src/dialects/slurm/memory.ts';
import { timeWriter } from '../../../../src/dialects/slurm/time-format.ts';
import { midnightBefore, parseTime } from '../../../../src/dialects/slurm/times.ts';
import type { JobView } from '../../../../src/model/view.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('a time limit', () => {
  test.each<[string, number | 'unlimited' | undefined]>([
    ['5', 5 * MINUTE],
    ['90:00', 90 * MINUTE],
    ['0:30', MINUTE],
    ['01:02:03', HOUR + 3 * MINUTE],
    ['1-2', DAY + 2 * HOUR],
    ['1-2:03', DAY + 2 * HOUR + 3 * MINUTE],
    ['1-2:03:04', DAY + 2 * HOUR + 4 * MINUTE],
    ['-5', 5 * HOUR],
    ['0', 'unlimited'],
    ['UNLIMITED', 'unlimited'],
    ['infinite', 'unlimited'],
    ['-1', 'unlimited'],
    ['abc', undefined],
    ['1.5', undefined],
    ['1:2:3:4', undefined],
    ['', undefined],
  ])('%j is %s', (text, expected) => {
    expect(parseTimeLimit(text)).toBe(expected);
  });

  test('is read as it is written, in squeue and in sacct', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (minutes) => {
        expect(parseTimeLimit(formatElapsed(minutes * MINUTE))).toBe(minutes * MINUTE);
        expect(parseTimeLimit(formatDuration(minutes * MINUTE))).toBe(minutes * MINUTE);
      }),
    );
  });
});

describe('a duration', () => {
  test.each([
    [5000, '0:05', '00:00:05', '00:00:05'],
    [65_002, '1:05', '00:01:05', '01:05.002'],
    [3_723_000, '1:02:03', '01:02:03', '01:02:03'],
    [93_784_001, '1-02:03:04', '1-02:03:04', '1-02:03:04'],
    [0, '0:00', '00:00:00', '00:00:00'],
  ])('of %d ms is %s, %s, and as CPU time %s', (ms, squeue, sacct, cpu) => {
    expect([formatDuration(ms), formatElapsed(ms), formatCpuTime(ms)]).toEqual([
      squeue,
      sacct,
      cpu,
    ]);
  });
});

describe('an amount of memory', () => {
  test.each<[string, number | undefined]>([
    ['200', 200],
    ['2048K', 2],
    ['1K', 1],
    ['1G', 1024],
    ['1g', 1024],
    ['4MB', 4],
    ['2T', 2_097_152],
    ['100X', undefined],
    ['abc', undefined],
    ['-5', undefined],
    ['', undefined],
  ])('%j is %s MiB', (text, mib) => {
    expect(parseMemoryMib(text)).toBe(mib);
  });

  test('is written in the largest unit that holds it whole', () => {
    expect([formatMib(100), formatMib(1024), formatMib(1500), formatMib(0)]).toEqual([
      '100M',
      '1G',
      '1500M',
      '0',
    ]);
    expect(formatMib(2048, false)).toBe('2048M');
  });

  test('is in accounting KiB, bytes, or in the unit that was asked for', () => {
    expect(formatKib(58508)).toBe('58508K');
    expect(formatKib(58508, { raw: true })).toBe('59912192');
    expect(formatKib(58508, { unit: 'M' })).toBe('57.14M');
    expect(formatKib(58508, { unit: 'K' })).toBe('58508K');
  });
});

describe('a point in time', () => {
  // Tuesday.
  const now = instant(Date.UTC(2026, 10, 24, 23, 0, 33));
  const read = (text: string, looks: 'ahead' | 'back' = 'ahead', name = 'UTC') => {
    const parsed = parseTime(text, { now, zone: zone(name), looks });
    return parsed.kind === 'time'
      ? new Date(parsed.at).toISOString().slice(0, 19)
      : parsed.position;
  };

  test.each<[string, string | number]>([
    ['now', '2026-11-24T23:00:33'],
    ['now+60', '2026-11-24T23:01:33'],
    ['now+1hour', '2026-11-25T00:00:33'],
    ['now+3days', '2026-11-27T23:00:33'],
    ['now+1week', '2026-12-01T23:00:33'],
    ['now-30minutes', '2026-11-24T22:30:33'],
    ['tomorrow', '2026-11-25T00:00:00'],
    ['today', '2026-11-24T00:00:00'],
    ['midnight', '2026-11-25T00:00:00'],
    ['teatime', '2026-11-25T16:00:00'],
    ['fika', '2026-11-25T15:00:00'],
    ['11:00AM', '2026-11-25T11:00:00'],
    ['11:30pm', '2026-11-24T23:30:00'],
    ['010127', '2027-01-01T00:00:00'],
    ['01/01/27', '2027-01-01T00:00:00'],
    ['01/01', '2027-01-01T00:00:00'],
    ['12/24-18:30', '2026-12-24T18:30:00'],
    ['2027-01-01T12:00', '2027-01-01T12:00:00'],
    ['2027-01-01T12:00:30', '2027-01-01T12:00:30'],
    ['2001-01-01', '2001-01-01T00:00:00'],
    ['uts1795561678', '2026-11-24T23:07:58'],
    ['notatime', 0],
    ['now+3parsecs', 4],
    ['zz', 0],
    ['25:00', 0],
    ['13/13/27', 0],
  ])('%s is %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test('without a date lies behind where it looks back', () => {
    expect(read('23:30', 'back')).toBe('2026-11-23T23:30:00');
    expect(read('00:00', 'back')).toBe('2026-11-24T00:00:00');
    expect(read('12/01', 'back')).toBe('2025-12-01T00:00:00');
  });

  test('is one of the caller', () => {
    expect(read('2027-01-01T12:00', 'ahead', 'America/New_York')).toBe('2027-01-01T17:00:00');
    expect(new Date(midnightBefore(now, zone('Asia/Tokyo'))).toISOString()).toBe(
      '2026-11-24T15:00:00.000Z',
    );
  });

  test('is written by SLURM_TIME_FORMAT', () => {
    const write = (format: string | undefined) => timeWriter(format, zone('UTC'), now)(now);
    expect(write(undefined)).toBe('2026-11-24T23:00:33');
    expect(write('standard')).toBe('2026-11-24T23:00:33');
    expect(write('%s')).toBe('1795561233');
    expect(write('relative')).toBe('23:00:33');
    expect(write('%a %-d %b %y %I:%M %p %%')).toBe('Tue 24 Nov 26 11:00 PM %');
  });
});

describe('a dependency', () => {
  test.each([
    'afterok:12',
    'afterok:12,afterany:13',
    'afterok:12?afternotok:13',
    'after:12+5',
    'aftercorr:12_*',
    'afterok:12_3',
    'singleton',
  ])('%s is shown as it was written', (text) => {
    const dependency = parseDependency(text.replace('_*', ''));
    const view = { state: 'pending', reason: 'dependency', request: { dependency } };
    const shown = dependencyText(view as unknown as JobView);
    expect(shown?.replaceAll('(unfulfilled)', '')).toBe(text);
  });

  test('may name several jobs of one type', () => {
    expect(parseDependency('afterok:1:2')).toEqual(parseDependency('afterok:1,afterok:2'));
  });

  test.each([
    'afterok',
    'afterok:',
    'afterok:abc',
    'afterok:0',
    'aftersomething:1',
    'afterok:1,',
    'afterok:1?afterok:2,afterok:3',
    'afterok:1+5',
    '',
  ])('%j is a job dependency problem', (text) => {
    expect(parseDependency(text)).toBeUndefined();
  });

  test('on a job that never was is met', () => {
    const both = parseDependency('afterok:1,afterok:2');
    const either = parseDependency('afterok:1?afterok:2');
    if (both === undefined || either === undefined) throw new Error('unreadable');
    expect(withoutJob(both, 1)).toMatchObject({ of: [{ job: 2 }] });
    expect(withoutJob(either, 1)).toBeUndefined();
    expect(withoutJob({ kind: 'singleton' }, 1)).toEqual({ kind: 'singleton' });
  });
});

describe('a job id', () => {
  test.each<[string, string | undefined]>([
    ['12', '12'],
    ['12_3', '12_3'],
    ['12_[1-3,7%2]', '12_[1-3,7]'],
    ['12_*', '12'],
    ['12.batch', '12'],
    ['0', undefined],
    ['abc', undefined],
    ['12_', undefined],
    ['12_[]', undefined],
    ['12_[3-1]', undefined],
    ['-1', undefined],
    ["1' or 1=1--", undefined],
  ])('%j is %s', (text, written) => {
    const id = parseJobId(text);
    expect(id && writtenRef(id.ref)).toBe(written);
  });

  test('of a list is split outside of brackets', () => {
    const ids = parseJobIds('1,2_[1,3],4.0');
    expect('bad' in ids ? ids : ids.map(({ ref, step }) => [writtenRef(ref), step])).toEqual([
      ['1', undefined],
      ['2_[1,3]', undefined],
      ['4', '0'],
    ]);
    expect(parseJobIds('1,x')).toEqual({ bad: 'x' });
  });
});
