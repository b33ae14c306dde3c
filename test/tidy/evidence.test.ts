// The option tables of the dialects: what is said to behave like the original names what shows it,
// and a captured case that is named lies under test/dialect.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, sourcesIn } from './sources.ts';

interface FoundRow {
  readonly file: string;
  readonly name: string;
  readonly support: Readonly<Record<string, unknown>>;
}

/** Every row that a module exports, in whatever tables. */
function rowsIn(file: string, value: unknown, seen = new Set<unknown>()): FoundRow[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  const row = value as Readonly<Record<string, unknown>>;
  const support = row['support'];
  const inner = Object.entries(row).flatMap(([key, part]) =>
    rowsIn(file, part, seen).map((found) => (found.name === '?' ? { ...found, name: key } : found)),
  );
  if (typeof support !== 'object' || support === null || !('kind' in support)) return inner;
  const name = [row['long'], row['short'], row['name']].find((one) => typeof one === 'string');
  return [{ file, name: name ?? '?', support: { ...support } }, ...inner];
}

/** What is wrong with a row; `cases` are the captured ones of its dialect. */
function wrongRow({ file, name, support }: FoundRow, cases: ReadonlySet<string>): string[] {
  const { kind, evidence, note } = support;
  const finding = (words: string) => `${file} ${name} ${words}`;
  if (kind === 'full') {
    if (!isSaid(evidence)) return [finding('has no evidence')];
    return missingCases(evidence, cases).map((each) =>
      finding(`names ${each}, which is not there`),
    );
  }
  if (kind !== 'accepted' && kind !== 'refused') return [finding(`is ${String(kind)}`)];
  return isSaid(note) ? [] : [finding('has no note')];
}

function isSaid(words: unknown): words is string {
  return typeof words === 'string' && words.trim().length >= 4;
}

/**
 * Evidence such as `02-sbatch-options/nice-*, nice-bad, 07-array` names captured cases: a section with
 * a case, a case of the section before, a whole section; a star for any end.
 */
function missingCases(evidence: string, cases: ReadonlySet<string>): string[] {
  if (!/^\d\d-/.test(evidence)) return [];
  let section = '';
  // Behind a colon, and in more words than one, something is remarked.
  const named = evidence.split(/[,;] */).map((part) => part.replace(/:.*$/s, '').trim());
  return named.filter((part) => {
    if (/\s/.test(part) || part === '') return false;
    const [first = '', second] = part.split('/');
    const isSection = /^\d\d-/.test(first);
    if (isSection) section = first;
    const wanted = `${section}/${isSection ? (second ?? '*') : first}`;
    const start = wanted.replace(/\*.*$/, '');
    return ![...cases].some((each) =>
      start === wanted ? each === wanted : each.startsWith(start),
    );
  });
}

/** `<section>/<case>` of each folder below test/dialect/<dialect>. */
function casesOf(dialect: string): Set<string> {
  const folder = path.join(ROOT, 'test/dialect', dialect);
  if (!fs.existsSync(folder)) return new Set();
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Set(names.map((name) => name.split('/').slice(0, 2).join('/')));
}

const modules = sourcesIn('src/dialects').filter((source) =>
  /\bsupport\b|full\(/.test(source.code),
);

describe.each(['slurm', 'lsf', 'batch'])('the options of %s', (dialect) => {
  const own = modules.filter((source) => source.path.startsWith(`src/dialects/${dialect}/`));

  test('have evidence where they are full, and a note where they are not', async () => {
    const cases = casesOf(dialect);
    const exports = await Promise.all(
      own.map(async (source) => [source.path, await import(path.join(ROOT, source.path))] as const),
    );
    const rows = exports.flatMap(([file, module]) => rowsIn(file, { ...module }));
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.flatMap((row) => wrongRow(row, cases))).toEqual([]);
  });
});

describe('the rule notices', () => {
  const row = (support: Record<string, unknown>): FoundRow[] =>
    rowsIn('a.ts', { A: [{ long: 'x', support }] });
  const cases = new Set(['01-sbatch-basic/wrap']);

  test.each<[string, FoundRow[]]>([
    ['missing evidence', row({ kind: 'full', evidence: '' })],
    ['a case that is not there', row({ kind: 'full', evidence: '01-sbatch-basic/wrap, gone' })],
    ['a section that is not there', row({ kind: 'full', evidence: '07-array' })],
    ['a missing note', row({ kind: 'accepted' })],
    ['an unknown kind', row({ kind: 'partly', note: 'half of it' })],
  ])('%s', (_, rows) => {
    expect(rows.flatMap((found) => wrongRow(found, cases))).toHaveLength(1);
  });

  test.each([
    '01-sbatch-basic/wrap',
    '01-sbatch-basic',
    '01-sbatch-basic/wr*, wrap: both, so to say',
    'man sbatch',
  ])('nothing in %j', (evidence) => {
    const rows = row({ kind: 'full', evidence });
    expect(rows.flatMap((found) => wrongRow(found, cases))).toEqual([]);
  });
});
