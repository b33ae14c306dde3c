// The environment that a job is submitted with, by the rules of --export and --export-file
// (recorded: 05-env/export-*). Entries are bytes, one character each; only their names are looked
// at.

import { bytesOf, textOf } from '../kit/bytes.ts';
import type { Invocation } from '../kit/dialog.ts';

/** `NAME=value` entries, each ended by a NUL. */
export function jobEnvironment(
  call: Invocation,
  exportText: string | undefined,
  file: string | undefined,
): Uint8Array {
  if (file !== undefined) return joined(fileEntries(file));
  if (exportText === undefined) return call.environmentBytes;
  const items = splitOutsideQuotes(exportText);
  const isAll = items.some((item) => /^ALL$/i.test(item));
  const isNone = items.length === 1 && /^(NONE|NIL)$/i.test(items[0] as string);
  const named = isNone ? [] : items.filter((item) => item !== '' && !/^ALL$/i.test(item));
  const base = isAll ? entriesOf(call.environmentBytes) : loginEntries(call);
  const chosen = named.flatMap((item) => namedEntry(item, call.environment));
  const marks = [`SLURM_EXPORT_ENV=${exportText}`, ...(isAll ? [] : ['SLURM_GET_USER_ENV=1'])];
  return joined(overlaid(base, [...chosen, ...marks]));
}

/** What a login shell of the user starts with; the caller's variables, where the host is silent. */
function loginEntries({ identity, environment }: Invocation): string[] {
  const { user, home, shell } = identity;
  return [
    `HOME=${home ?? environment.get('HOME') ?? '/'}`,
    `LOGNAME=${user}`,
    `MAIL=/var/mail/${user}`,
    'PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games',
    `SHELL=${shell ?? environment.get('SHELL') ?? '/bin/sh'}`,
    `USER=${user}`,
  ];
}

/** `NAME=value` as it is; `NAME` with the caller's value, if it has one. */
function namedEntry(item: string, environment: ReadonlyMap<string, string>): string[] {
  if (item.includes('=')) return [item];
  const value = environment.get(item);
  return value === undefined ? [] : [`${item}=${value}`];
}

/** Splits at commas outside of quotes; the quotes stay. */
function splitOutsideQuotes(text: string): string[] {
  return text.match(/(?:"[^"]*"|'[^']*'|[^,])+/g) ?? [];
}

/** Records ended by NULs, or lines where there is none. */
function fileEntries(text: string): string[] {
  return text.split(text.includes('\0') ? '\0' : '\n').filter((entry) => entry.includes('='));
}

function entriesOf(bytes: Uint8Array): string[] {
  const entries = textOf(bytes).split('\0');
  if (entries.at(-1) === '') entries.pop();
  return entries;
}

/** The base without the names that come again behind it. */
function overlaid(base: readonly string[], over: readonly string[]): string[] {
  const names = new Set(over.map(nameOf));
  return [...base.filter((entry) => !names.has(nameOf(entry))), ...over];
}

function nameOf(entry: string): string {
  const equals = entry.indexOf('=', 1);
  return equals < 0 ? entry : entry.slice(0, equals);
}

function joined(entries: readonly string[]): Uint8Array {
  return bytesOf(entries.map((entry) => `${entry}\0`).join(''));
}
