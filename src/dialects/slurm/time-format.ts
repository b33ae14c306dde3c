// Points in time as Slurm prints them, by SLURM_TIME_FORMAT (squeue(1)): `standard`, `relative`, or
// a strftime format. English names whatever the locale.

import type { Instant } from '../../base/brand.ts';
import { type Civil, type Zone, civil } from '../kit/time-zone.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
/** A longer format is cut. */
const LONGEST = 256;
const DAY_MS = 86_400_000;

/** Writes points in time for one command. */
export type TimeWriter = (at: Instant) => string;

/** The writer that SLURM_TIME_FORMAT asks for. */
export function timeWriter(format: string | undefined, zone: Zone, now: Instant): TimeWriter {
  if (format === 'relative') return (at) => relative(at, zone, now);
  if (format === undefined || format === '' || format === 'standard') {
    return (at) => standard(civil(at, zone));
  }
  const short = format.slice(0, LONGEST);
  return (at) => strftime(short, at, zone);
}

/** `Tue Nov 24 23:08:03 2026`, as ctime. */
export function ctime(at: Instant, zone: Zone): string {
  return strftime('%a %b %e %H:%M:%S %Y', at, zone);
}

/** The conversions of strftime that make sense without a locale; others stay as they are. */
function strftime(format: string, at: Instant, zone: Zone): string {
  const time = civil(at, zone);
  return format.replace(/%-?([a-zA-Z%])/g, (whole, letter: string) => {
    const value = conversion(letter, time, at, zone);
    if (value === undefined) return whole;
    return whole[1] === '-' ? value.replace(/^[0 ]+(?=.)/, '') : value;
  });
}

function standard(time: Civil): string {
  const date = `${pad(time.year, 4)}-${pad(time.month)}-${pad(time.day)}`;
  return `${date}T${pad(time.hour)}:${pad(time.minute)}:${pad(time.second)}`;
}

function relative(at: Instant, zone: Zone, now: Instant): string {
  const day = (of: Instant) => Math.floor((of + zone.offsetSeconds(of) * 1000) / DAY_MS);
  const distance = day(at) - day(now);
  if (distance === 0) return strftime('%H:%M:%S', at, zone);
  if (distance === 1) return strftime('Tomr %H:%M', at, zone);
  if (distance === -1) return strftime('Ystday %H:%M', at, zone);
  if (distance > 0 && distance <= 7) return strftime('%a %H:%M', at, zone);
  if (Math.abs(distance) < 365) return strftime('%-d %b %H:%M', at, zone);
  return strftime('%-d %b %Y', at, zone);
}

function conversion(letter: string, time: Civil, at: Instant, zone: Zone): string | undefined {
  const again = (format: string) => strftime(format, at, zone);
  switch (letter) {
    case 'Y':
      return String(time.year);
    case 'y':
      return pad(time.year % 100);
    case 'm':
      return pad(time.month);
    case 'd':
      return pad(time.day);
    case 'e':
      return String(time.day).padStart(2);
    case 'H':
      return pad(time.hour);
    case 'I':
      return pad(time.hour % 12 === 0 ? 12 : time.hour % 12);
    case 'M':
      return pad(time.minute);
    case 'S':
      return pad(time.second);
    case 'p':
      return time.hour < 12 ? 'AM' : 'PM';
    case 's':
      return String(Math.floor(at / 1000));
    case 'a':
      return DAYS[time.weekday]?.slice(0, 3);
    case 'A':
      return DAYS[time.weekday];
    case 'b':
    case 'h':
      return MONTHS[time.month - 1]?.slice(0, 3);
    case 'B':
      return MONTHS[time.month - 1];
    case 'z':
      return offset(time.offsetMinutes);
    case 'T':
      return again('%H:%M:%S');
    case 'R':
      return again('%H:%M');
    case 'F':
      return again('%Y-%m-%d');
    case 'D':
      return again('%m/%d/%y');
    case 'c':
      return again('%a %b %e %H:%M:%S %Y');
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '%':
      return '%';
    default:
      return undefined;
  }
}

function offset(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}${pad(size % 60)}`;
}

function pad(n: number, width = 2): string {
  return String(n).padStart(width, '0');
}
