// What all Slurm commands do alike: reading their words, complaining in their name, answering
// --help, --usage and --version.

import { type CommandLine, type OptionTable, optionTable, readCommandLine } from '../kit/getopt.ts';
import { type HelpFrame, helpText, usageText } from '../kit/help.ts';
import type { OptionRow } from '../kit/option.ts';

/** What `--version` prints: the release whose behaviour this is. */
export const VERSION_TEXT = 'slurm-wlm 22.05.8\n';

/** A command with its rows. */
export interface CommandFrame<Draft> extends HelpFrame {
  readonly name: string;
  readonly rows: readonly OptionRow<Draft>[];
  readonly table: OptionTable<Draft>;
  /** sbatch and salloc stop at the first operand. */
  readonly permute: boolean;
  /** The line behind getopt's complaints; sacct has none. */
  readonly hint: boolean;
}

/** Makes a command ready for use. */
export function commandFrame<Draft>(
  frame: Omit<CommandFrame<Draft>, 'table'>,
): CommandFrame<Draft> {
  return { ...frame, table: optionTable(frame.rows, frame.name) };
}

/** Reads the words of a call. */
export function readWords<Draft>(
  frame: CommandFrame<Draft>,
  words: readonly string[],
): CommandLine<Draft> {
  return readCommandLine(frame.table, words, frame.permute);
}

/** getopt's complaint as the command prints it. */
export function getoptComplaint<Draft>(frame: CommandFrame<Draft>, complaint: string): string {
  const hint = frame.hint ? `Try "${frame.name} --help" for more information\n` : '';
  return `${frame.name}: ${complaint}\n${hint}`;
}

/**
 * Lines that begin with `error: ` or `fatal: ` with the command's name in front; others as they
 * are.
 */
export function complaintText(name: string, complaint: string): string {
  return complaint
    .split('\n')
    .map((line) => (/^(error|fatal): /.test(line) ? `${name}: ${line}\n` : `${line}\n`))
    .join('');
}

/** What `--help`, `--usage` or `--version` prints. */
export function shownText<Draft>(
  frame: CommandFrame<Draft>,
  what: 'help' | 'usage' | 'version',
): string {
  if (what === 'version') return VERSION_TEXT;
  const make = what === 'help' ? helpText : usageText;
  return make(frame, frame.rows, frame.name);
}
