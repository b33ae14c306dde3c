// The real door with a gateway that does nothing but wait, and the real C shim to knock with. The
// shim is taken from shims/bin (so build first), or compiled with the sanitizers into a temporary
// folder.

import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { type Fields, type Logger, silentLogger } from '../../src/base/log.ts';
import type { Program } from '../../src/dialects/kit/dialog.ts';
import type { Gateway } from '../../src/engine/api.ts';
import { ShimDoor, type ShimDoorParts } from '../../src/frontends/shim/door.ts';
import { SHIM_DOOR_DEFAULTS, type ShimDoorSettings } from '../../src/frontends/shim/settings.ts';
import type { Identity } from '../../src/model/user.ts';
import type { JobView } from '../../src/model/view.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const C_FLAGS = ['-std=c17', '-D_GNU_SOURCE', '-g', '-O1', '-Wall', '-Wextra', '-Werror'];
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** A folder of its own, short enough for a socket's path and open to other users. */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'spw-'));
  fs.chmodSync(folder, 0o755);
  return folder;
}

/**
 * The shim as users run it, or one that stops at the first bad access, with a link for each name.
 */
export function shimFolder(kind: 'plain' | 'sanitized', into: string): string {
  const folder = path.join(into, kind);
  fs.mkdirSync(folder);
  const binary = path.join(folder, 'shim');
  if (kind === 'plain') {
    fs.copyFileSync(path.join(ROOT, 'shims/bin/.shim'), binary);
  } else {
    const sources = fs.readdirSync(path.join(ROOT, 'shims')).filter((name) => name.endsWith('.c'));
    const units = sources.map((name) => path.join(ROOT, 'shims', name));
    execFileSync('cc', [...C_FLAGS, ...SANITIZERS, '-o', binary, ...units]);
  }
  for (const name of shimNames()) fs.symlinkSync('shim', path.join(folder, name));
  return folder;
}

/** Every name that the build links. */
export function shimNames(): string[] {
  const names = fs.readFileSync(path.join(ROOT, 'shims/names'), 'utf8');
  return names.split('\n').filter((name) => name !== '');
}

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
}

/** Collects what a child prints (as latin1) until it has ended. */
export function ended(child: ChildProcess): Promise<Ended> {
  const begun = performance.now();
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      const ms = performance.now() - begun;
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('latin1');
      resolve({ stdout: text(out), stderr: text(err), status, signal, ms });
    });
  });
}

/**
 * Starts a program with the socket in its environment and stdin from /dev/null unless told
 * otherwise.
 */
export function start(
  socketPath: string,
  program: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): ChildProcess {
  return spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    env: { PATH: process.env['PATH'], SPILLWAY_SOCKET: socketPath, ...options.env },
  });
}

/** A gateway whose waits end when the test says so. */
export class WaitingGateway implements Gateway {
  readonly site = {
    cluster: 'test',
    host: 'test',
    stateDirectory: '/nowhere',
    minJobAgeMs: 0,
    cleanPeriodMs: 0,
    maxArraySize: 1000,
    maxScriptBytes: 4 * 1024 * 1024,
    defaultQueue: 'normal',
    installation: '0000000000000000',
    lsf: {},
  };
  readonly waits = new Set<(jobs: JobView[] | undefined) => void>();

  command = async () => ({ kind: 'done' }) as const;
  commands = async () => [];
  query = async () => ({ kind: 'queues', queues: [] }) as const;
  subscribe = () => () => {};

  awaitJob(_job: unknown, _until: unknown, signal?: AbortSignal): Promise<JobView[] | undefined> {
    return new Promise((resolve, reject) => {
      this.waits.add(resolve);
      signal?.addEventListener('abort', () => {
        this.waits.delete(resolve);
        reject(new Error('the waiter left'));
      });
    });
  }

  /** Ends every wait. */
  endJobs(): void {
    for (const resolve of this.waits) resolve([]);
    this.waits.clear();
  }
}

/** Keeps error lines for the test to look at. */
export class KeptLog implements Logger {
  readonly errors: { phrase: string; fields: Fields }[] = [];
  readonly #fields: Fields;

  constructor(fields: Fields = {}, errors: { phrase: string; fields: Fields }[] = []) {
    this.#fields = fields;
    this.errors = errors;
  }

  error(phrase: string, fields: Fields = {}): void {
    this.errors.push({ phrase, fields: { ...this.#fields, ...fields } });
  }

  warn(): void {}
  info(): void {}
  debug(): void {}
  child = (fields: Fields) => new KeptLog({ ...this.#fields, ...fields }, this.errors);
}

/** An identity without names, straight from the credentials. */
export async function identify(peer: { uid: number; gid: number }): Promise<Identity> {
  const { uid, gid } = peer;
  return { uid, gid, user: `u${uid}`, group: `g${gid}`, groups: [gid], administrator: uid === 0 };
}

/** Makes a door for these programs; `start` and `stop` are the test's. */
export function makeDoor(
  socketPath: string,
  programs: Readonly<Record<string, Program>>,
  parts: Partial<ShimDoorParts> = {},
  settings: Partial<ShimDoorSettings> = {},
): ShimDoor {
  return new ShimDoor(
    { ...SHIM_DOOR_DEFAULTS, socketMode: 0o666, socketPath, ...settings },
    {
      gateway: new WaitingGateway(),
      lookUpUser: async (name) => (name === 'root' ? { uid: 0 } : undefined),
      programs: (name) => programs[name],
      internalError: (name) =>
        name.startsWith('s')
          ? { text: `${name}: error: Internal error\n`, exitCode: 1 }
          : { text: `${name}: Internal error\n`, exitCode: 255 },
      identify,
      clock: systemClock(),
      log: silentLogger,
      ...parts,
    },
  );
}

/** Connects and hands over the raw socket, for peers that break the rules. */
export function connectRaw(socketPath: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Waits until `condition` holds; fails with `words` after `limitMs`. */
export async function until(
  condition: () => boolean,
  words: string,
  limitMs = 10_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`in vain: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
