// Kept output on a real file system: what is read of it, and when it goes.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { JobLogs } from '../../../src/daemon/job-logs.ts';
import type { ReadOutput } from '../../../src/dialects/batch/call.ts';
import { jobId } from '../../../src/model/ids.ts';

const DAY_MS = 86_400_000;
const uid = process.getuid?.() ?? 0;
let directory: string;
let logs: JobLogs;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'job-logs-'));
  fs.mkdirSync(path.join(directory, 'logs'));
  fs.mkdirSync(path.join(directory, 'run/1.1'), { recursive: true });
  logs = new JobLogs(
    { stateDirectory: directory, retentionMs: 7 * DAY_MS },
    { clock: systemClock(), log: silentLogger },
  );
});
afterEach(async () => {
  await logs.stop();
  fs.rmSync(directory, { recursive: true });
});

function write(name: string, text: string, daysOld = 0): void {
  const file = path.join(directory, name);
  fs.writeFileSync(file, text);
  const at = (Date.now() - daysOld * DAY_MS) / 1000;
  fs.utimesSync(file, at, at);
}

async function read(part: ReadOutput['part'], changes: Partial<ReadOutput> = {}) {
  const wish = { kind: 'readOutput', job: jobId(1), attempt: 1, uid, part, mostBytes: 4 } as const;
  const found = await logs.read({ ...wish, ...changes });
  return found && { ...found, bytes: Buffer.from(found.bytes).toString() };
}

test('output is read by parts, from where the attempt is and from where it is kept', async () => {
  write('run/1.1/output', 'abcdefgh');
  expect(await read({ from: 2 })).toMatchObject({ from: 2, bytes: 'cdef', size: 8 });
  write('logs/1.1.log', 'ABCDEFGH');
  expect(await read({ until: undefined })).toMatchObject({ from: 4, bytes: 'EFGH' });
  expect(await read({ until: 3 })).toMatchObject({ from: 0, bytes: 'ABC' });
  expect(await read({ from: 99 })).toMatchObject({ from: 8, bytes: '', size: 8 });
  expect(await read({ from: 0 }, { attempt: 2 })).toBeUndefined();
});

test('a file of somebody else, a folder and a link are no output', async () => {
  write('logs/1.1.log', 'secret');
  expect(await read({ from: 0 }, { uid: uid + 1 })).toBeUndefined();
  fs.mkdirSync(path.join(directory, 'logs/1.2.log'));
  expect(await read({ from: 0 }, { attempt: 2 })).toBeUndefined();
  fs.symlinkSync('1.1.log', path.join(directory, 'logs/1.3.log'));
  expect(await read({ from: 0 }, { attempt: 3 })).toBeUndefined();
});

test('output is kept for as long as the site says', async () => {
  write('logs/1.1.log', 'new', 6);
  write('logs/2.1.log', 'old', 8);
  await logs.start();
  expect(fs.readdirSync(path.join(directory, 'logs'))).toEqual(['1.1.log']);
});
