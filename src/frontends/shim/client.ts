// The other end of the shims' socket, for our own command line: says what it was called with, hands
// on what the daemon prints, and resolves with the exit status. It is asked for nothing (no input,
// no files), so it answers nothing; proto/shim.md is the reference.

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import * as os from 'node:os';
import { GatewayError } from '../../base/gateway-error.ts';
import { CHUNK_BYTES, DOWN, frame, UP } from './frames.ts';
import { PROTOCOL_VERSION } from './hello.ts';

/** A command for the daemon. Text is UTF-16. */
export interface ClientCall {
  readonly socketPath: string;
  /** The name first. */
  readonly argv: readonly string[];
  readonly print: (to: 'stdout' | 'stderr', bytes: Uint8Array) => void;
}

const HEADER_BYTES = 5;
const DEFAULT_UMASK = 0o022;
const LOST = 'the daemon stopped before it had answered; ask again';

/**
 * Runs one command in the daemon. Rejects with GatewayError `noDaemon` when nobody listens, and
 * `connectionLost` when the answer ends early.
 */
export async function callDaemon(call: ClientCall): Promise<number> {
  const socket = await open(call.socketPath);
  try {
    socket.write(hello(call.argv));
    return await answerOf(socket, call);
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('connectionLost', LOST, { cause });
  } finally {
    socket.destroy();
  }
}

/** Whether the daemon is there is known at once: nothing is tried again. */
function open(socketPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => resolve(socket));
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new GatewayError('noDaemon', whyNot(socketPath, cause.code ?? ''), { cause }));
    });
  });
}

function whyNot(socketPath: string, code: string): string {
  if (code === 'EACCES') return `no access to ${socketPath}: the gateway there is another user's`;
  const why = code === 'ENOENT' ? 'there is no socket' : 'nobody listens';
  return `no daemon: ${why} at ${socketPath}; start spillwayd, or name its SPILLWAY_SOCKET`;
}

async function answerOf(socket: Socket, { print }: ClientCall): Promise<number> {
  let waiting = Buffer.alloc(0);
  for await (const chunk of socket) {
    waiting = Buffer.concat([waiting, chunk as Buffer]);
    while (waiting.length >= HEADER_BYTES) {
      const length = waiting.readUInt32BE(0);
      if (length > CHUNK_BYTES) throw new GatewayError('protocol', 'who answers is no daemon');
      const end = HEADER_BYTES + length;
      if (waiting.length < end) break;
      const type = waiting[4];
      const payload = waiting.subarray(HEADER_BYTES, end);
      waiting = waiting.subarray(end);
      if (type === DOWN.out) print('stdout', payload);
      else if (type === DOWN.err) print('stderr', payload);
      else if (type === DOWN.exit) return payload[1] ?? 0;
      else throw new GatewayError('protocol', 'the daemon asks for what this command has not');
    }
  }
  throw new GatewayError('connectionLost', LOST);
}

function hello(argv: readonly string[]): Buffer {
  const fixed = Buffer.alloc(31);
  fixed[0] = PROTOCOL_VERSION;
  randomBytes(16).copy(fixed, 1);
  fixed.writeUInt32BE(DEFAULT_UMASK, 17);
  fixed[21] = (process.stdout.isTTY ? 2 : 0) | (process.stderr.isTTY ? 4 : 0);
  fixed.writeUInt16BE(process.stdout.rows ?? 0, 22);
  fixed.writeUInt16BE(process.stdout.columns ?? 0, 24);
  // Session and resource limits (26 to 30) matter to jobs alone.
  return frame(
    UP.hello,
    Buffer.concat([
      fixed,
      block(os.hostname()),
      block(process.env['TZ'] ?? Intl.DateTimeFormat().resolvedOptions().timeZone),
      block(process.cwd()),
      block(argv.map((word) => `${word}\0`).join('')),
      block(''),
    ]),
  );
}

function block(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length, 0);
  return Buffer.concat([length, bytes]);
}
