// Text of a fixed width. A character that takes several bytes is never cut in its middle.

/** Cut at the end, or filled with blanks. */
export function left(text: string, width: number): string {
  if (text.length <= width) return text.padEnd(width);
  let end = width;
  while (end > 0 && isContinuation(text, end)) end--;
  return text.slice(0, end).padEnd(width);
}

/** Cut at the end, or filled with blanks in front. */
export function right(text: string, width: number): string {
  return text.length <= width ? text.padStart(width) : left(text, width);
}

/** Cut at the head, with `*` in place of what is gone. */
export function tail(text: string, width: number): string {
  if (text.length <= width) return text.padEnd(width);
  let start = text.length - width + 1;
  while (start < text.length && isContinuation(text, start)) start++;
  return `*${text.slice(start)}`.padEnd(width);
}

/** The same layout for a column in which rows mostly repeat the value above them. */
export function remembering(layOut: (text: string) => string): (text: string) => string {
  let last = '';
  let cell = layOut(last);
  return (text) => {
    if (text !== last) {
      cell = layOut(text);
      last = text;
    }
    return cell;
  };
}

function isContinuation(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xc0) === 0x80;
}
