// The only way to leave a test out: where a program that it needs is not installed, or it is not root
// that runs it. What is left out is counted as skipped in the summary; .ci/run allows none.

import { spawnSync } from 'node:child_process';
import { describe, test } from 'vitest';

/** Whether root runs the tests. */
export const isRoot = process.getuid?.() === 0;

/** A `describe` that runs for root alone. */
export const describeAsRoot = describe.runIf(isRoot);

/** A `test` that runs for root alone. */
export const testAsRoot = test.runIf(isRoot);

/** A `describe` that runs where all these programs are on the path. */
export function describeWith(...programs: readonly string[]): typeof describeAsRoot {
  return describe.runIf(programs.every(isInstalled));
}

function isInstalled(program: string): boolean {
  return (
    spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' }).status === 0
  );
}
