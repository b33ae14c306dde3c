// The real C shim against the real door, with small dialogs in place of the dialects.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, write } from '../../src/dialects/kit/dialog.ts';
import { ended, makeDoor, shimFolder, start, temporaryFolder } from '../support/shim-door.ts';

const folder = temporaryFolder();
const socketPath = path.join(folder, 's');
const shims = shimFolder('plain', folder);

const sbatch: Program = function* () {
  yield* write('stdout', 'Submitted batch job 42\n');
  return 0;
};
const door = makeDoor(socketPath, { sbatch });
beforeAll(() => door.start());
afterAll(() => door.stop().then(() => fs.rmSync(folder, { recursive: true })));

describe('smoke', () => {
  it('prints', async () => {
    const result = await ended(start(socketPath, path.join(shims, 'sbatch')));
    expect(result).toMatchObject({ stdout: 'Submitted batch job 42\n', stderr: '', status: 0 });
  });
});
