// LSF's ways of writing a time, always in English and in the caller's zone.

import type { Instant } from '../../base/brand.ts';
import { civil, type Zone } from '../kit/time-zone.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** `Feb  2 07:39`, as listings show it. */
export function shortDate(at: Instant, zone: Zone): string {
  const c = civil(at, zone);
  return `${MONTHS[c.month - 1]} ${String(c.day).padStart(2)} ${two(c.hour)}:${two(c.minute)}`;
}

/** `02/02-07:39:05`, as `bjobs -W` shows it. */
export function slashDate(at: Instant, zone: Zone): string {
  const c = civil(at, zone);
  return `${two(c.month)}/${two(c.day)}-${two(c.hour)}:${two(c.minute)}:${two(c.second)}`;
}

/** `Mon Feb  2 07:39:05`, as records of `bjobs -l` begin. */
export function longDate(at: Instant, zone: Zone): string {
  const c = civil(at, zone);
  const day = `${WEEKDAYS[c.weekday]} ${MONTHS[c.month - 1]} ${String(c.day).padStart(2)}`;
  return `${day} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}`;
}

/** `Mon Feb  2 07:39:05 2026`, as reports and bsub show it. */
export function fullDate(at: Instant, zone: Zone): string {
  return `${longDate(at, zone)} ${civil(at, zone).year}`;
}

/** A shortDate that keeps its last answer: rows of a listing mostly share the minute. */
export function shortDates(zone: Zone): (at: Instant) => string {
  let minute = Number.NaN;
  let text = '';
  return (at) => {
    const current = Math.floor(at / 60_000);
    if (current !== minute) {
      minute = current;
      text = shortDate(at, zone);
    }
    return text;
  };
}
