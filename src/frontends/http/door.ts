// The HTTP door: one server, the Batch API on bare node:http, everything else through express. A
// connection proves nothing: who speaks is known by signature alone. Whatever is slow, silent or
// malformed is closed within ten seconds, with JSON where there is somebody to read it.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../../base/gateway-error.ts';
import type { Service } from '../../base/service.ts';
import { BatchApi, type BatchApiParts, OPERATION_HEADER } from './batch-api.ts';
import { pages, type PagesParts } from './pages.ts';
import type { HttpDoorSettings } from './settings.ts';

/** What the door is given. */
export interface HttpDoorParts extends BatchApiParts, PagesParts {}

/** How often Node looks for connections beyond their limits. */
const CHECK_MS = 1000;

/** The HTTP door, listening. */
export class HttpDoor implements Service {
  readonly #settings: HttpDoorSettings;
  readonly #parts: HttpDoorParts;
  #server: Server | undefined;

  constructor(settings: HttpDoorSettings, parts: HttpDoorParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** Rejects with GatewayError `cannotListen` when the address is taken or not ours. */
  async start(): Promise<void> {
    const { host, port } = this.#settings;
    const server = this.#make();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        reject(new GatewayError('cannotListen', `cannot listen on ${host}:${port}`, { cause }));
      });
      server.listen(port, host, resolve);
    });
    this.#server = server;
  }

  /** The port that is listened on; only between start and stop. */
  get port(): number {
    return (this.#server?.address() as AddressInfo | null)?.port ?? 0;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const cancel = this.#parts.clock.after(this.#settings.closeLimitMs, () =>
      server.closeAllConnections(),
    );
    await closed;
    cancel();
  }

  #make(): Server {
    const settings = this.#settings;
    const batch = new BatchApi(settings, this.#parts);
    const others = pages(this.#parts);
    const server = createServer(
      {
        maxHeaderSize: settings.maxHeaderBytes,
        headersTimeout: settings.headersLimitMs,
        requestTimeout: settings.requestLimitMs,
        keepAliveTimeout: settings.keepAliveMs,
        connectionsCheckingInterval: CHECK_MS,
        noDelay: true,
      },
      (request: IncomingMessage, response: ServerResponse) => {
        const isApi = request.url?.startsWith('/v1/') === true || namesOperation(request);
        if (isApi) void batch.serve(request, response);
        else others(request, response);
      },
    );
    server.maxConnections = settings.maxConnections;
    server.on('clientError', refuseMalformed);
    return server;
  }
}

/** A request of the logs' clients. */
function namesOperation({ url, headers }: IncomingMessage): boolean {
  return url === '/' && OPERATION_HEADER in headers;
}

/** Node found no HTTP in it, or not in time. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_OF[error.code ?? ''] ?? '400 Bad Request';
  const body = JSON.stringify({ message: status.slice(4) });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

const STATUS_OF: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
