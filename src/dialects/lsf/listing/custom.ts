// `bjobs -o`: `field[:[-][width][:unit]] … [delimiter='c']`, compiled once into a function of a
// job.

import type { JobView } from '../../../model/view.ts';
import { left, right, tail } from './cells.ts';
import { type Field, FIELDS, type FieldSettings } from './fields.ts';

/** One column as asked for. */
export interface Column {
  readonly field: Field;
  /** Absent: as wide as the value. */
  readonly width?: number;
  readonly isRight: boolean;
}

/** What -o asks for. */
export interface CustomFormat {
  readonly columns: readonly Column[];
  readonly delimiter: string;
}

/** Reads the value of -o; a string is LSF's complaint. */
export function readFormat(text: string): CustomFormat | string {
  const { rest, delimiter } = takeDelimiter(text);
  const columns: Column[] = [];
  for (const word of rest
    .trim()
    .split(/\s+/)
    .filter((one) => one !== '')) {
    const parts = /^([^:]+)(?::(-)?(\d*)(?::[A-Za-z]+)?)?$/.exec(word);
    const field = FIELDS.get((parts?.[1] ?? '').toLowerCase());
    if (parts === null || field === undefined) return `${parts?.[1] ?? word}: Illegal field name`;
    const hasColon = word.includes(':');
    const width = parts[3] ? Number(parts[3]) : hasColon ? field.width : undefined;
    if (width !== undefined && width > 4096) return `${word}: Illegal output width`;
    columns.push({
      field,
      isRight: parts[2] === '-',
      ...(width === undefined || width === 0 ? {} : { width }),
    });
  }
  return columns.length === 0 ? 'The output format is empty' : { columns, delimiter };
}

function takeDelimiter(text: string): { rest: string; delimiter: string } {
  const found = /\bdelimiter=(?:"([^"])"|'([^'])'|(\S))/.exec(text);
  if (found === null) return { rest: text, delimiter: ' ' };
  const delimiter = found[1] ?? found[2] ?? found[3] ?? ' ';
  return { rest: text.replace(found[0], ' '), delimiter };
}

/** The header line. */
export function customHeader({ columns, delimiter }: CustomFormat): string {
  const cells = columns.map((column) => cell(column, column.field.name.toUpperCase(), false));
  return `${cells.join(delimiter)}\n`;
}

/** A row for each job. */
export function customRow(
  { columns, delimiter }: CustomFormat,
  settings: FieldSettings,
): (view: JobView) => string {
  return (view) => {
    let line = '';
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as Column;
      const value = column.field.value(view, settings) || '-';
      line += (i === 0 ? '' : delimiter) + cell(column, value, true);
    }
    return `${line}\n`;
  };
}

function cell({ width, isRight, field }: Column, text: string, mayCutHead: boolean): string {
  if (width === undefined) return text;
  if (isRight) return right(text, width);
  return mayCutHead && field.isCutAtHead ? tail(text, width) : left(text, width);
}

/** A record of `-json`: all values are strings. */
export function jsonRow(
  { columns }: CustomFormat,
  settings: FieldSettings,
): (view: JobView) => string {
  return (view) =>
    jsonRecord(
      columns.map(({ field }) => [field.name.toUpperCase(), field.value(view, settings)] as const),
    );
}

/** The record that stands for an id that is not known. */
export function jsonError(id: string): string {
  return jsonRecord([
    ['JOBID', id],
    ['ERROR', `Job <${id}> is not found`],
  ]);
}

function jsonRecord(pairs: readonly (readonly [name: string, value: string])[]): string {
  const lines = pairs.map(([name, value]) => `      ${quoted(name)}:${quoted(value)}`);
  return `    {\n${lines.join(',\n')}\n    }`;
}

/** LSF escapes slashes too. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('/', '\\/');
}

/** What stands before the records. */
export function jsonHead(records: number): string {
  return `{\n  "COMMAND":"bjobs",\n  "JOBS":${records},\n  "RECORDS":[${records === 0 ? '' : '\n'}`;
}

/** What stands behind the records. */
export function jsonTail(records: number): string {
  return records === 0 ? ']\n}\n' : '\n  ]\n}\n';
}
