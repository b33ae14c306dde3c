// The demo, as `npm run demo` starts it: to its end, and stopped half-way.

import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const PROGRAM = path.resolve(import.meta.dirname, '../../dist/bin/demo.js');

let temporary: string;
let begun: Demo[];
beforeEach(() => {
  temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'demo-'));
  begun = [];
});
afterEach(async () => {
  for (const { child, ended } of begun) {
    child.kill('SIGINT');
    await ended;
  }
  fs.rmSync(temporary, { recursive: true, force: true });
});

interface Demo {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

function begin(): Demo {
  const env = { ...process.env, TMPDIR: temporary };
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const demo = { child, said: () => said, ended };
  begun.push(demo);
  return demo;
}

/** Processes whose words name the folder. */
function left(): string[] {
  return fs.readdirSync('/proc').filter((pid) => {
    const file = `/proc/${pid}/cmdline`;
    return /^\d+$/.test(pid) && fs.existsSync(file) && read(file).includes(temporary);
  });
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    // It ended between the two looks.
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

test('the demo succeeds, shows every job from every side, and leaves nothing behind', async () => {
  const { said, ended } = begin();
  const status = await ended;
  expect(said()).not.toContain('\x1b');
  expect(said()).not.toMatch(/^ *✗|✗ not/m);
  expect(said()).toMatch(/broken +EXIT 3 +F +FAILED 3:0 +FAILED 3$/m);
  expect(said().match(/✓/g)).toHaveLength(7);
  expect(said()).toContain('Nothing is left behind.');
  expect(status).toBe(0);
  expect(fs.readdirSync(temporary)).toEqual([]);
  expect(left()).toEqual([]);
});

test('the demo that is stopped half-way fails, ends its jobs and leaves nothing behind', async () => {
  const { child, said, ended } = begin();
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', () => {
      if (said().includes('running')) resolve();
    });
  });
  child.kill('SIGINT');
  expect(await ended).toBe(1);
  expect(said()).toContain('Stopped. Nothing is left behind.');
  expect(fs.readdirSync(temporary)).toEqual([]);
  expect(left()).toEqual([]);
});
