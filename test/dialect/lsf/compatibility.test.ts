// COMPATIBILITY.md says what the tables say. `BLESS=1` writes it anew.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lsfCompatibility } from '../../../src/dialects/lsf/compatibility.ts';

const FILE = join(import.meta.dirname, '../../../src/dialects/lsf/COMPATIBILITY.md');

test('the file is what the tables give', () => {
  if (process.env['BLESS'] === '1') writeFileSync(FILE, lsfCompatibility());
  expect(readFileSync(FILE, 'utf8')).toBe(lsfCompatibility());
});
