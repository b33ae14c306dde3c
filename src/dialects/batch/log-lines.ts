// The lines of a job's output as pages of events, by byte offsets. A token says where the next page
// begins (`f/OFFSET`) or where the one before it ends (`b/OFFSET`): it holds for output that grows.
// Never splits a line but one that is longer than a page.

import type { OutputPart } from '../kit/dialog.ts';

/** What AWS puts into a page. */
export const PAGE_BYTES = 1024 * 1024;
export const PAGE_LINES = 10_000;

/** Whole lines without their ends, and the bytes that they are of the output. */
export interface Lines {
  readonly texts: readonly string[];
  readonly from: number;
  readonly until: number;
}

/** A place in the output, from where to read in which direction. */
export type Place = { readonly from: number } | { readonly until: number | undefined };

const NEWLINE = 10;

/** The place of a token; undefined where it is none of ours. */
export function placeOf(token: string): Place | undefined {
  const [, direction, digits] = /^([fb])\/([0-9]{1,15})$/.exec(token) ?? [];
  if (digits === undefined) return undefined;
  return direction === 'f' ? { from: Number(digits) } : { until: Number(digits) };
}

/**
 * The first lines of a part, or its last ones. The last line of output that still grows is left for
 * later; one that is longer than the part is cut.
 */
export function linesIn(
  part: OutputPart,
  { which, most, grows }: { which: 'first' | 'last'; most: number; grows: boolean },
): Lines {
  const ends = lineEnds(part, grows);
  const start = which === 'last' && part.from > 0 && ends.length > 1 ? 1 : 0;
  const starts = [0, ...ends.slice(0, -1)];
  const lines = ends.map((end, i) => ({ start: starts[i] ?? 0, end })).slice(start);
  const chosen = which === 'first' ? lines.slice(0, most) : lines.slice(-most);
  const edge = which === 'first' ? 0 : part.bytes.length;
  return {
    texts: chosen.map((line) => textOf(part.bytes, line)),
    from: part.from + (chosen[0]?.start ?? edge),
    until: part.from + (chosen.at(-1)?.end ?? edge),
  };
}

/** Where lines end, each behind its newline. */
function lineEnds({ from, bytes, size }: OutputPart, grows: boolean): number[] {
  const ends: number[] = [];
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    ends.push(at + 1);
  }
  const isLast = from + bytes.length >= size;
  const isCut = !isLast && ends.length === 0;
  const hasRest = bytes.length > (ends.at(-1) ?? 0);
  if (hasRest && (isCut || (isLast && !grows))) ends.push(bytes.length);
  return ends;
}

function textOf(bytes: Uint8Array, { start, end }: { start: number; end: number }): string {
  const last = bytes[end - 1] === NEWLINE ? end - 1 : end;
  return Buffer.from(bytes.subarray(start, last)).toString('utf8');
}
