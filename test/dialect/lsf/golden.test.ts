// Every folder test/dialect/lsf/<command>/<case> holds a call and what must come of it.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runGolden } from '../../support/lsf-golden.ts';
import { SITUATIONS } from './situations.ts';

const ROOT = import.meta.dirname;

const cases = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(join(ROOT, name)).map((one) => `${name}/${one}`));

test.each(cases)('%s is answered as its golden file says', (name) => {
  const { origin, found, wanted } = runGolden(join(ROOT, name), SITUATIONS);
  expect(origin).not.toBe('');
  expect(found).toBe(wanted);
});

test('there are cases for every command', () => {
  for (const command of ['bsub', 'bjobs', 'bkill']) {
    expect(cases.filter((one) => one.startsWith(`${command}/`)).length).toBeGreaterThan(3);
  }
});
