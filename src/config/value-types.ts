// The types that a setting can have: each reads the text of a file, a variable or a flag into a
// value of the program's own units. Never knows which setting it reads.

import { z } from 'zod';

const SECOND_MS = 1000;
const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: 60 * SECOND_MS,
  h: 3600 * SECOND_MS,
  d: 86_400 * SECOND_MS,
};
const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
};

/** Text that is not empty and holds no control character. */
export const text = z
  .string()
  .regex(/^[^\p{Cc}]+$/u, 'must be text without control characters, and not empty');

/** An absolute or relative path; made absolute by whoever opens it. */
export const path = text;

/** A name of a queue or an environment: what every dialect can print and parse. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, 'must be 1 to 64 letters, digits, or one of _ . -');

/** A whole number from `min` to `max`, both allowed. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^[0-9]{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);

/** A length of time such as `300s`, `1h30m` or `2d`, in milliseconds. */
export const durationMs = z
  .string()
  .regex(/^([0-9]{1,9}(ms|s|m|h|d))+$/, 'must be a time such as 300s, 5m, 24h or 2d')
  .transform((written) => {
    let total = 0;
    for (const [, count, unit] of written.matchAll(/([0-9]+)([a-z]+)/g)) {
      total += Number(count) * (DURATION_UNITS[unit ?? ''] ?? 0);
    }
    return total;
  });

/** A size such as `4MB` (1 KB is 1024 bytes), in bytes. */
export const sizeBytes = z
  .string()
  .regex(/^[0-9]{1,9}(B|KB|MB|GB)$/, 'must be a size such as 64KB, 4MB or 1GB')
  .transform((written) => {
    const unit = written.replace(/^[0-9]+/, '');
    return Number.parseInt(written, 10) * (SIZE_UNITS[unit] ?? 1);
  });

/** One of a few words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words, `must be one of ${words.join(', ')}`);

/** Yes or no; a file may also say true or false. */
export const yesNo = z
  .enum(['yes', 'no', 'true', 'false'], 'must be yes or no')
  .transform((word) => word === 'yes' || word === 'true');

/** Names with commas between them, or a list in the file. Empty text: none. */
export const names = z.union([
  z.array(name),
  z
    .string()
    .transform((written) => written.split(',').filter((part) => part !== ''))
    .pipe(z.array(name)),
]);
