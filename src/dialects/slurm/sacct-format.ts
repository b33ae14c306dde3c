// The table of sacct: its columns out of --format, its header, its lines. Fixed columns end in a
// blank and mark a cut value with `+`; -p and -P put a delimiter between.

import { cell } from '../kit/columns.ts';
import {
  ACCOUNTING_FIELDS,
  type AccountingContext,
  type AccountingField,
  fieldNamed,
} from './accounting-fields.ts';
import type { AccountingRow } from './accounting-rows.ts';

/** Wider columns and more of them are cut: a line stays below 300 kB. */
const WIDEST = 1024;
const MOST_COLUMNS = 256;

/** Without --format. */
export const DEFAULT_FIELDS = 'jobid,jobname,partition,account,alloccpus,state,exitcode';
/** --brief. */
export const BRIEF_FIELDS = 'jobid,state,exitcode';
/** --long. */
export const LONG_FIELDS =
  'jobid,jobidraw,jobname,partition,maxvmsize,maxvmsizenode,maxvmsizetask,avevmsize,maxrss,' +
  'maxrssnode,maxrsstask,averss,maxpages,maxpagesnode,maxpagestask,avepages,mincpu,mincpunode,' +
  'mincputask,avecpu,ntasks,alloccpus,elapsed,state,exitcode,avecpufreq,reqcpufreqmin,' +
  'reqcpufreqmax,reqcpufreqgov,reqmem,consumedenergy,maxdiskread,maxdiskreadnode,maxdiskreadtask,' +
  'avediskread,maxdiskwrite,maxdiskwritenode,maxdiskwritetask,avediskwrite,reqtres,alloctres,' +
  'tresusageinave,tresusageinmax,tresusageinmaxnode,tresusageinmaxtask,tresusageinmin,' +
  'tresusageinminnode,tresusageinmintask,tresusageintot,tresusageoutmax,tresusageoutmaxnode,' +
  'tresusageoutmaxtask,tresusageoutave,tresusageouttot';

/** A field with the width and side that --format gave it. */
export interface AccountingColumn {
  readonly field: AccountingField;
  readonly width: number;
  readonly alignRight: boolean;
}

/** The columns of `jobid,state%20,comment%-5`; a string is the field that is none. */
export function readAccountingFormat(format: string): readonly AccountingColumn[] | string {
  const chosen: AccountingField[] = [];
  // A width belongs to the field: the last one that was given holds for all its columns.
  const shapes = new Map<AccountingField, { width: number; alignRight: boolean }>();
  for (const part of format.split(',').filter((text) => text !== '')) {
    const [name = '', shape] = part.split('%');
    if (/^all$/i.test(name)) {
      chosen.push(...ACCOUNTING_FIELDS.filter((field) => field.hidden !== true));
      continue;
    }
    const field = fieldNamed(name);
    if (field === undefined) return name;
    chosen.push(field);
    if (shape === undefined) continue;
    const width = Number.parseInt(shape, 10) || 0;
    shapes.set(field, { width: Math.min(Math.abs(width), WIDEST), alignRight: width >= 0 });
  }
  return chosen.slice(0, MOST_COLUMNS).map((field) => ({
    field,
    ...(shapes.get(field) ?? { width: field.width, alignRight: field.alignLeft !== true }),
  }));
}

/** How lines are written. */
export interface LineStyle {
  /** undefined: columns of fixed width. */
  readonly delimiter: string | undefined;
  /** -p: one behind the last column too. */
  readonly ends: boolean;
}

/** The header: names, and for fixed columns a line of dashes. */
export function headerText(columns: readonly AccountingColumn[], style: LineStyle): string {
  if (style.delimiter !== undefined) {
    return line(
      columns.map(({ field }) => field.name),
      style,
    );
  }
  const names = columns.map((column) => `${filled(column, column.field.name, '')} `).join('');
  const dashes = columns.map(({ width }) => `${'-'.repeat(width)} `).join('');
  return `${names}\n${dashes}\n`;
}

/** One row. */
export function rowText(
  columns: readonly AccountingColumn[],
  style: LineStyle,
  row: AccountingRow,
  context: AccountingContext,
): string {
  const values = columns.map(({ field }) => field.value(row, context));
  if (style.delimiter !== undefined) return line(values, style);
  let text = '';
  columns.forEach((column, i) => {
    text += `${filled(column, values[i] ?? '', '+')} `;
  });
  return `${text}\n`;
}

/** --helpformat: four names a line. */
export function fieldList(): string {
  const names = ACCOUNTING_FIELDS.filter((field) => field.hidden !== true);
  return names
    .map(({ name }, i) => name.padEnd(19) + (i % 4 === 3 || i === names.length - 1 ? '\n' : ' '))
    .join('');
}

function filled(column: AccountingColumn, text: string, cutMark: string): string {
  return column.width === 0 ? '' : cell({ ...column, cutMark }, text);
}

function line(values: readonly string[], { delimiter = '', ends }: LineStyle): string {
  return `${values.join(delimiter)}${ends ? delimiter : ''}\n`;
}
