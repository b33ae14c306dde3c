// Short forms for the option tables of the query and steering commands.

import type { OptionRow, Support } from '../../kit/option.ts';

/** Behaves as the original; what shows it. */
export const full = (evidence: string): Support => ({ kind: 'full', evidence });
/** Taken without effect; why. */
export const accepted = (note: string): Support => ({ kind: 'accepted', note });
/** Not taken; why. */
export const refused = (note: string): Support => ({ kind: 'refused', note });

/** What every draft of a query or steering command holds beside its filters. */
export interface ShownDraft {
  show?: 'help' | 'usage' | 'version';
}

/** Words of a list joined by commas, empty ones left out. */
export function listOf(text: string): string[] {
  return text.split(',').filter((word) => word !== '');
}

/** `--help`, `--usage` and `--version` of one command. */
export function helpRows<Draft extends ShownDraft>(
  command: string,
  helpLetter?: string,
): OptionRow<Draft>[] {
  const make = (
    what: 'help' | 'usage' | 'version',
    short: string | undefined,
    help: string,
  ): OptionRow<Draft> => ({
    long: what,
    ...(short === undefined ? {} : { short }),
    commands: [command],
    section: 'Help',
    help,
    support: full(`15-help/${command}--${what}`),
    set: (draft) => {
      draft.show ??= what;
      return undefined;
    },
  });
  return [
    make('help', helpLetter, 'Show this text.'),
    make('usage', undefined, 'Show the options in short.'),
    make('version', 'V', 'Show the version.'),
  ];
}
