// The shapes of Batch's JSON, as values: what reads a request also prints COMPATIBILITY.md. Hand
// written instead of zod, which lives at the doors: a dialect is pure, a member's support stands in
// the same row as its type, and the submits of the hot path are read in a few microseconds.
// Never recurses deeper than the shapes themselves do.

import type { Support } from '../kit/option.ts';

/**
 * Reads a JSON value into a `T`; what is wrong with it goes to `problems`, in words for the client.
 */
export interface Shape<T> {
  readonly read: (value: unknown, at: string, problems: string[]) => T;
  /** Of an object, or of the objects in a list. */
  readonly members?: Members;
}

/** One member of an object, and what this gateway does with it. */
export interface Member<T, Required extends boolean = boolean> {
  readonly shape: Shape<T>;
  readonly required: Required;
  readonly support: Support;
}

// `never` because a member of any type must fit in.
// oxlint-disable-next-line typescript/no-explicit-any
export type Members = Readonly<Record<string, Member<any>>>;

/** What an object of these members reads as. */
export type Read<M extends Members> = {
  readonly [K in keyof M as M[K]['required'] extends true ? K : never]: Value<M[K]>;
} & {
  readonly [K in keyof M as M[K]['required'] extends true ? never : K]?: Value<M[K]>;
};
type Value<M> = M extends Member<infer T> ? T : never;

const FULL = 'service model 2016-08-10; test/dialect/batch';

/** A member that behaves as AWS's. */
export function full<T>(shape: Shape<T>, evidence = FULL): Member<T, false> {
  return { shape, required: false, support: { kind: 'full', evidence } };
}

/** The same, and it must be there. */
export function required<T>(shape: Shape<T>, evidence = FULL): Member<T, true> {
  return { shape, required: true, support: { kind: 'full', evidence } };
}

/** A member that is kept and shown again, and otherwise without effect. */
export function accepted<T>(shape: Shape<T>, note: string): Member<T, false> {
  return { shape, required: false, support: { kind: 'accepted', note } };
}

/** A member that makes the request fail by name. */
export function refused(note: string): Member<never, false> {
  return { shape: NOTHING, required: false, support: { kind: 'refused', note } };
}

/** What is read where nothing can be: a problem was recorded, so nobody looks at the value. */
const UNREADABLE = undefined as never;
const NOTHING: Shape<never> = {
  read(_value, at, problems) {
    problems.push(`${at} is not supported by this gateway yet`);
    return UNREADABLE;
  },
};

/** A string of at most `max` characters, without NUL; `pattern` with words for what it allows. */
export function text(max: number, pattern?: RegExp, allowed = ''): Shape<string> {
  return {
    read(value, at, problems) {
      if (typeof value !== 'string') problems.push(`${at} must be a string`);
      else if (value.length > max) problems.push(`${at} must be at most ${max} characters long`);
      else if (value.includes('\0')) problems.push(`${at} must not contain NUL`);
      else if (pattern !== undefined && !pattern.test(value)) problems.push(`${at} ${allowed}`);
      else return value;
      return UNREADABLE;
    },
  };
}

/** One of the words; upper case and lower case are the same where `anyCase`. */
export function word<W extends string>(words: readonly W[], anyCase = false): Shape<W> {
  return {
    read(value, at, problems) {
      const given = anyCase && typeof value === 'string' ? value.toUpperCase() : value;
      const found = words.find((candidate) => candidate === given);
      if (found !== undefined) return found;
      const shown = typeof value === 'string' ? value.slice(0, 64) : '';
      problems.push(`${at} ${shown} must be one of ${words.join(' | ')}`);
      return UNREADABLE;
    },
  };
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Shape<number> {
  return {
    read(value, at, problems) {
      if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
        return value;
      }
      problems.push(`${at} must be an integer from ${min} to ${max}`);
      return UNREADABLE;
    },
  };
}

/** True or false. */
export const flag: Shape<boolean> = {
  read(value, at, problems) {
    if (typeof value === 'boolean') return value;
    problems.push(`${at} must be true or false`);
    return UNREADABLE;
  },
};

/** A list of at most `max`. */
export function list<T>(of: Shape<T>, max: number): Shape<readonly T[]> {
  return {
    ...(of.members === undefined ? {} : { members: of.members }),
    read(value, at, problems) {
      if (!Array.isArray(value)) problems.push(`${at} must be a list`);
      else if (value.length > max) problems.push(`${at} must have at most ${max} entries`);
      else return value.map((entry, i) => of.read(entry, `${at}[${i}]`, problems));
      return UNREADABLE;
    },
  };
}

/** Strings by name, at most `max`, read as pairs in the order given. */
export function map(
  key: Shape<string>,
  of: Shape<string>,
  max: number,
): Shape<Readonly<Record<string, string>>> {
  return {
    read(value, at, problems) {
      if (!isObject(value)) problems.push(`${at} must be an object`);
      else {
        const entries = Object.entries(value);
        if (entries.length > max) problems.push(`${at} must have at most ${max} entries`);
        else {
          // fromEntries makes own properties, also of `__proto__`.
          return Object.fromEntries(
            entries.map(([name, entry]) => [
              key.read(name, `a name in ${at}`, problems),
              of.read(entry, `${at}.${name.slice(0, 64)}`, problems),
            ]),
          );
        }
      }
      return UNREADABLE;
    },
  };
}

/** An object of these members; null is absent, and a member that has no row is refused by name. */
export function object<M extends Members>(members: M): Shape<Read<M>> {
  const rows = new Map(Object.entries(members));
  const needed = [...rows].filter(([, row]) => row.required).map(([name]) => name);
  return {
    members,
    read(value, at, problems) {
      if (!isObject(value)) {
        problems.push(`${at === '' ? 'the request' : at} must be an object`);
        return UNREADABLE;
      }
      const prefix = at === '' ? '' : `${at}.`;
      const read: [string, unknown][] = [];
      for (const [name, entry] of Object.entries(value)) {
        if (entry === null || entry === undefined) continue;
        const row = rows.get(name);
        if (row === undefined) problems.push(`${prefix}${name.slice(0, 64)} is not a known member`);
        else read.push([name, row.shape.read(entry, prefix + name, problems)]);
      }
      const whole = Object.fromEntries(read);
      for (const name of needed) {
        if (!Object.hasOwn(whole, name)) problems.push(`${prefix}${name} is required`);
      }
      return whole as Read<M>;
    },
  };
}

/** JSON that is kept and shown again as it came, at most `max` bytes of it and 16 levels deep. */
export function anything(max: number): Shape<unknown> {
  return {
    read(value, at, problems) {
      if (!isShallow(value, 16)) problems.push(`${at} is nested too deep`);
      else if (JSON.stringify(value).length > max) problems.push(`${at} is too large`);
      return value;
    },
  };
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((entry) => isShallow(entry, levels - 1));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
