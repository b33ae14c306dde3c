// The gRPC door: the Jobs service on loopback TCP and, if asked, on a unix socket. Both listeners
// are our own and hand their connections to grpc-js, so that the kernel's word on a unix peer is
// asked before the first byte is read. A TCP connection proves nothing; its calls are signed.

import { chmod, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server as Listener, type Socket } from 'node:net';
import {
  type ConnectionInjector,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { instant } from '../../base/brand.ts';
import { GatewayError } from '../../base/gateway-error.ts';
import type { Service } from '../../base/service.ts';
import { jobId } from '../../model/ids.ts';
import type { Identity } from '../../model/user.ts';
import { assertPeerCredentialsWork } from '../auth/peer-credentials.ts';
import { type AnyCall, Callers, type CallersParts } from './callers.ts';
import { sharedSpec } from './job-spec.ts';
import { jobState } from './job-state.ts';
import { loadJobsService } from './jobs-service.ts';
import type {
  GetRequest,
  JobStates,
  SubmitBatchReply,
  SubmitBatchRequest,
  SubmitReply,
  SubmitRequest,
} from './messages.ts';
import { type CallError, callError, invalid } from './refusals.ts';
import type { GrpcDoorSettings } from './settings.ts';
import {
  BatchStream,
  commandOf,
  REQUEST_ID_LENGTH,
  scopedId,
  withRequestId,
} from './submit-batch.ts';
import { WatchStream } from './watch.ts';
import type { Gateway } from '../../engine/api.ts';

/** What the door is given. */
export interface GrpcDoorParts extends CallersParts {
  readonly gateway: Gateway;
}

/** `sun_path` has 108 bytes with its NUL. */
const SOCKET_PATH_BYTES = 107;
const GET_JOBS = 10_000;

/** The Jobs service, listening. */
export class GrpcDoor implements Service {
  readonly #settings: GrpcDoorSettings;
  readonly #parts: GrpcDoorParts;
  readonly #callers: Callers;
  readonly #sockets = new Set<Socket>();
  #grpc: Server | undefined;
  #listeners: Listener[] = [];

  constructor(settings: GrpcDoorSettings, parts: GrpcDoorParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#callers = new Callers(parts);
  }

  /** Rejects with GatewayError `cannotListen` when an address is taken, not ours or too long. */
  async start(): Promise<void> {
    const { host, port, socketPath, socketMode, maxConnections } = this.#settings;
    this.#grpc = this.#serve();
    const injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    const tcp = createServer({ noDelay: true }, (socket) => this.#inject(injector, socket));
    tcp.maxConnections = maxConnections;
    await listen(tcp, { host, port });
    this.#listeners.push(tcp);
    if (socketPath === undefined) return;
    if (Buffer.byteLength(socketPath) > SOCKET_PATH_BYTES) {
      throw new GatewayError(
        'cannotListen',
        `the path of a socket has at most ${SOCKET_PATH_BYTES} bytes`,
      );
    }
    const unix = createServer((socket) => void this.#admit(injector, socket));
    unix.maxConnections = maxConnections;
    await rm(socketPath, { force: true });
    await listen(unix, { path: socketPath });
    this.#listeners.push(unix);
    await chmod(socketPath, socketMode);
    assertPeerCredentialsWork(unix);
  }

  /** The TCP port that is listened on; only between start and stop. */
  get port(): number {
    return (this.#listeners[0]?.address() as AddressInfo | null)?.port ?? 0;
  }

  async stop(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    const closed = listeners.map(
      (one) => new Promise<void>((resolve) => one.close(() => resolve())),
    );
    // What was written to the streams is sent before the sockets go.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#grpc?.forceShutdown();
    for (const socket of this.#sockets) socket.destroySoon();
    await Promise.all(closed);
  }

  /** Reads the peer and its names before grpc-js sees the connection. */
  async #admit(injector: ConnectionInjector, socket: Socket): Promise<void> {
    if (await this.#callers.admit(socket)) this.#inject(injector, socket);
    else socket.destroy();
  }

  #inject(injector: ConnectionInjector, socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    injector.injectConnection(socket);
  }

  #serve(): Server {
    const { maxMessageBytes, streamsPerConnection } = this.#settings;
    const grpc = new Server({
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': streamsPerConnection,
    });
    const { submit, submitBatch, get, watch } = loadJobsService();
    grpc.addService(
      { submit, submitBatch, get, watch },
      {
        submit: (
          call: ServerUnaryCall<SubmitRequest, SubmitReply>,
          done: sendUnaryData<SubmitReply>,
        ) => void this.#unary(call, done, (identity) => this.#submit(call.request, identity)),
        get: (call: ServerUnaryCall<GetRequest, JobStates>, done: sendUnaryData<JobStates>) =>
          void this.#unary(call, done, (identity) => this.#get(call.request, identity)),
        submitBatch: (stream: ServerDuplexStream<SubmitBatchRequest, SubmitBatchReply>) =>
          void this.#streaming(stream, (identity) => {
            const { gateway, log } = this.#parts;
            new BatchStream(stream, { gateway, identity, settings: this.#settings, log }).serve();
          }),
        watch: (stream: ServerWritableStream<GetRequest, JobStates>) =>
          void this.#streaming(stream, (identity) =>
            new WatchStream(stream, this.#parts.gateway, identity).serve(),
          ),
      },
    );
    return grpc;
  }

  async #unary<Reply extends object>(
    call: AnyCall,
    done: sendUnaryData<Reply>,
    answer: (identity: Identity) => Promise<Reply | CallError>,
  ): Promise<void> {
    try {
      const identity = await this.#callers.identityOf(call);
      const reply = 'code' in identity ? identity : await answer(identity);
      if (isCallError(reply)) done(reply);
      else done(null, reply);
    } catch (error) {
      done(this.#internal(error));
    }
  }

  async #streaming(
    stream: AnyCall & { emit(event: 'error', error: CallError): unknown },
    serve: (identity: Identity) => unknown,
  ): Promise<void> {
    try {
      const identity = await this.#callers.identityOf(stream);
      if ('code' in identity) stream.emit('error', identity);
      else await serve(identity);
    } catch (error) {
      stream.emit('error', this.#internal(error));
    }
  }

  #internal(error: unknown): CallError {
    this.#parts.log.error('call failed', { error });
    return { code: status.INTERNAL, details: 'internal error' };
  }

  async #submit(
    { spec, requestId }: SubmitRequest,
    identity: Identity,
  ): Promise<SubmitReply | CallError> {
    const { gateway } = this.#parts;
    if (spec === null) return invalid('there is no spec');
    if (requestId.length > REQUEST_ID_LENGTH) return invalid('the request id is too long');
    const shared = sharedSpec(spec, identity, gateway.site);
    if (typeof shared === 'string') return invalid(shared);
    const command = commandOf(shared);
    const named =
      requestId === '' ? command : withRequestId(command, scopedId(identity, requestId));
    const result = await gateway.command(named, identity);
    if (result.kind === 'submitted') return { job: result.job };
    return result.kind === 'refused' ? callError(result.refusal) : invalid(result.kind);
  }

  async #get({ jobs }: GetRequest, identity: Identity): Promise<JobStates | CallError> {
    if (jobs.length > GET_JOBS) return invalid(`at most ${GET_JOBS} jobs`);
    if (jobs.length === 0) return { jobs: [] };
    const refs = jobs.map((job) => ({ job: jobId(job) }));
    const view = await this.#parts.gateway.query(
      { kind: 'jobs', selection: { refs }, finishedSince: instant(0) },
      identity,
    );
    return { jobs: view.kind === 'jobs' ? view.jobs.map(jobState) : [] };
  }
}

function isCallError(reply: object): reply is CallError {
  return 'code' in reply && 'details' in reply;
}

function listen(
  listener: Listener,
  where: { host?: string; port?: number; path?: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', (cause) => {
      const words = `cannot listen on ${where.path ?? `${where.host}:${where.port}`}`;
      reject(new GatewayError('cannotListen', words, { cause }));
    });
    listener.listen(where, resolve);
  });
}
