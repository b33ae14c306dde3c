// The shims' door: a unix socket on which each connection is one command. Who asks is read from the
// kernel at accept and looked up by name; nothing in the message is believed about that. Limits are
// per user, and what exceeds them is closed without a word: the shim tries again until its own
// limit.

import * as fs from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import * as path from 'node:path';
import { instant } from '../../base/brand.ts';
import type { Clock } from '../../base/clock.ts';
import { GatewayError } from '../../base/gateway-error.ts';
import type { Logger } from '../../base/log.ts';
import type { Service } from '../../base/service.ts';
import type { Invocation, KnownUser, Program } from '../../dialects/kit/dialog.ts';
import type { Gateway } from '../../engine/api.ts';
import type { Identity } from '../../model/user.ts';
import {
  assertPeerCredentialsWork,
  type PeerCredentials,
  peerCredentials,
} from '../auth/peer-credentials.ts';
import { ConnectionLost, ShimConnection } from './connection.ts';
import { decodeEnvironment, type Hello } from './hello.ts';
import { type FinalWords, Session } from './session.ts';
import type { ShimDoorSettings } from './settings.ts';

/** `sun_path` has 108 bytes with its NUL. */
const SOCKET_PATH_BYTES = 107;
const BACKLOG = 4096;

/** What the door is given. */
export interface ShimDoorParts {
  readonly gateway: Gateway;
  /** The user of a name; undefined: there is none. */
  readonly lookUpUser: (name: string) => Promise<KnownUser | undefined>;
  /** The program of a command's name. */
  readonly programs: (name: string) => Program | undefined;
  /** The words of that name's dialect when the command failed by our fault. */
  readonly internalError: (name: string) => FinalWords;
  /** Names and groups of a user; undefined: this user may not come in. */
  readonly identify: (peer: PeerCredentials) => Promise<Identity | undefined>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What one user has under way. */
interface Usage {
  connections: number;
  bytes: number;
}

/** Listens for shims and runs their commands. */
export class ShimDoor implements Service {
  readonly #settings: ShimDoorSettings;
  readonly #parts: ShimDoorParts;
  readonly #users = new Map<number, Usage>();
  /** Every connection with its session, once it has one. */
  readonly #open = new Map<ShimConnection, Session | undefined>();
  #server: Server | undefined;
  #whenEmpty: (() => void) | undefined;

  constructor(settings: ShimDoorSettings, parts: ShimDoorParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /**
   * Listens. A socket left by an earlier daemon is replaced: the state directory's lock is ours.
   */
  async start(): Promise<void> {
    const { socketPath, socketMode } = this.#settings;
    if (Buffer.byteLength(socketPath) > SOCKET_PATH_BYTES) {
      throw new GatewayError(
        'socketPathTooLong',
        `the socket's path is longer than ${SOCKET_PATH_BYTES} bytes: ${socketPath}`,
      );
    }
    await fs.rm(socketPath, { force: true });
    const server = createServer((socket) => void this.#serve(socket));
    this.#server = server;
    await listen(server, socketPath);
    assertPeerCredentialsWork(server);
    await fs.chmod(socketPath, socketMode);
  }

  /**
   * Takes no more connections, lets commands under way finish, and leaves waiting ones to try
   * again.
   */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const [connection, session] of this.#open) {
      if (session === undefined || session.isParked) connection.cut('the daemon stops');
    }
    await this.#untilEmpty();
    for (const connection of this.#open.keys()) connection.cut('the daemon stops');
    await closed;
  }

  async #untilEmpty(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.after(this.#settings.closeLimitMs, resolve);
      this.#whenEmpty = () => {
        cancel();
        resolve();
      };
    });
  }

  async #serve(socket: Socket): Promise<void> {
    const peer = this.#admit(socket);
    if (peer === undefined) {
      socket.on('error', () => {}).destroy();
      return;
    }
    const usage = this.#usageOf(peer.uid);
    const connection = new ShimConnection(socket, this.#settings, {
      held: (change) => {
        usage.bytes += change;
        return usage.bytes <= this.#settings.bytesPerUser;
      },
      ended: () => this.#forget(connection, peer.uid, usage),
    });
    usage.connections += 1;
    this.#open.set(connection, undefined);
    try {
      await this.#converse(connection, peer);
    } catch (error) {
      this.#refuse(connection, peer, error);
    }
  }

  /** Who is there, unless this user has too many connections already. */
  #admit(socket: Socket): PeerCredentials | undefined {
    if (this.#server === undefined) return undefined;
    try {
      const peer = peerCredentials(socket);
      if (this.#usageOf(peer.uid).connections < this.#settings.connectionsPerUser) return peer;
      this.#parts.log.warn('a user has too many connections', { uid: peer.uid });
    } catch (error) {
      this.#parts.log.warn('a connection without credentials', { error });
    }
    return undefined;
  }

  async #converse(connection: ShimConnection, peer: PeerCredentials): Promise<void> {
    const cancel = this.#parts.clock.after(this.#settings.helloLimitMs, () => {
      connection.cut('no Hello in time');
    });
    const [hello, identity] = await Promise.all([
      connection.hello().finally(cancel),
      this.#parts.identify(peer),
    ]);
    if (connection.isOver) throw connection.lost();
    const name = path.posix.basename(hello.argv[0] ?? '');
    const program = this.#parts.programs(name);
    if (identity === undefined || program === undefined) {
      const why =
        identity === undefined ? `user ${peer.uid} may not use this gateway` : 'unknown command';
      connection.write('stderr', `${name}: ${why}\n`);
      connection.exit(this.#parts.internalError(name).exitCode);
      return;
    }
    const log = this.#parts.log.child({ requestId: hello.requestId, command: name, uid: peer.uid });
    const session = new Session(connection, identity, { ...this.#parts, log });
    this.#open.set(connection, session);
    await session.run(
      () => program(this.#invocation(name, hello, identity)),
      this.#parts.internalError(name),
    );
  }

  #invocation(name: string, hello: Hello, identity: Identity): Invocation {
    const { argv, ...called } = hello;
    return {
      ...called,
      name,
      arguments: argv.slice(1),
      environment: decodeEnvironment(hello.environmentBytes),
      identity,
      now: instant(this.#parts.clock.now()),
      site: this.#parts.gateway.site,
    };
  }

  #refuse(connection: ShimConnection, peer: PeerCredentials, error: unknown): void {
    if (error instanceof ConnectionLost) {
      this.#parts.log.debug('a connection ended early', { uid: peer.uid, why: error.message });
      return;
    }
    this.#parts.log.error('a connection failed by a fault of ours', { uid: peer.uid, error });
    connection.cut('a fault of ours');
  }

  #usageOf(uid: number): Usage {
    let usage = this.#users.get(uid);
    if (usage === undefined) {
      usage = { connections: 0, bytes: 0 };
      this.#users.set(uid, usage);
    }
    return usage;
  }

  #forget(connection: ShimConnection, uid: number, usage: Usage): void {
    this.#open.delete(connection);
    usage.connections -= 1;
    if (usage.connections === 0) this.#users.delete(uid);
    if (this.#open.size === 0) this.#whenEmpty?.();
  }
}

/** Binds with no rights for others, so that nobody connects before the mode is set. */
function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177);
    try {
      server.listen({ path: socketPath, backlog: BACKLOG }, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}
