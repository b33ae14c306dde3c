// A small file system that fills up under the store. Root makes it; the store's threads run from dist/.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import type { SqliteStore } from '../../../src/store/sqlite-store.ts';
import { describeAsRoot } from '../../support/conditions.ts';
import { commitOf, newJob, specFor } from '../../support/store-records.ts';
import { storeOn, temporaryDirectory } from '../../support/store-processes.ts';

const BALLAST = 8 * 1024 * 1024;

describeAsRoot('a store on a small disk', () => {
  let disk: string;
  let state: string;
  let remove: () => void;
  let store: SqliteStore;
  let next = 1;

  beforeEach(async () => {
    ({ directory: disk, remove } = temporaryDirectory('full'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'spillway-test', disk]);
    state = path.join(disk, 'state');
    store = storeOn(state, BALLAST);
    await store.start();
    next = 1;
  });

  afterEach(async () => {
    await store.stop().catch(() => {});
    execFileSync('umount', ['-l', disk]);
    remove();
  });

  /** Takes all room but about `leave` bytes. */
  const fill = (leave: number): void => {
    const { bavail, bsize } = fs.statfsSync(disk);
    const bytes = Math.max(0, bavail * bsize - leave);
    const filler = path.join(disk, `filler-${Math.random()}`);
    fs.writeFileSync(filler, Buffer.alloc(bytes));
  };
  const makeRoom = (): void => {
    for (const name of fs.readdirSync(disk)) {
      if (name.startsWith('filler')) fs.rmSync(path.join(disk, name));
    }
  };
  /** A commit of one job with a script of its own. */
  const submit = async (bytes: number): Promise<void> => {
    const job = newJob(next);
    const script = Buffer.alloc(bytes, String(next));
    const spec = specFor(`job${next}`, { script });
    await store.commit(commitOf([job], { specs: [specFor('job'), spec] }));
    next += 1;
  };
  const ids = async (): Promise<number[]> =>
    (await store.load(instant(0))).jobs.map((job) => job.id);

  test('gives up its ballast, then fails for now, and goes on when there is room', async () => {
    await submit(1000);
    expect(store.hasRoom()).toBe(true);
    fill(100_000);
    await submit(1_000_000);
    expect([store.hasRoom(), fs.existsSync(path.join(state, 'ballast'))]).toEqual([false, false]);
    // What is under way still gets in.
    await submit(1000);
    fill(0);
    const failed = submit(1_000_000);
    await expect(failed).rejects.toMatchObject({ code: 'diskFull', retryable: true });
    expect(await ids()).toEqual([1, 2, 3]);
    await store.makeRoom();
    expect(store.hasRoom()).toBe(false);
    makeRoom();
    await submit(1_000_000);
    await store.makeRoom();
    expect(store.hasRoom()).toBe(true);
    expect(fs.statSync(path.join(state, 'ballast')).size).toBe(BALLAST);
    expect(await ids()).toEqual([1, 2, 3, 4]);
    expect((await store.examine()).problems).toEqual([]);
  });

  test('commits on their way behind one that failed fail with it', async () => {
    await submit(1000);
    fill(0);
    fs.rmSync(path.join(state, 'ballast'));
    // The second one alone would find room.
    fill(100_000);
    const large = specFor('large', { script: Buffer.alloc(1_000_000) });
    const results = await Promise.allSettled([
      store.commit(commitOf([newJob(2)], { specs: [specFor('job'), large] })),
      store.commit(commitOf([], { settings: { small: '1' } })),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    makeRoom();
    await store.commit(commitOf([newJob(2)]));
    const { settings } = await store.load(instant(0));
    expect([await ids(), settings]).toEqual([[1, 2], {}]);
  });

  test('starts on a full disk by giving up its ballast, with all that was there', async () => {
    await submit(1000);
    await store.stop();
    fill(0);
    store = storeOn(state, BALLAST);
    await store.start();
    expect(await ids()).toEqual([1]);
    expect(store.hasRoom()).toBe(false);
    makeRoom();
    await store.makeRoom();
    expect(store.hasRoom()).toBe(true);
  });

  test('refuses to start without any room, in words, and leaves the database alone', async () => {
    await submit(1000);
    await store.stop();
    fs.rmSync(path.join(state, 'ballast'));
    fill(0);
    const before = fs.readFileSync(path.join(state, 'spillway.db'));
    store = storeOn(state, BALLAST);
    await expect(store.start()).rejects.toMatchObject({ name: 'GatewayError' });
    expect(fs.readFileSync(path.join(state, 'spillway.db'))).toEqual(before);
    makeRoom();
    store = storeOn(state, BALLAST);
    await store.start();
    expect(await ids()).toEqual([1]);
  });
});
