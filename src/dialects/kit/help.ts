// --help and --usage out of option rows. Our own words; every option of the original is listed, the
// ones that do nothing or are refused say so.

import type { OptionRow } from './option.ts';

const TEXT_COLUMN = 32;

/** What a command's help says beside its rows. */
export interface HelpFrame {
  /** `sbatch [OPTION]... [SCRIPT [ARGUMENT]...]` */
  readonly synopsis: string;
  /** A line or two about the command. */
  readonly summary: string;
}

/** The long help: the rows by section, in their order. */
export function helpText<Draft>(
  frame: HelpFrame,
  rows: readonly OptionRow<Draft>[],
  command: string,
): string {
  const own = rows.filter((row) => row.commands.includes(command));
  const sections = [...new Set(own.map((row) => row.section))];
  let text = `Usage: ${frame.synopsis}\n\n${frame.summary}\n`;
  for (const section of sections) {
    text += `\n${section}:\n`;
    for (const row of own) if (row.section === section) text += helpLine(row);
  }
  return text;
}

/** The short help: the synopsis and every option's form. */
export function usageText<Draft>(
  frame: HelpFrame,
  rows: readonly OptionRow<Draft>[],
  command: string,
): string {
  const forms = rows
    .filter((row) => row.commands.includes(command) && row.support.kind === 'full')
    .map((row) => `[${formOf(row)}]`);
  let text = `Usage: ${frame.synopsis}`;
  let line = '';
  for (const form of forms) {
    if (line.length + form.length > 84) {
      text += `\n      ${line}`;
      line = '';
    }
    line += ` ${form}`;
  }
  return `${text}\n      ${line}\n`;
}

/** `-t, --time=<limit>` */
export function spelling<Draft>(row: OptionRow<Draft>): string {
  const short = row.short === undefined ? '   ' : `-${row.short}`;
  const value = row.value ?? '';
  if (row.long === undefined) return value === '' ? short : `${short} ${value}`;
  const separator = row.short === undefined ? ' ' : ', ';
  const given = row.optionalValue === true ? `[=${value}]` : `=${value}`;
  return `${short}${separator}--${row.long}${value === '' ? '' : given}`;
}

function helpLine<Draft>(row: OptionRow<Draft>): string {
  const form = `  ${spelling(row)}`;
  const note = row.support.kind === 'full' ? '' : ` [${row.support.kind}: ${row.support.note}]`;
  const lines = wrap(row.help + note, 100 - TEXT_COLUMN);
  const first =
    form.length < TEXT_COLUMN - 1
      ? form.padEnd(TEXT_COLUMN)
      : `${form}\n${' '.repeat(TEXT_COLUMN)}`;
  return `${first}${lines.join(`\n${' '.repeat(TEXT_COLUMN)}`)}\n`;
}

function formOf<Draft>(row: OptionRow<Draft>): string {
  return spelling(row).trim().replace(', ', '|');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
