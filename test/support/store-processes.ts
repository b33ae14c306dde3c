// Starts store-process.mjs, and judges what it left.

import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { instant } from '../../src/base/brand.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { SqliteStore } from '../../src/store/sqlite-store.ts';

const PROGRAM = path.join(import.meta.dirname, 'store-process.mjs');

/** How a process ended, and every line it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** A process that runs `command`; `ended` resolves when it is over. */
export function startStoreProcess(
  args: readonly string[],
  options: { readonly under?: readonly string[]; readonly batch?: number } = {},
): { child: ChildProcess; ended: Promise<Ended>; said: (count: number) => Promise<void> } {
  const [program, ...rest] = [...(options.under ?? []), process.execPath, PROGRAM, ...args];
  const env = { ...process.env, BATCH: String(options.batch ?? 0) };
  const child = spawn(program as string, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  const waiting: { count: number; resolve: () => void }[] = [];
  const lines = (): string[] => output.split('\n').slice(0, -1);
  child.stdout?.on('data', (bytes: Buffer) => {
    output += bytes.toString();
    for (const one of waiting) if (lines().length >= one.count) one.resolve();
  });
  child.stderr?.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => {
      for (const one of waiting) one.resolve();
      resolve({ code, signal, lines: lines(), errors });
    }),
  );
  const said = (count: number): Promise<void> =>
    new Promise((resolve) => {
      if (lines().length >= count) resolve();
      else waiting.push({ count, resolve });
    });
  return { child, ended, said };
}

/** The largest id that was said to be committed. */
export function acknowledged(lines: readonly string[]): number {
  return Math.max(0, ...lines.filter((line) => /^\d+$/.test(line)).map(Number));
}

/** A store of this process on the directory. */
export function storeOn(directory: string, ballastBytes = 4096): SqliteStore {
  const parts = { clock: systemClock(), log: silentLogger };
  return new SqliteStore({ directory, ballastBytes }, parts);
}

/** How many jobs there are; wrong is whatever a batch left half, or a damage. */
export async function judge(directory: string): Promise<{ jobs: number; wrong: string[] }> {
  const store = storeOn(directory);
  await store.start();
  try {
    const { jobs, settings } = await store.load(instant(0));
    const { problems, rows } = await store.examine();
    const wrong = [...problems];
    if (jobs.some((job, i) => job.id !== i + 1)) wrong.push('ids have gaps or doubles');
    if (Number(settings['next'] ?? 1) !== jobs.length + 1)
      wrong.push('the counter and the jobs differ');
    if (rows['event'] !== jobs.length) wrong.push('the events and the jobs differ');
    return { jobs: jobs.length, wrong };
  } finally {
    await store.stop();
  }
}

/** A directory of a test, and its removal. */
export function temporaryDirectory(name: string): { directory: string; remove: () => void } {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), `spillway-${name}-`));
  return { directory, remove: () => fs.rmSync(directory, { recursive: true, force: true }) };
}
