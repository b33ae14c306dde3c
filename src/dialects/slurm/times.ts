// Points in time as Slurm reads them (sbatch(1) --begin, sacct(1) -S), in the caller's zone.
// A time of day without a date is the next one for a begin, the last one for accounting.

import { type Instant, instant } from '../../base/brand.ts';
import { type CivilTime, type Zone, civil, fromCivil } from '../kit/time-zone.ts';

/** Where and when a text is read, and which way an incomplete time looks. */
export interface TimeContext {
  readonly now: Instant;
  readonly zone: Zone;
  readonly looks: 'ahead' | 'back';
}

/** The time, or the place in the text that makes no sense. */
export type ParsedTime =
  | { readonly kind: 'time'; readonly at: Instant }
  | { readonly kind: 'malformed'; readonly position: number };

/** No form is longer. */
const LONGEST = 64;

const UNITS: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

/** Hours of the named times of day. */
const NAMED_HOURS: Readonly<Record<string, number>> = {
  midnight: 0,
  elevenses: 11,
  noon: 12,
  fika: 15,
  teatime: 16,
};

/** Reads one point in time. */
export function parseTime(text: string, context: TimeContext): ParsedTime {
  if (text.length > LONGEST) return { kind: 'malformed', position: 0 };
  const lower = text.trim().toLowerCase();
  const seconds = /^uts(\d{1,11})$/.exec(lower);
  if (seconds !== null) return { kind: 'time', at: instant(Number(seconds[1]) * 1000) };
  const relative = /^(now|today|tomorrow)(?:\s*([+-])\s*(.*))?$/.exec(lower);
  if (relative !== null) return parseRelative(relative, context);
  const [, dateText, timeText] = splitDateAndTime(lower);
  const date = dateText === undefined ? undefined : parseDate(dateText);
  const time = timeText === undefined ? undefined : parseClock(timeText);
  if (dateText !== undefined && date === undefined) return { kind: 'malformed', position: 0 };
  if (timeText !== undefined && time === undefined) {
    return { kind: 'malformed', position: dateText === undefined ? 0 : dateText.length + 1 };
  }
  if (date === undefined && time === undefined) return { kind: 'malformed', position: 0 };
  return { kind: 'time', at: complete(date, time ?? MIDNIGHT, context) };
}

/** The complaint that every command prints on its standard error, without a prefix. */
export function timeComplaint(text: string, parsed: { readonly position: number }): string {
  return `Invalid time specification (pos=${parsed.position}): ${text}`;
}

/** The last midnight of the caller. */
export function midnightBefore(now: Instant, zone: Zone): Instant {
  return fromCivil({ ...civil(now, zone), ...MIDNIGHT }, zone);
}

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}
interface CalendarDate {
  readonly year: number | undefined;
  readonly month: number;
  readonly day: number;
}
const MIDNIGHT: Clock = { hour: 0, minute: 0, second: 0 };

function parseRelative(match: RegExpExecArray, { now, zone }: TimeContext): ParsedTime {
  const [, word = '', sign, offset = ''] = match;
  let base: number = now;
  if (word !== 'now') {
    const day = civil(now, zone);
    base = fromCivil({ ...day, ...MIDNIGHT, day: day.day + (word === 'tomorrow' ? 1 : 0) }, zone);
  }
  if (sign === undefined) return { kind: 'time', at: instant(base) };
  const [, count, unit] = /^(\d{1,9})\s*([a-z]*)$/.exec(offset) ?? [];
  const unitMs = unit === '' ? 1000 : unitNamed(unit);
  if (count === undefined || unitMs === undefined) {
    return { kind: 'malformed', position: word.length + 1 };
  }
  const distance = Number(count) * unitMs;
  return { kind: 'time', at: instant(sign === '+' ? base + distance : base - distance) };
}

function unitNamed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const found = Object.keys(UNITS).find((unit) => unit === text || `${unit}s` === text);
  return found === undefined ? undefined : UNITS[found];
}

/** `DATE`, `TIME`, `DATEtTIME`, `DATE-TIME`, `DATE TIME`, `TIME DATE`; lower case. */
function splitDateAndTime(text: string): [unknown, string | undefined, string | undefined] {
  const iso = /^(\d{4}-\d{1,2}-\d{1,2})(?:[t ](.*))?$/.exec(text);
  if (iso !== null) return [undefined, iso[1], iso[2]];
  const slashes = /^(\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?|\d{4}(?:\d{2})?)(?:[-t ](.*))?$/.exec(text);
  if (slashes !== null) return [undefined, slashes[1], slashes[2]];
  const behind = /^(.*\S)\s+(\S*[/.]\S*|\d{4}-\d{1,2}-\d{1,2})$/.exec(text);
  if (behind !== null) return [undefined, behind[2], behind[1]];
  return [undefined, undefined, text];
}

function parseDate(text: string): CalendarDate | undefined {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso !== null) return valid(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const american =
    /^(\d{1,2})[/.](\d{1,2})(?:[/.](\d{2,4}))?$/.exec(text) ?? /^(\d\d)(\d\d)(\d\d)?$/.exec(text);
  if (american === null) return undefined;
  const [, month, day, year] = american;
  const full = year === undefined ? undefined : Number(year) + (year.length === 2 ? 2000 : 0);
  return valid(full, Number(month), Number(day));
}

function valid(year: number | undefined, month: number, day: number): CalendarDate | undefined {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? { year, month, day } : undefined;
}

function parseClock(text: string): Clock | undefined {
  const named = NAMED_HOURS[text];
  if (named !== undefined) return { hour: named, minute: 0, second: 0 };
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(am|pm)?$/.exec(text);
  if (match === null) return undefined;
  const half = match[4];
  let hour = Number(match[1]);
  if (half !== undefined && (hour < 1 || hour > 12)) return undefined;
  if (half !== undefined) hour = (hour % 12) + (half === 'pm' ? 12 : 0);
  const clock = { hour, minute: Number(match[2]), second: Number(match[3] ?? 0) };
  return clock.hour < 24 && clock.minute < 60 && clock.second < 60 ? clock : undefined;
}

/** Fills in the missing day or year so that the time lies ahead, or back. */
function complete(date: CalendarDate | undefined, clock: Clock, context: TimeContext): Instant {
  const { now, zone, looks } = context;
  const today = civil(now, zone);
  const step = looks === 'ahead' ? 1 : -1;
  const wrongWay = (at: Instant) => (looks === 'ahead' ? at < now : at > now);
  const base: CivilTime = { ...today, ...clock };
  if (date === undefined) {
    const at = fromCivil(base, zone);
    return wrongWay(at) ? fromCivil({ ...base, day: base.day + step }, zone) : at;
  }
  const { month, day } = date;
  const at = fromCivil({ ...base, month, day, year: date.year ?? today.year }, zone);
  if (date.year !== undefined || !wrongWay(at)) return at;
  return fromCivil({ ...base, month, day, year: today.year + step }, zone);
}
