// The first five minutes of README.md, as written there, against a private gateway of the built
// program: every block below a `<!-- run -->` line runs in one shell, and each line must succeed.

import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
const runnable = [...readme.matchAll(/^<!-- run -->\n```sh\n([^]*?)^```/gm)].map(
  (match) => match[1] ?? '',
);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'readme-'));
let gateway: ChildProcess;
let socket = '';

/** Resolves with the socket that the line on stdout names. */
function ready(started: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    let complained = '';
    started.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /^spillwayd ready socket=(\S+) /m.exec(said);
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    started.stderr?.on('data', (chunk: Buffer) => {
      complained += chunk.toString();
    });
    started.once('exit', (code) => reject(new Error(`spillwayd ended (${code}): ${complained}`)));
  });
}

function shell(
  script: string,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const environment = {
    ...process.env,
    PATH: `${root}/shims/bin:${process.env['PATH']}`,
    SPILLWAY_SOCKET: socket,
  };
  const child = spawn('bash', ['-euo', 'pipefail', '-x', '-c', script], {
    cwd: folder,
    env: environment,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((resolve) => {
    child.once('close', (status) => resolve({ status, output }));
  });
}

beforeAll(async () => {
  const program = path.join(root, 'dist/bin/spillwayd.js');
  gateway = spawn(process.execPath, [program, '--state-dir', path.join(folder, 'state')]);
  socket = await ready(gateway);
});

afterAll(async () => {
  if (gateway.exitCode === null) {
    const ended = new Promise((resolve) => gateway.once('exit', resolve));
    gateway.kill('SIGTERM');
    await ended;
  }
  fs.rmSync(folder, { recursive: true, force: true });
});

test('README.md has commands to try', () => {
  expect(runnable.length).toBeGreaterThan(0);
});

test.each(runnable)('the block of README.md runs: %j', async (block) => {
  const { status, output } = await shell(block);
  expect(output).not.toMatch(/command not found/);
  expect(status, output).toBe(0);
});
