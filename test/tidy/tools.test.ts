// Types, lint and format, as the tools see the tree.

import { expect, test } from 'vitest';
import { runTool } from './tool.ts';

const LIMIT_MS = 120_000;

test.concurrent.each<[string, string, readonly string[]]>([
  ['src type-checks', 'tsc', ['--noEmit', '-p', 'tsconfig.json']],
  ['test type-checks', 'tsc', ['-p', 'test/tsconfig.json']],
  ['lint finds nothing', 'oxlint', ['-c', 'test/tidy/oxlint.json', '--type-aware', 'src', 'test']],
  [
    'everything is formatted',
    'biome',
    ['format', '--config-path', 'test/tidy/format.json', 'src', 'test'],
  ],
])('%s', { timeout: LIMIT_MS }, async (_, tool, args) => {
  expect(await runTool(tool, ...args)).toMatchObject({ status: 0 });
});
