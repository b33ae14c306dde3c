// Columns of whole numbers as bytes: each number as its difference to the one before, zigzag, in
// base 128, low digits first. Neighbours in a column are alike, so most take one byte. Times need
// more than 32 bits, so no bit operators. NaN (absent) is written as the escape below.

const ABSENT = 2 ** 50;

/** Appends the numbers; returns the position behind them. */
function packColumn(column: ArrayLike<number>, into: Buffer, from: number): number {
  let at = from;
  let before = 0;
  for (let i = 0; i < column.length; i++) {
    const number = column[i] as number;
    const value = Number.isNaN(number) ? ABSENT : Math.round(number);
    const step = value - before;
    before = value;
    let digits = step < 0 ? -2 * step - 1 : 2 * step;
    while (digits > 127) {
      into[at++] = (digits % 128) + 128;
      digits = Math.floor(digits / 128);
    }
    into[at++] = digits;
  }
  return at;
}

/** The columns, all of one length, one behind the other. Rounds; numbers are below 2^49, or NaN. */
export function packColumns(columns: readonly ArrayLike<number>[]): Buffer {
  let count = 0;
  for (const column of columns) count += column.length;
  const bytes = Buffer.allocUnsafe(count * 8);
  let at = 0;
  for (const column of columns) at = packColumn(column, bytes, at);
  return bytes.subarray(0, at);
}

/** Appends `count` numbers to each of the columns. */
export function unpackColumns(
  bytes: Uint8Array,
  count: number,
  columns: readonly number[][],
): void {
  let at = 0;
  for (const column of columns) {
    let before = 0;
    for (let i = 0; i < count; i++) {
      let digits = 0;
      let weight = 1;
      let byte = bytes[at++] as number;
      while (byte > 127) {
        digits += (byte - 128) * weight;
        weight *= 128;
        byte = bytes[at++] as number;
      }
      digits += byte * weight;
      before += digits % 2 === 1 ? -(digits + 1) / 2 : digits / 2;
      column.push(before === ABSENT ? Number.NaN : before);
    }
  }
}
