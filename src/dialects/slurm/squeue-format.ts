// Layouts of squeue, out of -o (`%.18i %j`) and -O (`jobid:10,name:.20`). Read once a command.

import type { JobView } from '../../model/view.ts';
import type { Column, Layout } from '../kit/columns.ts';
import { JOB_COLUMNS, type JobColumn, type ListingContext } from './job-columns.ts';

/** Without -o. */
export const DEFAULT_FORMAT = '%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R';
/** --long. */
export const LONG_FORMAT = '%.18i %.9P %.8j %.8u %.8T %.10M %.9l %.6D %R';
/** --start. */
export const START_FORMAT = '%.18i %.9P %.8j %.8u %.2t %.19S %.6D %20Y %R';
const FIELD_WIDTH = 20;
/** Wider columns and more of them are cut: a line stays below 300 kB. */
const WIDEST = 1024;
const MOST_COLUMNS = 256;

/** A layout and what is wrong with the format; the bad parts are printed as they are. */
export interface ReadFormat {
  readonly layout: Layout<JobView>;
  /** What follows `Invalid job format specification: `. */
  readonly complaints: readonly string[];
}

const LETTERS = new Map(
  JOB_COLUMNS.flatMap((column) => (column.letter === undefined ? [] : [[column.letter, column]])),
);
const FIELDS = new Map(
  JOB_COLUMNS.flatMap((column) => column.fields.map((field) => [field, column] as const)),
);

/** Reads -o: text, and `%[.][width]letter`. Doubled % are one, as strtok leaves them. */
export function readFormat(format: string, context: ListingContext): ReadFormat {
  const columns: Column<JobView>[] = [];
  const complaints: string[] = [];
  let before = format.startsWith('%') ? '' : (/^[^%]*/.exec(format)?.[0] ?? '');
  const tokens = format
    .slice(before.length)
    .split('%')
    .filter((token) => token !== '');
  for (const token of tokens.slice(0, MOST_COLUMNS)) {
    const [whole = '', point = '', digits = '', letter = ''] = /^(\.?)(\d*)(.?)/s.exec(token) ?? [];
    const column = LETTERS.get(letter) as JobColumn | undefined;
    if (column === undefined) {
      complaints.push(letter);
      before += `%${token}`;
      continue;
    }
    columns.push({
      before,
      width: Math.min(Number(digits), WIDEST),
      alignRight: point !== '',
      header: column.header,
      ...(column.neverCut === true ? { neverCut: true } : {}),
      value: (view) => column.value(view, context),
    });
    before = token.slice(whole.length);
  }
  return { layout: { columns, after: before }, complaints };
}

/** Reads -O: `name[:[.][width][suffix]]`, joined by commas; 20 wide where nothing is said. */
export function readFields(format: string, context: ListingContext): ReadFormat {
  const columns: Column<JobView>[] = [];
  const complaints: string[] = [];
  let before = '';
  const parts = format.split(',').filter((text) => text !== '');
  for (const part of parts.slice(0, MOST_COLUMNS)) {
    const [, name = '', mark, point = '', sign = '', digits = '', suffix = ''] =
      /^([^:]*)(:)?(\.?)(-?)(\d*)(.*)$/s.exec(part) ?? [];
    const column = FIELDS.get(name.trim().toLowerCase());
    if (column === undefined) {
      complaints.push(part);
      continue;
    }
    const width = mark === undefined ? FIELD_WIDTH : Number(digits);
    columns.push({
      before,
      // A width below nothing neither cuts nor fills: the value and a blank (O-widths).
      width: sign === '' ? Math.min(width, WIDEST) : 0,
      alignRight: point !== '',
      header: column.header,
      ...(column.neverCut === true ? { neverCut: true } : {}),
      value: (view) => column.value(view, context),
    });
    before = sign === '' ? suffix : ` ${suffix}`;
  }
  return { layout: { columns, after: before }, complaints };
}
