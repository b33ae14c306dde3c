// Local time in the caller's TZ. Names of the tz database are answered by Intl, POSIX strings by
// posix-zone.ts, everything else is UTC, as in glibc. Called for every row of a listing, so offsets
// are kept a day at a time (and by quarters of an hour on the days on which the clocks change).

import { type Instant, instant } from '../../base/brand.ts';
import { dateOf, dayNumber, weekdayOf } from './calendar.ts';
import { posixZone } from './posix-zone.ts';

/** Offsets of one place. */
export interface Zone {
  /** Seconds east of Greenwich at a time in milliseconds since the epoch. */
  offsetSeconds(atMs: number): number;
}

/** A date and time of day without a place. Month and day count from 1. */
export interface CivilTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** A date and time as clocks show it somewhere. */
export interface Civil extends CivilTime {
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly offsetMinutes: number;
}

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
const MOST_OFFSETS = 20_000;
const MOST_ZONES = 200;
/** No real TZ is longer; a longer one is not worth remembering. */
const LONGEST_NAME = 255;

const UTC: Zone = { offsetSeconds: () => 0 };
const zones = new Map<string, Zone>();

/** The zone that a TZ variable means; undefined: the host's own. An unknown one is UTC. */
export function zone(name: string | undefined): Zone {
  if (name !== undefined && name.length > LONGEST_NAME) return UTC;
  const key = name ?? '(host)';
  const known = zones.get(key);
  if (known !== undefined) return known;
  const made = makeZone(name);
  if (zones.size >= MOST_ZONES) zones.clear();
  zones.set(key, made);
  return made;
}

/** What the clocks of a zone show. */
export function civil(at: Instant, zone: Zone): Civil {
  const offset = zone.offsetSeconds(at);
  const seconds = Math.floor(at / 1000) + offset;
  const days = Math.floor(seconds / 86400);
  const ofDay = seconds - days * 86400;
  const date = dateOf(days);
  return {
    year: date.year,
    month: date.month,
    day: date.day,
    hour: Math.floor(ofDay / 3600),
    minute: Math.floor(ofDay / 60) % 60,
    second: ofDay % 60,
    weekday: weekdayOf(days),
    offsetMinutes: Math.trunc(offset / 60),
  };
}

/**
 * The instant at which the clocks of a zone show this. Numbers beyond their range count on, as in
 * mktime. A time that comes twice is the first one; one that is left out is moved behind the gap.
 */
export function fromCivil(time: CivilTime, zone: Zone): Instant {
  const days = dayNumber(time.year, time.month, time.day);
  const local = days * 86400 + time.hour * 3600 + time.minute * 60 + time.second;
  const before = zone.offsetSeconds((local - 86400) * 1000);
  const after = zone.offsetSeconds((local + 86400) * 1000);
  const early = (local - before) * 1000;
  if (before === after || zone.offsetSeconds(early) === before) return instant(early);
  const late = (local - after) * 1000;
  return instant(zone.offsetSeconds(late) === after ? late : early);
}

function makeZone(name: string | undefined): Zone {
  const plain = name?.replace(/^:/, '').replace(/^\/usr\/share\/zoneinfo\//, '');
  if (plain === '') return UTC;
  const tzdata = plain?.replace(/^(?:posix|right)\//, '');
  if (tzdata === undefined || /^[A-Z]/.test(tzdata)) {
    const named = intlZone(tzdata);
    if (named !== undefined) return named;
  }
  const offset = posixZone(plain ?? '');
  return offset === undefined ? UTC : cached(offset);
}

function intlZone(name: string | undefined): Zone | undefined {
  const options = { timeZoneName: 'longOffset', ...(name === undefined ? {} : { timeZone: name }) };
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', options as Intl.DateTimeFormatOptions);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return cached((atMs) => readOffset(format, atMs));
}

function readOffset(format: Intl.DateTimeFormat, atMs: number): number {
  // The largest time that a Date can hold is ±8.64e15 ms.
  const within = Math.max(-8.64e15, Math.min(8.64e15, atMs));
  const text =
    format.formatToParts(within).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const parts = /GMT([+-])(\d+):(\d+)(?::(\d+))?/.exec(text);
  if (parts === null) return 0;
  const seconds = Number(parts[2]) * 3600 + Number(parts[3]) * 60 + Number(parts[4] ?? 0);
  return parts[1] === '-' ? -seconds : seconds;
}

/** Remembers a day's offset, or NaN where it changes within the day, and then that of quarters. */
function cached(offset: (atMs: number) => number): Zone {
  const days = new Map<number, number>();
  const quarters = new Map<number, number>();
  const offsetOfDay = (day: number): number => {
    const first = offset(day * DAY_MS);
    return first === offset((day + 1) * DAY_MS) ? first : Number.NaN;
  };
  return {
    offsetSeconds(atMs) {
      const ofDay = remembered(days, Math.floor(atMs / DAY_MS), offsetOfDay);
      if (!Number.isNaN(ofDay)) return ofDay;
      return remembered(quarters, Math.floor(atMs / QUARTER_MS), (key) => offset(key * QUARTER_MS));
    },
  };
}

function remembered(
  cache: Map<number, number>,
  key: number,
  make: (key: number) => number,
): number {
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (cache.size >= MOST_OFFSETS) cache.clear();
  const made = make(key);
  cache.set(key, made);
  return made;
}
