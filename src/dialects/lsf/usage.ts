// The --help of LSF's commands, made from their rows, and what every command does with bad options.

import type { Answer, Step } from '../kit/dialog.ts';
import { write } from '../kit/dialog.ts';
import type { OptionRow } from '../kit/option.ts';
import { visible } from '../kit/control-characters.ts';
import { nameOf, type Parsed } from './arguments.ts';
import { LSF_VERSION } from './settings.ts';

/** The usage text of a command; `operands` is what may follow the options. */
export function usageOf<Draft>(
  name: string,
  operands: string,
  rows: readonly OptionRow<Draft>[],
): string {
  const lines = [`Usage: ${name} [options] ${operands}`];
  let section = '';
  for (const row of rows) {
    if (row.support.kind === 'refused') continue;
    if (row.section !== section) lines.push(`${row.section}:`);
    section = row.section;
    const head = `-${nameOf(row)}${row.value === undefined ? '' : ` ${row.value}`}`;
    lines.push(`  ${head.padEnd(28)} ${row.help}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Prints the usage to stderr, as LSF does. */
export function* printUsage<Draft>(
  name: string,
  operands: string,
  rows: readonly OptionRow<Draft>[],
): Generator<Step, void, Answer> {
  yield* write('stderr', usageOf(name, operands, rows));
}

/** Prints the version to stderr, as LSF does. */
export function* printVersion(): Generator<Step, void, Answer> {
  yield* write('stderr', `${LSF_VERSION}\n\n  binary type: spillway\n`);
}

/** The first line of complaint about words that are no options. */
export function optionComplaint<Draft>(
  name: string,
  parsed: Exclude<Parsed<Draft>, { kind: 'parsed' }>,
): string {
  const words = parsed.kind === 'illegal' ? 'illegal option' : 'option requires an argument';
  return `${name}: ${words} -- ${visible(parsed.option)}\n`;
}

/** The complaint about an option that is known and not supported. */
export function refusedComplaint<Draft>(row: OptionRow<Draft>): string | undefined {
  return row.support.kind === 'refused' ? `-${nameOf(row)}: ${row.support.note}` : undefined;
}
