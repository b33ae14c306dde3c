// State directories that lost something: each is refused with the way to restore, and left as it was.

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { instant } from '../../src/base/brand.ts';
import { commitOf, newJob, specFor } from '../support/store-records.ts';
import {
  judge,
  startStoreProcess,
  storeOn,
  temporaryDirectory,
} from '../support/store-processes.ts';

const JOBS = 2_000;
const PAGE = 4_096;

let directory: string;
let remove: () => void;
let state: string;
let file: string;
let backup: string;

beforeEach(async () => {
  ({ directory, remove } = temporaryDirectory('damage'));
  state = path.join(directory, 'state');
  file = path.join(state, 'spillway.db');
  backup = path.join(directory, 'backup.db');
  const store = storeOn(state);
  await store.start();
  const jobs = Array.from({ length: JOBS }, (_, i) => newJob(i + 1));
  await store.commit(commitOf(jobs, { settings: { next: String(JOBS + 1) } }));
  await store.backup(backup);
  await store.stop();
});

afterEach(() => remove());

function overwrite(at: number, bytes: number): void {
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, Buffer.alloc(bytes), 0, bytes, at);
  fs.closeSync(fd);
}

/** Every file with its content, but for the lock that our attempt takes and leaves. */
function fingerprint(): string[] {
  return fs.readdirSync(state).map((name) => {
    const bytes = fs.readFileSync(path.join(state, name));
    return `${name} ${createHash('sha256').update(bytes).digest('hex')}`;
  });
}

const refusal = async (): Promise<{ code?: string; message: string }> => {
  const store = storeOn(state);
  try {
    await store.start();
  } catch (error) {
    return error as Error;
  }
  await store.stop();
  return { message: 'it started' };
};

describe('a stopped directory', () => {
  const damages: Record<string, () => void> = {
    'whose first page is gone': () => overwrite(0, 100),
    'with a page in the middle gone': () =>
      overwrite(Math.floor(fs.statSync(file).size / PAGE / 2) * PAGE, PAGE),
    'that is cut in half': () => fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2)),
    'that is cut to nothing': () => fs.truncateSync(file, 0),
    'whose database was removed': () => fs.rmSync(file),
    'whose database is a text': () => fs.writeFileSync(file, 'hello\n'.repeat(1000)),
  };
  for (const [name, damage] of Object.entries(damages)) {
    test(`${name} is refused, left alone, and can be restored as told`, async () => {
      damage();
      const before = fingerprint();
      const { code, message } = await refusal();
      expect([code, message]).toEqual(['damaged', expect.stringContaining('cp BACKUP')]);
      expect(fingerprint()).toEqual(before);
      const command = message.slice(message.indexOf('mv ')).replace('BACKUP', backup);
      execFileSync('sh', ['-c', command], { stdio: 'ignore' });
      fs.chmodSync(file, 0o644);
      expect(await judge(state)).toEqual({ jobs: JOBS, wrong: [] });
      expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    });
  }

  test('control: without damage it starts', async () => {
    expect(await judge(state)).toEqual({ jobs: JOBS, wrong: [] });
  });

  test('leaves no word in its lock, no log, and files for the owner alone', () => {
    expect(fs.readdirSync(state).sort()).toEqual(['ballast', 'lock', 'spillway.db']);
    expect(fs.readFileSync(path.join(state, 'lock'), 'utf8')).toBe('');
    for (const name of fs.readdirSync(state)) {
      expect(fs.statSync(path.join(state, name)).mode & 0o077).toBe(0);
    }
    const isRoot = process.getuid?.() === 0;
    expect(fs.statSync(state).mode & 0o777).toBe(isRoot ? 0o711 : 0o700);
  });
});

describe('a directory whose process was killed', () => {
  beforeEach(async () => {
    fs.rmSync(state, { recursive: true });
    const { child, ended, said } = startStoreProcess(['commit', state, '100000']);
    await said(30);
    child.kill('SIGKILL');
    await ended;
  });

  test('control: starts with all that was committed', async () => {
    const { jobs, wrong } = await judge(state);
    expect(wrong).toEqual([]);
    expect(jobs).toBeGreaterThan(100);
  });

  test('and whose log was removed is refused', async () => {
    fs.rmSync(`${file}-wal`);
    expect(await refusal()).toMatchObject({
      code: 'damaged',
      message: expect.stringMatching('no log'),
    });
  });

  test('and whose database was removed is refused', async () => {
    fs.rmSync(file);
    expect(await refusal()).toMatchObject({ code: 'damaged' });
    expect(fs.existsSync(file)).toBe(false);
  });
});

test('a first start that died before it made its database can be repeated', async () => {
  const young = path.join(directory, 'young');
  fs.mkdirSync(young);
  fs.writeFileSync(path.join(young, 'lock'), 'new\n');
  expect(await judge(young)).toEqual({ jobs: 0, wrong: expect.any(Array) });
  fs.rmSync(young, { recursive: true });
  fs.mkdirSync(young);
  fs.writeFileSync(path.join(young, 'lock'), 'new\n');
  fs.writeFileSync(path.join(young, 'spillway.db'), '');
  expect((await judge(young)).jobs).toBe(0);
});

test('a second opener is told who is in', async () => {
  const store = storeOn(state);
  await store.start();
  expect(await refusal()).toMatchObject({
    code: 'locked',
    message: expect.stringContaining(`process ${process.pid}`),
  });
  expect((await store.load(instant(0))).jobs).toHaveLength(JOBS);
  await store.stop();
});

test('a backup made while work goes on is whole, and never overtaken by a commit', async () => {
  const store = storeOn(state);
  await store.start();
  const copy = path.join(directory, 'copy.db');
  // Large enough for many steps of copying: begun anew by each commit it takes twenty seconds.
  const script = randomBytes(40_000_000);
  await store.commit(commitOf([], { specs: [specFor('large', { script })] }));
  let next = JOBS;
  let isDone = false;
  const copying = store.backup(copy).finally(() => (isDone = true));
  while (!isDone) {
    next += 1;
    await store.commit(commitOf([newJob(next)], { settings: { next: String(next + 1) } }));
  }
  await copying;
  await store.stop();
  expect(fs.statSync(copy).mode & 0o777).toBe(0o600);
  expect(fs.existsSync(`${copy}-wal`) || fs.existsSync(`${copy}.part`)).toBe(false);
  fs.rmSync(state, { recursive: true });
  fs.mkdirSync(state);
  fs.copyFileSync(copy, file);
  const { jobs, wrong } = await judge(state);
  expect(wrong).toEqual([]);
  expect(jobs).toBeGreaterThanOrEqual(JOBS);
}, 15_000);

test('a store that is not open says so', async () => {
  const store = storeOn(state);
  await expect(store.commit(commitOf([]))).rejects.toMatchObject({ code: 'storeClosed' });
  await store.stop();
  expect(store.hasRoom()).toBe(false);
});
