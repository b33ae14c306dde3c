// The shim when no daemon answers: each dialect's words, status and patience.
// The Slurm texts and statuses are captured from Slurm 22.05.8 with its daemons down.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  ended,
  makeDoor,
  shimFolder,
  shimNames,
  start,
  temporaryFolder,
  until,
} from '../support/shim-door.ts';

const folder = temporaryFolder();
const nowhere = path.join(folder, 'nobody');
const NO_CONTROLLER = 'Unable to contact slurm controller (connect failure)\n';
const NO_LSF = 'Cannot connect to LSF. Please wait ...\n';
const NO_DATABASE = [
  'sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection to host:localhost:6819: Connection refused\n',
  'sacct: error: Sending PersistInit msg: Connection refused\n',
  'sacct: error: Problem talking to the database: Connection refused\n',
].join('');

/** Runs a command that gives up after so many seconds. */
function runner(shims: string) {
  return (seconds: string, command: string, at = nowhere) => {
    const [name = '', ...args] = command.split(' ');
    const env = { SPILLWAY_CONNECT_TIMEOUT: seconds };
    return ended(start(at, path.join(shims, name), args, { env }));
  };
}

afterAll(() => fs.rmSync(folder, { recursive: true }));

describe.each(['plain', 'sanitized'] as const)('the %s shim without a daemon', (kind) => {
  const shims = shimFolder(kind, folder);
  const run = runner(shims);

  it.each([
    ['sbatch --wrap true', `sbatch: error: Batch job submission failed: ${NO_CONTROLLER}`, 1],
    ['squeue', `slurm_load_jobs error: ${NO_CONTROLLER}`, 1],
    ['scancel 5', `scancel: error: Kill job error on job id 5: ${NO_CONTROLLER}`, 8],
    ['scancel -n foo', `slurm_load_jobs error: ${NO_CONTROLLER}`, 1],
    ['scancel', `slurm_load_jobs error: ${NO_CONTROLLER}`, 1],
    ['sacct', NO_DATABASE, 1],
    ['bsub true', NO_LSF, 255],
    ['bjobs', NO_LSF, 255],
    ['bkill 5', NO_LSF, 255],
  ])('says the words of `%s` at once', async (command, stderr, status) => {
    const result = await run('0', command);
    expect(result).toMatchObject({ stdout: '', stderr, status });
    expect(result.ms).toBeLessThan(1000);
  });

  it('has words for every name that is linked', async () => {
    for (const name of shimNames()) {
      const { stderr, status } = await run('0', name);
      expect([name, status]).toEqual([name, name.startsWith('b') ? 255 : 1]);
      expect(stderr).toContain(name.startsWith('b') ? NO_LSF : 'onnect');
    }
  });

  it('names every id that scancel could not cancel', async () => {
    const each = (id: number) => `scancel: error: Kill job error on job id ${id}: ${NO_CONTROLLER}`;
    expect(await run('0', 'scancel 5 6')).toMatchObject({ stderr: each(5) + each(6), status: 8 });
  });

  it.each(['-1', '', 'ten'])('waits past a second with the limit `%s`', async (seconds) => {
    const socketPath = path.join(folder, `late${kind}${seconds}`);
    const env = { SPILLWAY_CONNECT_TIMEOUT: seconds };
    const child = start(socketPath, path.join(shims, 'bjobs'), [], { env });
    let complaint = '';
    child.stderr?.on('data', (chunk) => {
      complaint += chunk;
    });
    const over = ended(child);
    await until(() => complaint !== '', 'the first complaint');
    // biome-ignore lint/correctness/useYield: it needs nothing
    const door = makeDoor(socketPath, {
      *bjobs() {
        return 7;
      },
    });
    await door.start();
    expect(await over).toMatchObject({ status: 7, stderr: NO_LSF });
    await door.stop();
  });

  it('finds a socket that nobody listens on any more as silent as none', async () => {
    const left = path.join(folder, `left-${kind}`);
    const script = `require('net').createServer().listen('${left}', () => process.kill(process.pid, 'SIGKILL'))`;
    await ended(start(left, process.execPath, ['-e', script]));
    expect(fs.existsSync(left)).toBe(true);
    expect(await run('0', 'bjobs', left)).toMatchObject({ stderr: NO_LSF, status: 255 });
  });

  it('refuses a socket path over 107 bytes in a sentence', async () => {
    const longest = `/tmp/${'x'.repeat(102)}`;
    expect(await run('0', 'bjobs', longest)).toMatchObject({ stderr: NO_LSF, status: 255 });
    const words = 'the path of the socket (SPILLWAY_SOCKET) is longer than 107 bytes\n';
    const lsf = await run('0', 'bjobs', `${longest}x`);
    expect(lsf).toMatchObject({ stderr: `bjobs: ${words}`, status: 255 });
    const slurm = await run('0', 'sbatch', `${longest}x`);
    expect(slurm).toMatchObject({ stderr: `sbatch: error: ${words}`, status: 1 });
  });
});

describe('the patience of the shim', () => {
  const run = runner(path.join(folder, 'plain'));

  it('tries for as long as it is told, LSF saying so at each retry', async () => {
    const slurm = await run('1', 'squeue');
    expect(slurm.stderr).toBe(`slurm_load_jobs error: ${NO_CONTROLLER}`);
    expect(slurm.ms).toBeGreaterThan(900);
    expect(slurm.ms).toBeLessThan(3000);
    const lsf = await run('3', 'bjobs');
    expect(lsf.stderr).toBe(NO_LSF.repeat(2));
    expect(lsf.status).toBe(255);
    expect(lsf.ms).toBeGreaterThan(2900);
  });
});

describe('the door', () => {
  it('refuses a socket path over 107 bytes, which Node would cut', async () => {
    const door = makeDoor(`/tmp/${'x'.repeat(103)}`, {});
    await expect(door.start()).rejects.toMatchObject({ code: 'socketPathTooLong' });
    await door.stop();
  });
});
