// What the launcher promises its client, as root and as an ordinary user. The program is the one
// built under the sanitizers, so any misuse of memory ends it and the test.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LauncherUnderTest } from '../support/launcher.ts';

let launcher: LauncherUnderTest;
beforeAll(async () => {
  launcher = await LauncherUnderTest.open();
}, 60_000);
afterAll(() => launcher.close());

describe('an attempt that ends', () => {
  it('reports the exit code of the script', async () => {
    const end = await launcher.run('echo hello; exit 7');
    expect(end.outcome).toEqual({ kind: 'exited', code: 7 });
    expect(launcher.output(end)).toBe('hello\n');
    expect(end.cause).toBe(0);
    expect(launcher.said).toEqual([]);
  });

  it('reports the signal that ended it', async () => {
    const end = await launcher.run('kill -KILL $$');
    expect(end.outcome).toEqual({ kind: 'signaled', signal: 9, coreDumped: false });
  });
});
