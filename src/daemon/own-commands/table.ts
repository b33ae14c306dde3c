// Rows as text for people: columns as wide as their widest cell, numbers to the right. Never prints
// a control character that a user put into a name.

import { visible } from '../../dialects/kit/control-characters.ts';

/** A cell: text is one character a byte; undefined is shown as a dash. */
export type Cell = string | number | undefined;

/** A table with its line of headers; `none` instead when there are no rows. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
  none: string,
): string {
  if (rows.length === 0) return `${none}\n`;
  const lines = rows.map((row) => row.map((cell) => visible(String(cell ?? '-'))));
  const widths = headers.map((header, at) =>
    lines.reduce((width, line) => Math.max(width, line[at]?.length ?? 0), header.length),
  );
  const isNumber = headers.map((_, at) => rows.every((row) => typeof row[at] === 'number'));
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((text, at) => {
        const width = widths[at] ?? 0;
        return isNumber[at] ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return `${[headers, ...lines].map(lineOf).join('\n')}\n`;
}
