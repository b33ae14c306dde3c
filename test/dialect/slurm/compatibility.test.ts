// src/dialects/slurm/COMPATIBILITY.md says what the tables say. To write it anew: BLESS=1.

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { slurmCompatibility } from '../../../src/dialects/slurm/compatibility.ts';
import { SACCT_OPTIONS } from '../../../src/dialects/slurm/options/sacct.ts';
import { SBATCH_OPTIONS } from '../../../src/dialects/slurm/options/sbatch.ts';
import { SCANCEL_OPTIONS } from '../../../src/dialects/slurm/options/scancel.ts';
import { SQUEUE_OPTIONS } from '../../../src/dialects/slurm/options/squeue.ts';

const FILE = new URL('../../../src/dialects/slurm/COMPATIBILITY.md', import.meta.url);
const HELP = new URL('./15-help/', import.meta.url);

test('COMPATIBILITY.md of Slurm is what the tables say', () => {
  if (process.env['BLESS'] === '1') writeFileSync(FILE, slurmCompatibility());
  expect(readFileSync(FILE, 'utf8')).toBe(slurmCompatibility());
});

describe.each([
  ['sbatch', SBATCH_OPTIONS],
  ['squeue', SQUEUE_OPTIONS],
  ['scancel', SCANCEL_OPTIONS],
  ['sacct', SACCT_OPTIONS],
] as const)('%s', (command, rows) => {
  test('has a row for every option that the original lists in its help', () => {
    const help = readFileSync(new URL(`${command}--help/stdout`, HELP), 'utf8');
    const listed = [...help.matchAll(/^\s*(?:-\w,? +)?--([A-Za-z][\w-]+)/gm)].map(
      (match) => match[1],
    );
    const known = rows.map((row) => row.long);
    expect(listed.length).toBeGreaterThan(10);
    // Some stand there in an abbreviation.
    const missing = listed.filter((name = '') => !known.some((long) => long?.startsWith(name)));
    expect(missing).toEqual([]);
  });

  test('gives no name and no letter to two options', () => {
    const names = rows.flatMap((row) => [row.long, row.short]).filter((name) => name !== undefined);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  test('sets something for every option that it calls full', () => {
    const idle = rows.filter((row) => row.support.kind === 'full' && row.set === undefined);
    expect(idle.map((row) => row.long)).toEqual([]);
  });
});
