// `npm test`: the rules of the workshop first, then everything but what takes long
// (vitest.ci.config.ts). What only root can run is left out for others, and said so.

import * as fs from 'node:fs';
import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;
const ROOT_ONLY = 'test/e2e/root';
const LONG = ['test/**/*.ci.test.ts', 'test/**/*.soak.test.ts'];
const isRoot = process.getuid?.() === 0;

if (!isRoot && process.env['VITEST_POOL_ID'] === undefined) {
  const files = fs.readdirSync(`${root}/${ROOT_ONLY}`, { recursive: true, encoding: 'utf8' });
  const count = files.filter((name) => name.endsWith('.test.ts')).length;
  process.stderr.write(`Not root: ${count} files of ${ROOT_ONLY} did not run.\n`);
}

const shared = {
  root,
  testTimeout: 30_000,
  hookTimeout: 30_000,
  exclude: isRoot ? LONG : [...LONG, `${ROOT_ONLY}/**`],
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'tidy',
          include: ['test/tidy/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'behaviour',
          include: ['test/{unit,scenario,dialect,contract,simulation,e2e}/**/*.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
