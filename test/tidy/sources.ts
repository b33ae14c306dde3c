// The TypeScript files of the tree for the rules of this folder: text, and the same text with comments
// or literals blanked (same length, same lines), so that plain regular expressions can look at code.

import * as fs from 'node:fs';
import * as path from 'node:path';

export const ROOT = new URL('../..', import.meta.url).pathname;

/** A file as the rules see it. */
export interface Source {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
  /** Comments blanked. */
  readonly uncommented: string;
  /** Comments and the insides of strings, templates and regular expressions blanked. */
  readonly code: string;
}

/** Every TypeScript file below a folder of the project. */
export function sourcesIn(folder: string): readonly Source[] {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?ts$/.test(name))
    .map((name) => path.join(folder, name))
    .toSorted()
    .map((name) => sourceOf(name, fs.readFileSync(path.join(ROOT, name), 'utf8')));
}

/** A file made of given text. */
export function sourceOf(name: string, text: string): Source {
  const spans = spansOf(text);
  const comments = spans.filter((span) => span.kind === 'comment');
  return { path: name, text, uncommented: blank(text, comments), code: blank(text, spans) };
}

/** `path:line` of an offset. */
export function placeOf(source: Source, offset: number): string {
  return `${source.path}:${source.text.slice(0, offset).split('\n').length}`;
}

/** Where a pattern is found: one finding a match. */
export function findAll(source: Source, text: string, pattern: RegExp, words: string): string[] {
  return [...text.matchAll(pattern)].map(
    (match) => `${placeOf(source, match.index)} ${words}: ${match[0].trim()}`,
  );
}

interface Span {
  readonly kind: 'comment' | 'literal';
  readonly from: number;
  readonly to: number;
}

function blank(text: string, spans: readonly Span[]): string {
  let result = '';
  let at = 0;
  for (const { from, to } of spans) {
    result += text.slice(at, from) + text.slice(from, to).replace(/[^\n]/g, ' ');
    at = to;
  }
  return result + text.slice(at);
}

/** Comments and insides of literals in order. Code inside `${}` of a template is code. */
function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  /** For each open template: how many braces are open inside its present `${}`. */
  const templates: number[] = [];
  let at = 0;
  const skipTemplate = (from: number) => {
    let end = from;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) {
      end += text[end] === '\\' ? 2 : 1;
    }
    spans.push({ kind: 'literal', from, to: end });
    if (text[end] === '`') return end + 1;
    templates.push(0);
    return end + 2;
  };
  while (at < text.length) {
    const char = text[at] ?? '';
    const open = templates.length - 1;
    const pattern = SPAN_STARTS.find(([start]) => text.startsWith(start, at));
    if (
      pattern !== undefined &&
      (char !== '/' || pattern[2] === 'comment' || startsRegex(text, at))
    ) {
      const [start, body, kind] = pattern;
      body.lastIndex = at + start.length;
      const end = body.exec(text)?.[0].length ?? 0;
      const from = kind === 'comment' ? at : at + 1;
      spans.push({ kind, from, to: at + start.length + end });
      at += start.length + end + (kind === 'comment' ? 0 : 1);
    } else if (char === '`') {
      at = skipTemplate(at + 1);
    } else if (open >= 0 && char === '}' && templates[open] === 0) {
      templates.pop();
      at = skipTemplate(at + 1);
    } else {
      if (open >= 0 && char === '{') templates[open] = (templates[open] ?? 0) + 1;
      if (open >= 0 && char === '}') templates[open] = (templates[open] ?? 0) - 1;
      at += 1;
    }
  }
  return spans;
}

/** What begins a span, what is inside it, and its kind; the longer beginnings first. */
const SPAN_STARTS: readonly (readonly [string, RegExp, Span['kind']])[] = [
  ['//', /.*/y, 'comment'],
  ['/*', /[^]*?\*\//y, 'comment'],
  ["'", /(\\.|[^'\\\n])*/y, 'literal'],
  ['"', /(\\.|[^"\\\n])*/y, 'literal'],
  ['/', /(\\.|\[(\\.|[^\]\\\n])*\]|[^/\\\n])*/y, 'literal'],
];

/** A slash begins a regular expression where a value may begin. */
function startsRegex(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 20), at).trimEnd();
  return before === '' || /([=(,:;[!&|?{}+\n]|=>|\breturn|\bcase|\bof|\bin)$/.test(before);
}
