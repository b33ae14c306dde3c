// The committed COMPATIBILITY.md is what the tables say; BLESS=1 writes it anew.

import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { expect, test } from 'vitest';
import { batchCompatibility } from '../../../src/dialects/batch/compatibility.ts';
import { OPERATIONS } from '../../../src/dialects/batch/operations.ts';

const FILE = path.join(import.meta.dirname, '../../../src/dialects/batch/COMPATIBILITY.md');

test('COMPATIBILITY.md is in step with the tables', () => {
  if (process.env['BLESS'] === '1') writeFileSync(FILE, batchCompatibility());
  expect(readFileSync(FILE, 'utf8')).toBe(batchCompatibility());
});

test('every one of the 45 operations has a row', () => {
  expect(new Set(OPERATIONS.map(({ name }) => name)).size).toBe(45);
});
