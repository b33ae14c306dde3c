// TZ strings such as `CET-1CEST,M3.5.0,M10.5.0/3`, as POSIX 1003.1 section 8.3 and glibc read them.
// Never knows history: a rule holds for every year.

import { dayNumber, weekdayOf, yearOf } from './calendar.ts';

/** A day of the year: `Mm.w.d`, `Jn` (1-365, no leap day) or `n` (0-365), and a time in seconds. */
interface Rule {
  readonly form: 'month' | 'julian' | 'day';
  readonly numbers: readonly number[];
  readonly seconds: number;
}

const NAME = '(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)';
const TIME = '[+-]?\\d{1,3}(?::\\d{1,2}(?::\\d{1,2})?)?';
const DAY = '(?:M\\d{1,2}\\.\\d\\.\\d|J\\d{1,3}|\\d{1,3})';
const RULE = `${DAY}(?:/${TIME})?`;
const ZONE = new RegExp(`^${NAME}(${TIME})(?:${NAME}(${TIME})?(?:,(${RULE}),(${RULE}))?)?$`);
const HAS_SUMMER = new RegExp(`^${NAME}${TIME}${NAME}`);

/**
 * The offset east of Greenwich in seconds at a time in milliseconds since the epoch, as a function;
 * undefined if the text is no such string. Summer time without rules follows those of the USA.
 */
export function posixZone(text: string): ((atMs: number) => number) | undefined {
  const parts = ZONE.exec(text);
  if (parts === null) return undefined;
  const standard = -seconds(parts[1] as string);
  if (!HAS_SUMMER.test(text)) return () => standard;
  const summer = parts[2] === undefined ? standard + 3600 : -seconds(parts[2]);
  const begin = readRule(parts[3] ?? 'M3.2.0');
  const end = readRule(parts[4] ?? 'M11.1.0');
  return (atMs) => {
    const year = yearOf(Math.floor((atMs / 1000 + standard) / 86400));
    const from = secondOf(begin, year) - standard;
    const to = secondOf(end, year) - summer;
    const at = atMs / 1000;
    const isSummer = from < to ? at >= from && at < to : at >= from || at < to;
    return isSummer ? summer : standard;
  };
}

function seconds(time: string): number {
  const sign = time.startsWith('-') ? -1 : 1;
  const [hours = 0, minutes = 0, rest = 0] = time.replace(/^[+-]/, '').split(':').map(Number);
  return sign * (hours * 3600 + minutes * 60 + rest);
}

function readRule(text: string): Rule {
  const [day = '', time = '2'] = text.split('/');
  const numbers = day.replace(/^[MJ]/, '').split('.').map(Number);
  const form = day.startsWith('M') ? 'month' : day.startsWith('J') ? 'julian' : 'day';
  return { form, numbers, seconds: seconds(time) };
}

/** Local seconds since the epoch at which the rule falls in `year`. */
function secondOf(rule: Rule, year: number): number {
  const [first = 0, week = 1, weekday = 0] = rule.numbers;
  return dayOf(rule.form, year, first, week, weekday) * 86400 + rule.seconds;
}

function dayOf(
  form: Rule['form'],
  year: number,
  ...[first, week, weekday]: [number, number, number]
): number {
  const newYear = dayNumber(year, 1, 1);
  if (form === 'day') return newYear + first;
  if (form === 'julian') {
    const isLeap = dayNumber(year, 3, 1) - newYear === 60;
    return newYear + first - 1 + (isLeap && first >= 60 ? 1 : 0);
  }
  const start = dayNumber(year, first, 1);
  const nextMonth = first === 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, first + 1, 1);
  let day = start + ((weekday - weekdayOf(start) + 7) % 7) + (week - 1) * 7;
  while (day >= nextMonth) day -= 7;
  return day;
}
