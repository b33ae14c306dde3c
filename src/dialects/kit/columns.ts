// Cells of listings, cut and filled to a width. A layout is made once and then applied to every
// row, so that a listing of 100,000 jobs parses its format once.

/** One column of a layout: text in front, a value, its width. */
export interface Column<Row> {
  /** Literal text in front of the cell. */
  readonly before: string;
  /** 0: as wide as the value. */
  readonly width: number;
  readonly alignRight: boolean;
  /** What marks a cut value in its last place. */
  readonly cutMark?: string;
  /** A value that is too long stays whole. */
  readonly neverCut?: boolean;
  readonly header: string;
  readonly value: (row: Row) => string;
}

/** Columns and what stands behind the last one. */
export interface Layout<Row> {
  readonly columns: readonly Column<Row>[];
  readonly after: string;
}

/** One row's line, without a line end. */
export function formatRow<Row>(layout: Layout<Row>, row: Row): string {
  let line = '';
  for (const column of layout.columns) line += column.before + cell(column, column.value(row));
  return line + layout.after;
}

/** The line of headers. */
export function formatHeader<Row>(layout: Layout<Row>): string {
  let line = '';
  for (const column of layout.columns) {
    line += column.before + cell({ ...column, neverCut: false }, column.header);
  }
  return line + layout.after;
}

/** `text` cut and filled to the column's width. */
export function cell(
  column: Pick<Column<never>, 'width' | 'alignRight' | 'cutMark' | 'neverCut'>,
  text: string,
): string {
  const { width } = column;
  if (width === 0) return text;
  if (text.length > width) {
    if (column.neverCut === true) return text;
    const mark = column.cutMark ?? '';
    return text.slice(0, width - mark.length) + mark;
  }
  return column.alignRight ? text.padStart(width) : text.padEnd(width);
}
