// The client of the shims' socket: against the real door, and against peers that are no daemon.

import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Invocation, type Program, write } from '../../../../src/dialects/kit/dialog.ts';
import { callDaemon } from '../../../../src/frontends/shim/client.ts';
import { frame } from '../../../../src/frontends/shim/frames.ts';
import { makeDoor, temporaryFolder } from '../../../support/shim-door.ts';

let folder: string;
let socketPath: string;
let printed: { to: string; text: string }[];
beforeEach(() => {
  folder = temporaryFolder();
  socketPath = path.join(folder, 's');
  printed = [];
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

function call(...argv: readonly string[]): Promise<number> {
  const print = (to: string, bytes: Uint8Array) =>
    printed.push({ to, text: Buffer.from(bytes).toString('utf8') });
  return callDaemon({ socketPath, argv, print });
}

test('the door is told the arguments, and its output and status come back', async () => {
  const calls: Invocation[] = [];
  const program: Program = function* (invocation) {
    calls.push(invocation);
    yield* write('stdout', 'x'.repeat(200_000));
    yield* write('stderr', 'caf\xc3\xa9');
    return 7;
  };
  const door = makeDoor(socketPath, { spillway: program });
  await door.start();
  expect(await call('spillway', 'é', '')).toBe(7);
  await door.stop();
  expect(calls[0]).toMatchObject({
    name: 'spillway',
    arguments: ['\xc3\xa9', ''],
    workingDirectory: process.cwd(),
  });
  const text = (to: string) =>
    printed
      .filter((one) => one.to === to)
      .map((one) => one.text)
      .join('');
  expect(text('stdout')).toHaveLength(200_000);
  expect(text('stderr')).toBe('café');
});

/** Answers every connection with these bytes, in pieces of one byte, and closes it. */
async function withPeer(bytes: Buffer, body: () => Promise<void>): Promise<void> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).resume();
    for (const byte of bytes) socket.write(Buffer.of(byte));
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    await body();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test('frames that come in pieces are put together', async () => {
  const bytes = Buffer.concat([frame(65, Buffer.from('hello')), frame(73, Uint8Array.of(0, 3))]);
  await withPeer(bytes, async () => {
    expect(await call('spillway')).toBe(3);
    expect(printed).toEqual([{ to: 'stdout', text: 'hello' }]);
  });
});

test.each([
  ['closes without a word', Buffer.alloc(0), 'connectionLost'],
  ['closes within a frame', frame(65, Buffer.from('hello')).subarray(0, 7), 'connectionLost'],
  ['closes without a status', frame(65, Buffer.from('hello')), 'connectionLost'],
  ['asks for input', frame(67, Uint8Array.of(0, 0, 0, 1)), 'protocol'],
  ['sends more than a frame may hold', Buffer.from('HTTP/1.1 400 Bad Request'), 'protocol'],
])('a peer that %s is told in a sentence', async (_, bytes, code) => {
  await withPeer(bytes, async () => {
    await expect(call('spillway')).rejects.toMatchObject({ name: 'GatewayError', code });
  });
});

test('a socket that is not there is named', async () => {
  await expect(call('spillway')).rejects.toThrow(`there is no socket at ${socketPath}`);
});
