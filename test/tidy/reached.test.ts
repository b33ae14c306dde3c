// Nothing lies about unused: every file of src is reached by imports from a program of src/bin, from
// the entry of a thread, or has its reason below.

import * as path from 'node:path';
import { expect, test } from 'vitest';
import { type Source, sourcesIn } from './sources.ts';

/** Where a program or a thread begins. */
const ENTRY = /^src\/(bin\/.*|.*-thread)\.ts$/;

/** Reached in another way. */
const LISTED: Readonly<Record<string, string>> = Object.fromEntries(
  ['batch', 'lsf', 'slurm'].map((dialect) => [
    `src/dialects/${dialect}/compatibility.ts`,
    'writes the committed COMPATIBILITY.md when a test of the dialect is told to (BLESS=1)',
  ]),
);

function reached(all: readonly Source[]): Set<string> {
  const byPath = new Map(all.map((source) => [source.path, source]));
  const found = new Set<string>();
  const open = all
    .map((source) => source.path)
    .filter((name) => ENTRY.test(name) || name in LISTED);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const source = byPath.get(name);
    if (source === undefined || found.has(name)) continue;
    found.add(name);
    for (const [, from = ''] of source.uncommented.matchAll(/['"](\.\.?\/[^'"\n]+\.ts)['"]/g)) {
      open.push(path.join(path.dirname(name), from));
    }
  }
  return found;
}

test('every file of src is reached from a program', () => {
  const all = sourcesIn('src');
  const found = reached(all);
  expect(all.map((source) => source.path).filter((name) => !found.has(name))).toEqual([]);
});
