// `npm test`: everything but what takes long (vitest.ci.config.ts).

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/{unit,scenario,dialect,contract,simulation,e2e,tidy}/**/*.test.ts'],
    exclude: ['test/**/*.ci.test.ts', 'test/**/*.soak.test.ts'],
    testTimeout: 30_000,
  },
});
