// Needs root, to be two users at once: identity comes from the kernel, whatever the caller says.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '../../../src/model/user.ts';
import { ended, makeDoor, shimFolder, start, temporaryFolder } from '../../support/shim-door.ts';

const folder = temporaryFolder();
const socketPath = path.join(folder, 's');
const shim = path.join(shimFolder('plain', folder), 'sbatch');
const NOBODY = { uid: 65534, gid: 65534 };
let asked: Identity | undefined;

const door = makeDoor(socketPath, {
  // biome-ignore lint/correctness/useYield: it needs nothing
  *sbatch(call) {
    asked = call.identity;
    return 0;
  },
});

beforeAll(() => door.start());
afterAll(async () => {
  await door.stop();
  fs.rmSync(folder, { recursive: true });
});

describe('who asks', () => {
  it('is told by the kernel, not by environment or arguments', async () => {
    const env = { USER: 'root', LOGNAME: 'root', HOME: '/root', UID: '0' };
    const lies = ['--uid=0', '--gid=0', '-U', 'root'];
    await ended(start(socketPath, shim, lies, { ...NOBODY, env }));
    expect(asked).toMatchObject({ ...NOBODY, administrator: false });
    await ended(start(socketPath, shim, ['--uid=65534']));
    expect(asked).toMatchObject({ uid: 0, administrator: true });
  });

  it('is the real user even as root of a user namespace', async () => {
    const command = ['unshare', '--user', '--map-root-user', shim];
    const child = start(socketPath, '/usr/bin/env', command, NOBODY);
    expect(await ended(child)).toMatchObject({ stderr: '', status: 0 });
    expect(asked).toMatchObject({ ...NOBODY, administrator: false });
  });

  it('cannot connect where only the daemon may', async () => {
    const own = path.join(folder, 'own');
    const closed = makeDoor(own, {}, {}, { socketMode: 0o600 });
    await closed.start();
    const env = { SPILLWAY_CONNECT_TIMEOUT: '0' };
    const { stderr, status } = await ended(start(own, shim, [], { ...NOBODY, env }));
    expect(stderr).toContain('Unable to contact slurm controller');
    expect(status).toBe(1);
    await closed.stop();
  });
});
