// `npm run test:ci`: what takes long (kills, many seeds, real clients).

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.ci.test.ts'],
    testTimeout: 1_800_000,
    fileParallelism: false,
  },
});
