// Times that bsub takes: limits in `[hours:]minutes` and points in
// `[[[year:]month:]day:]hour:minute`.

import type { Instant } from '../../../base/brand.ts';
import { type CivilTime, civil, fromCivil, type Zone } from '../../kit/time-zone.ts';

/** `[h:]m` with decimals and an optional `/host`, in milliseconds; undefined: malformed. */
export function minutesMs(value: string): number | undefined {
  const parts = /^\s*(?:(\d+):)?(\d+(?:\.\d+)?)(?:\/\S+)?\s*$/.exec(value);
  if (parts === null) return undefined;
  return Math.round((Number(parts[1] ?? 0) * 60 + Number(parts[2])) * 60_000);
}

/**
 * A point in time in the caller's zone. Parts that are left out are those of now; if that lies in
 * the past, the next day, month or year is meant. A year that is past is malformed (undefined).
 */
export function pointInTime(value: string, now: Instant, zone: Zone): Instant | undefined {
  const numbers = value.split(':').map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
  if (numbers.length < 2 || numbers.length > 5 || numbers.some(Number.isNaN)) return undefined;
  const [minute, hour, day, month, year] = numbers.toReversed() as [number, number, ...number[]];
  if (minute > 59 || hour > 23 || !isDate(day, month, year)) return undefined;
  const today = civil(now, zone);
  const wanted: CivilTime = {
    year: year ?? today.year,
    month: month ?? today.month,
    day: day ?? today.day,
    hour,
    minute,
    second: 0,
  };
  const at = fromCivil(wanted, zone);
  if (at + 60_000 > now) return at;
  if (year !== undefined) return undefined;
  if (month !== undefined) return fromCivil({ ...wanted, year: wanted.year + 1 }, zone);
  if (day !== undefined) return fromCivil({ ...wanted, month: wanted.month + 1 }, zone);
  return fromCivil({ ...wanted, day: wanted.day + 1 }, zone);
}

function isDate(day = 1, month = 1, year = 2000): boolean {
  return day >= 1 && day <= 31 && month >= 1 && month <= 12 && year >= 1970 && year <= 9999;
}
