// Where agents of this machine come in: a unix socket that only the daemon's own user and root may
// connect to, by its mode and by what the kernel says of the peer. Agents of other hosts will come
// in by TCP with certificates: another listener for the same server.

import * as fs from 'node:fs';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { GatewayError } from '../../base/gateway-error.ts';
import type { Logger } from '../../base/log.ts';
import type { Service } from '../../base/service.ts';
import { type AttachMethod, MAX_MESSAGE_BYTES } from '../protocol/agents-service.ts';
import type { FromAgent, ToAgent } from '../protocol/messages.ts';
import type { Session } from './node-link.ts';

/** The uid of who connected, from the kernel; throws when it does not tell. */
export type PeerUid = (socket: Socket) => number;

/** What the door is given. */
export interface AgentDoorParts {
  readonly method: AttachMethod;
  readonly peerUid: PeerUid;
  readonly log: Logger;
  readonly attach: (session: Session) => void;
}

/** `sun_path` has 108 bytes with its NUL. */
const SOCKET_PATH_BYTES = 107;

export class AgentDoor implements Service {
  readonly #path: string;
  readonly #parts: AgentDoorParts;
  readonly #sockets = new Set<Socket>();
  #grpc: Server | undefined;
  #listener: NetServer | undefined;

  constructor(path: string, parts: AgentDoorParts) {
    this.#path = path;
    this.#parts = parts;
  }

  /** Listens. Rejects with a GatewayError `agentSocket` when that cannot be. */
  async start(): Promise<void> {
    if (Buffer.byteLength(this.#path) > SOCKET_PATH_BYTES) {
      const words = `the path of a socket has at most ${SOCKET_PATH_BYTES} bytes: ${this.#path}`;
      throw new GatewayError('agentSocket', words);
    }
    const grpc = this.#serve();
    const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
    const listener = createServer((socket) => {
      if (!this.#mayConnect(socket)) {
        socket.destroy();
        return;
      }
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      injector.injectConnection(socket);
    });
    await listen(listener, this.#path);
    this.#grpc = grpc;
    this.#listener = listener;
  }

  async stop(): Promise<void> {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    // What was written to the sessions is sent before the sockets go.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#grpc?.forceShutdown();
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
  }

  #serve(): Server {
    const grpc = new Server({
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    });
    const { path, fromAgent, toAgent } = this.#parts.method;
    grpc.addService(
      {
        attach: {
          path,
          requestStream: true,
          responseStream: true,
          requestSerialize: (message: FromAgent) => fromAgent.encode(message),
          requestDeserialize: fromAgent.decode,
          responseSerialize: (message: ToAgent | Buffer) => toAgent.encode(message),
          responseDeserialize: toAgent.decode,
        },
      },
      { attach: (session: Session) => this.#parts.attach(session) },
    );
    return grpc;
  }

  #mayConnect(socket: Socket): boolean {
    try {
      const uid = this.#parts.peerUid(socket);
      if (uid === 0 || uid === process.geteuid?.()) return true;
      this.#parts.log.warn('refused a connection to the socket of agents', { uid });
    } catch (cause) {
      this.#parts.log.warn('refused a connection of an unknown user', { cause });
    }
    return false;
  }
}

/** Binds with mode 0600 from the first moment; what another process left at the path is removed. */
function listen(listener: NetServer, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', (cause) => {
      reject(new GatewayError('agentSocket', `cannot listen on ${path}`, { cause }));
    });
    fs.rmSync(path, { force: true });
    const before = process.umask(0o177);
    try {
      listener.listen(path, resolve);
    } finally {
      process.umask(before);
    }
  });
}
