// The first frame of a connection: what a command was called with, as proto/shim.md lays it out.
// Pure, and no identity: whatever a Hello says about users is only environment.

import { type Fields, FrameError, VersionError } from './fields.ts';

/** The version this daemon speaks; a Hello of another one is refused. */
export const PROTOCOL_VERSION = 1;
/** Above the kernel's limit of 6 MB for arguments and environment. */
export const HELLO_BYTES = 8 * 1024 * 1024;

/** What a command was called with. Text is one character a byte. */
export interface Hello {
  readonly requestId: string;
  readonly argv: readonly string[];
  readonly environmentBytes: Uint8Array;
  readonly workingDirectory: string;
  readonly umask: number;
  readonly resourceLimits: Readonly<Record<string, readonly [number, number]>>;
  readonly host: string;
  readonly timeZone: string | undefined;
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined;
  readonly isTerminal: readonly [boolean, boolean, boolean];
  readonly session: number;
}

/** Linux's numbers of resources, in order. */
const LIMIT_NAMES = [
  'cpu',
  'fsize',
  'data',
  'stack',
  'core',
  'rss',
  'nproc',
  'nofile',
  'memlock',
  'as',
  'locks',
  'sigpending',
  'msgqueue',
  'nice',
  'rtprio',
  'rttime',
];

/** Reads a whole Hello. Throws FrameError. */
export function decodeHello(fields: Fields): Hello {
  const version = fields.uint(1);
  if (version !== PROTOCOL_VERSION) throw new VersionError(`a shim of protocol version ${version}`);
  const requestId = fields.take(16).toString('hex');
  const umask = fields.uint(4) & 0o777;
  const terminals = fields.uint(1);
  const rows = fields.uint(2);
  const columns = fields.uint(2);
  const session = fields.uint(4);
  const resourceLimits = decodeLimits(fields);
  const host = fields.text(256);
  const timeZone = fields.text(1024) || undefined;
  const workingDirectory = fields.text(4096);
  const argv = decodeArguments(fields.block(HELLO_BYTES));
  const environmentBytes = fields.end(fields.block(HELLO_BYTES));
  return {
    requestId,
    argv,
    environmentBytes,
    workingDirectory,
    umask,
    resourceLimits,
    host,
    timeZone,
    terminal: columns > 0 ? { columns, rows } : undefined,
    isTerminal: [(terminals & 1) !== 0, (terminals & 2) !== 0, (terminals & 4) !== 0],
    session,
  };
}

function decodeLimits(fields: Fields): Record<string, readonly [number, number]> {
  const limits: Record<string, readonly [number, number]> = {};
  const count = fields.uint(1);
  for (let index = 0; index < count; index++) {
    const pair = [fields.limit(), fields.limit()] as const;
    const name = LIMIT_NAMES[index];
    if (name !== undefined) limits[name] = pair;
  }
  return limits;
}

function decodeArguments(block: Buffer): string[] {
  if (block.length === 0) throw new FrameError('no name to be called by');
  if (block.at(-1) !== 0) throw new FrameError('an argument without its end');
  return block.toString('latin1', 0, block.length - 1).split('\0');
}

/** The environment as getenv sees it: the first of equal names, entries without `=` left out. */
export function decodeEnvironment(bytes: Uint8Array): Map<string, string> {
  const variables = new Map<string, string>();
  for (const entry of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString('latin1')
    .split('\0')) {
    const equals = entry.indexOf('=');
    if (equals <= 0) continue;
    const name = entry.slice(0, equals);
    if (!variables.has(name)) variables.set(name, entry.slice(equals + 1));
  }
  return variables;
}
