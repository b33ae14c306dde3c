// Finds the functions of a file by their braces: no parser, so a body is what stands between the `{`
// behind a parameter list (or an arrow) and its `}`.

import type { Source } from './sources.ts';

/** What the size rules look at. */
export interface FunctionShape {
  /** The nearest name before the parameters; `arrow` where there is none. */
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  readonly parameters: number;
  /** Control blocks inside of one another, those of functions inside not counted. */
  readonly nesting: number;
}

type Block = {
  readonly kind: 'function';
  readonly from: number;
  readonly head: Head;
  nesting: number;
};
type Open = Block | { readonly kind: 'control' | 'other' };

interface Head {
  readonly name: string;
  readonly parameters: number;
}

const CONTROL_WORDS = /^(if|for|while|switch|catch|with|await)$/;

/** Every function with a body, and every arrow function without one. */
export function functionsOf({ code }: Source): FunctionShape[] {
  const shapes: FunctionShape[] = [];
  const open: Open[] = [];
  const lineAt = lineCounter(code);
  for (const { index, 0: brace } of code.matchAll(/[{}]/g)) {
    if (brace === '{') {
      const block = openBlock(code, index);
      open.push(block);
      if (block.kind === 'control') countNesting(open);
      continue;
    }
    const closed = open.pop();
    if (closed?.kind !== 'function') continue;
    const line = lineAt(closed.from);
    shapes.push({
      ...closed.head,
      line,
      lines: lineAt(index) - line + 1,
      nesting: closed.nesting,
    });
  }
  for (const { index } of code.matchAll(/\)\s*(:[^;{}()=]*)?=>\s*[^{\s]/g)) {
    const head = headEndingAt(code, index);
    if (head !== undefined) shapes.push({ ...head, line: lineAt(index), lines: 1, nesting: 0 });
  }
  return shapes;
}

function openBlock(code: string, at: number): Open {
  const before = code.slice(Math.max(0, at - 400), at);
  const start = Math.max(0, at - 400);
  if (/\b(else|try|finally|do|catch)\s*$/.test(before)) return { kind: 'control' };
  const arrow = /=>\s*$/.test(before);
  const signature = /\)\s*(:\s*[^;{}()]*(\([^()]*\)[^;{}()]*)*)?(=>)?\s*$/.exec(before);
  if (signature === null) {
    const head: Head = { name: 'arrow', parameters: 1 };
    return arrow ? { kind: 'function', from: at, head, nesting: 0 } : { kind: 'other' };
  }
  const head = headEndingAt(code, start + signature.index);
  if (head === undefined) return { kind: 'control' };
  return { kind: 'function', from: at, head, nesting: 0 };
}

/** The function whose parameter list ends with the `)` at `end`; undefined for `if (…)` and its like. */
function headEndingAt(code: string, end: number): Head | undefined {
  let depth = 0;
  let commas = 0;
  let at = end;
  for (; at >= 0; at--) {
    const char = code[at] ?? '';
    if (/[)\]}]/.test(char)) depth += 1;
    if (/[([{]/.test(char)) depth -= 1;
    if (depth === 0) break;
    if (char === ',' && depth === 1 && !insideAngles(code, at)) commas += 1;
  }
  const word = /([A-Za-z_$#][\w$]*)?\s*(<[^()]*>)?\s*$/.exec(code.slice(Math.max(0, at - 200), at));
  const name = word?.[1] ?? 'arrow';
  if (CONTROL_WORDS.test(name)) return undefined;
  const inside = code.slice(at + 1, end).trim();
  const trailing = inside.endsWith(',') ? 1 : 0;
  return { name, parameters: inside === '' ? 0 : commas + 1 - trailing };
}

/** A comma inside `Map<A, B>` parts no parameters. */
function insideAngles(code: string, at: number): boolean {
  return /<[^<>(){};=]*$/.test(code.slice(Math.max(0, at - 120), at));
}

function countNesting(open: readonly Open[]): void {
  const last = open.findLastIndex((block) => block.kind === 'function');
  const block = open[last];
  if (block?.kind !== 'function') return;
  const depth = open.slice(last + 1).filter((each) => each.kind === 'control').length;
  block.nesting = Math.max(block.nesting, depth);
}

function lineCounter(code: string): (offset: number) => number {
  const starts = [0];
  for (const { index } of code.matchAll(/\n/g)) starts.push(index + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
