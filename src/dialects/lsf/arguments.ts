// How LSF's commands read their words. bsub stops at the first word that is no option, matches the
// longest name first and takes values glued or apart; bjobs and bkill cluster letters as getopt
// does. Both work from the rows alone and never print.

import type { OptionRow } from '../kit/option.ts';

/** An option that was given, in the order of the words. */
export interface Given<Draft> {
  readonly row: OptionRow<Draft>;
  readonly value: string;
}

/** What the words say, or the option that they get wrong. */
export type Parsed<Draft> =
  | {
      readonly kind: 'parsed';
      readonly given: readonly Given<Draft>[];
      readonly rest: readonly string[];
    }
  | { readonly kind: 'illegal' | 'missingValue'; readonly option: string };

interface Match<Draft> {
  readonly row: OptionRow<Draft>;
  /** What follows the name in the word. */
  readonly glued: string;
}

/** Reads options up to the first other word (`--` too ends them); `rest` is the command. */
export function parseLeading<Draft>(
  words: readonly string[],
  rows: readonly OptionRow<Draft>[],
): Parsed<Draft> {
  const given: Given<Draft>[] = [];
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (word === '--') return { kind: 'parsed', given, rest: words.slice(at + 1) };
    if (!word.startsWith('-') || word === '-') break;
    const match = longest(word.slice(1), rows, false);
    if (match === undefined) return { kind: 'illegal', option: word.slice(1) };
    const { row, glued } = match;
    if (row.value === undefined) {
      given.push({ row, value: '' });
    } else if (glued !== '') {
      given.push({ row, value: glued });
    } else {
      const value = words[++at];
      if (value === undefined) return { kind: 'missingValue', option: word.slice(1) };
      given.push({ row, value });
    }
  }
  return { kind: 'parsed', given, rest: words.slice(at) };
}

/** Reads options anywhere; letters without a value may share a word (`-aJ name`). */
export function parseClustered<Draft>(
  words: readonly string[],
  rows: readonly OptionRow<Draft>[],
): Parsed<Draft> {
  const given: Given<Draft>[] = [];
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === '--') return { kind: 'parsed', given, rest: [...rest, ...words.slice(at + 1)] };
    if (!word.startsWith('-') || word === '-') {
      rest.push(word);
      continue;
    }
    let left = word.slice(1);
    while (left !== '') {
      const match = longest(left, rows, true);
      if (match === undefined) return { kind: 'illegal', option: left };
      const { row, glued } = match;
      left = row.value === undefined ? glued : '';
      const value = row.value === undefined ? '' : valueOf(row, glued, words[at + 1]);
      if (value === undefined) return { kind: 'missingValue', option: nameOf(row) };
      if (row.value !== undefined && glued === '' && value !== '') at++;
      given.push({ row, value });
    }
  }
  return { kind: 'parsed', given, rest };
}

/** A row's name without dashes. */
export function nameOf<Draft>(row: OptionRow<Draft>): string {
  return row.long ?? row.short ?? '';
}

function valueOf<Draft>(
  row: OptionRow<Draft>,
  glued: string,
  next: string | undefined,
): string | undefined {
  if (glued !== '') return glued;
  if (row.optionalValue === true) return '';
  return next;
}

/** Letters cluster, longer names must stand alone; a flag takes nothing glued unless clustering. */
function longest<Draft>(
  text: string,
  rows: readonly OptionRow<Draft>[],
  clusters: boolean,
): Match<Draft> | undefined {
  let best: Match<Draft> | undefined;
  for (const row of rows) {
    const name = nameOf(row);
    if (!text.startsWith(name) || (best !== undefined && name.length <= nameOf(best.row).length)) {
      continue;
    }
    const glued = text.slice(name.length);
    const takesGlued = row.value !== undefined || (clusters && name.length === 1);
    if (glued === '' || takesGlued) best = { row, glued };
  }
  return best;
}
