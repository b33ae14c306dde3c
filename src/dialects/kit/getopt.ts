// Command lines as GNU getopt_long reads them, driven by option rows: clusters of short options,
// values glued or apart, abbreviated long names, optional values, `--`, and its exact complaints.
// Never gives a value a meaning; that is the row's `set`.

import type { OptionRow } from './option.ts';

/** An option as it was given. */
export interface GivenOption<Draft> {
  readonly row: OptionRow<Draft>;
  /** Absent where none was given. */
  readonly value: string | undefined;
}

/** What a command line says. */
export interface CommandLine<Draft> {
  readonly options: readonly GivenOption<Draft>[];
  readonly operands: readonly string[];
  /** getopt's complaint without the program's name; parsing ended there. */
  readonly complaint?: string;
}

/** The rows of one command, made ready for look-ups. */
export interface OptionTable<Draft> {
  readonly longs: ReadonlyMap<string, OptionRow<Draft>>;
  readonly shorts: ReadonlyMap<string, OptionRow<Draft>>;
  /** Names that may be abbreviated, sorted. */
  readonly names: readonly string[];
}

/** The table of a command out of its dialect's rows. */
export function optionTable<Draft>(
  rows: readonly OptionRow<Draft>[],
  command: string,
): OptionTable<Draft> {
  const own = rows.filter((row) => row.commands.includes(command));
  const longs = new Map<string, OptionRow<Draft>>();
  const shorts = new Map<string, OptionRow<Draft>>();
  for (const row of own) {
    if (row.long !== undefined) longs.set(row.long, row);
    if (row.short !== undefined && !shorts.has(row.short)) shorts.set(row.short, row);
  }
  const names = [...longs.keys()].filter((name) => longs.get(name)?.since === undefined).sort();
  return { longs, shorts, names };
}

/**
 * Reads `words`. `permute` lets options stand behind operands, as getopt_long does by default;
 * without it the first operand ends the options (getopt's leading `+`).
 */
export function readCommandLine<Draft>(
  table: OptionTable<Draft>,
  words: readonly string[],
  permute: boolean,
): CommandLine<Draft> {
  const options: GivenOption<Draft>[] = [];
  const operands: string[] = [];
  const rest = [...words].reverse();
  for (let word = rest.pop(); word !== undefined; word = rest.pop()) {
    if (word === '--') {
      operands.push(...rest.reverse());
      break;
    }
    if (word === '-' || !word.startsWith('-')) {
      operands.push(word);
      if (permute) continue;
      operands.push(...rest.reverse());
      break;
    }
    const complaint = word.startsWith('--')
      ? readLong(table, word, rest, options)
      : readCluster(table, word, rest, options);
    if (complaint !== undefined) return { options, operands, complaint };
  }
  return { options, operands };
}

function readLong<Draft>(
  table: OptionTable<Draft>,
  word: string,
  rest: string[],
  options: GivenOption<Draft>[],
): string | undefined {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const found = findLong(table, name, word);
  if (typeof found === 'string') return found;
  const glued = equals < 0 ? undefined : word.slice(equals + 1);
  if (found.value === undefined) {
    if (glued !== undefined) return `option '--${found.long}' doesn't allow an argument`;
    options.push({ row: found, value: undefined });
    return undefined;
  }
  if (glued !== undefined || found.optionalValue === true) {
    options.push({ row: found, value: glued });
    return undefined;
  }
  const next = rest.pop();
  if (next === undefined) return `option '--${found.long}' requires an argument`;
  options.push({ row: found, value: next });
  return undefined;
}

function findLong<Draft>(
  table: OptionTable<Draft>,
  name: string,
  word: string,
): OptionRow<Draft> | string {
  const exact = table.longs.get(name);
  if (exact !== undefined) return exact;
  const possible = table.names.filter((other) => other.startsWith(name));
  const [first] = possible;
  const row = first === undefined ? undefined : table.longs.get(first);
  if (row === undefined) return `unrecognized option '${word}'`;
  // Names of the same option are not ambiguous.
  const isOne = possible.every((other) => isSame(table.longs.get(other), row));
  if (isOne) return row;
  const list = possible.map((other) => `'--${other}'`).join(' ');
  return `option '${word}' is ambiguous; possibilities: ${list}`;
}

function isSame<Draft>(a: OptionRow<Draft> | undefined, b: OptionRow<Draft>): boolean {
  return a === b || (a?.set !== undefined && a.set === b.set);
}

function readCluster<Draft>(
  table: OptionTable<Draft>,
  word: string,
  rest: string[],
  options: GivenOption<Draft>[],
): string | undefined {
  for (let i = 1; i < word.length; i++) {
    const letter = word[i] as string;
    const row = table.shorts.get(letter);
    if (row === undefined) return `invalid option -- '${letter}'`;
    if (row.value === undefined) {
      options.push({ row, value: undefined });
      continue;
    }
    const glued = word.slice(i + 1);
    if (glued !== '' || row.optionalValue === true) {
      options.push({ row, value: glued === '' ? undefined : glued });
      return undefined;
    }
    const next = rest.pop();
    if (next === undefined) return `option requires an argument -- '${letter}'`;
    options.push({ row, value: next });
    return undefined;
  }
  return undefined;
}

/**
 * Stores the values in the draft, in order. The first complaint ends it. A refused option is a
 * complaint that names it, unless the row has the original's own words.
 */
export function applyOptions<Draft>(
  draft: Draft,
  options: readonly GivenOption<Draft>[],
): string | undefined {
  for (const { row, value } of options) {
    const complaint = applyOption(draft, row, value);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

/** The same for the environment variables of a command: an empty or absent one is not set. */
export function applyVariables<Draft>(
  draft: Draft,
  rows: readonly OptionRow<Draft>[],
  command: string,
  environment: ReadonlyMap<string, string>,
): string | undefined {
  for (const row of rows) {
    const name = row.variables?.[command];
    const value = name === undefined ? undefined : environment.get(name);
    if (value === undefined) continue;
    const complaint = applyOption(draft, row, value);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function applyOption<Draft>(
  draft: Draft,
  row: OptionRow<Draft>,
  value: string | undefined,
): string | undefined {
  if (row.set !== undefined) return row.set(draft, value ?? '');
  if (row.support.kind !== 'refused') return undefined;
  return `error: ${nameOf(row)} is not supported here: ${row.support.note}`;
}

/** How a row is named in texts: its long name, else its letter. */
export function nameOf<Draft>(row: OptionRow<Draft>): string {
  return row.long === undefined ? `-${row.short}` : `--${row.long}`;
}
