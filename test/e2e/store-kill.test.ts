// The store under SIGKILL, traced, with failing system calls, and opened twice. Its processes run from
// dist/.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { describeWith } from '../support/conditions.ts';
import {
  acknowledged,
  judge,
  startStoreProcess,
  temporaryDirectory,
} from '../support/store-processes.ts';

let directory: string;
let remove: () => void;

beforeEach(() => {
  ({ directory, remove } = temporaryDirectory('kill'));
});

afterEach(() => remove());

test('what was acknowledged before a SIGKILL is there, whole batches only', async () => {
  const random = seededRandom(20);
  let before = 0;
  for (let round = 0; round < 8; round++) {
    const { child, ended, said } = startStoreProcess(['commit', directory, '100000']);
    await said(2 + random.below(60));
    child.kill('SIGKILL');
    const { lines, signal, errors } = await ended;
    expect([signal, errors]).toEqual(['SIGKILL', '']);
    const { jobs, wrong } = await judge(directory);
    expect(wrong).toEqual([]);
    expect(jobs).toBeGreaterThanOrEqual(acknowledged(lines));
    expect(jobs).toBeGreaterThan(before);
    before = jobs;
  }
}, 60_000);

test('control: a store that acknowledges before it commits is caught', async () => {
  const { lines } = await startStoreProcess(['boast', directory, '100']).ended;
  const { jobs } = await judge(directory);
  expect(jobs).toBeLessThan(acknowledged(lines));
});

test('two processes that open and close one directory are never in it together', async () => {
  const racers = [1, 2].map(() => startStoreProcess(['race', directory, '50']).ended);
  const results = await Promise.all(racers);
  expect(results.map(({ code, errors }) => [code, errors])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  const counts = results.map(({ lines }) => JSON.parse(lines.at(-1) ?? '{}'));
  for (const { served, refused } of counts) expect(served + refused).toBe(50);
  expect(counts[0].served + counts[1].served).toBeGreaterThanOrEqual(50);
}, 60_000);

describeWith('strace')('traced', () => {
  const syncs = async (args: readonly string[]): Promise<number> => {
    const trace = path.join(directory, 'trace');
    const under = ['strace', '-f', '--seccomp-bpf', '-e', 'trace=fsync,fdatasync', '-o', trace];
    const { code, errors } = await startStoreProcess(args, { under, batch: 1 }).ended;
    expect([code, errors]).toEqual([0, '']);
    const lines = fs.readFileSync(trace, 'utf8').split('\n');
    return lines.filter((line) => /\b(fsync|fdatasync)\(/.test(line)).length;
  };

  test('every commit is synced to the disk', async () => {
    expect(await syncs(['commit', path.join(directory, 'state'), '100'])).toBeGreaterThanOrEqual(
      100,
    );
  });

  test('control: with the default settings it is not', async () => {
    expect(await syncs(['plain', path.join(directory, 'state'), '100'])).toBeLessThan(50);
  });

  const runWith = async (
    fault: string,
  ): Promise<{ failed: string[]; jobs: number; told: number }> => {
    // Made without faults first.
    const state = path.join(directory, 'state');
    await startStoreProcess(['commit', state, '1']).ended;
    const [calls] = fault.split(':') as [string];
    const under = ['strace', '-f', '--seccomp-bpf', '-o', '/dev/null'];
    const options = ['-e', `trace=${calls}`, '-e', `inject=${fault}`];
    const { ended } = startStoreProcess(['commit', state, '60'], { under: [...under, ...options] });
    const { lines } = await ended;
    const { jobs, wrong } = await judge(state);
    expect(wrong).toEqual([]);
    const failed = [...new Set(lines.filter((line) => line.startsWith('failed')))];
    return { failed, jobs, told: acknowledged(lines) };
  };

  test('a write that finds no room fails its batch for now, and only that', async () => {
    const { failed, jobs, told } = await runWith('pwrite64:error=ENOSPC:when=11+61');
    expect(failed).toEqual(['failed diskFull true']);
    expect(jobs).toBe(told);
    expect(told).toBeGreaterThan(20);
  }, 60_000);

  test('a sync that fails ends the store for good', async () => {
    const { failed, jobs, told } = await runWith('fsync,fdatasync:error=EIO:when=15+');
    expect(failed).toEqual(['failed storeFailed false']);
    expect(jobs).toBeGreaterThanOrEqual(told);
  }, 60_000);
});
