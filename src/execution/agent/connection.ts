// One stream to the daemon at a time, dialled again for ever. Knows nothing of orders and reports:
// it says when a stream is there, what came in, and when it broke. Each dial has a client of its
// own, so that gRPC's back-off does not add to ours.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import type { Logger } from '../../base/log.ts';
import { type AttachMethod, MAX_MESSAGE_BYTES } from '../protocol/agents-service.ts';
import type { FromAgent, ToAgent } from '../protocol/messages.ts';
import type { AgentTimes } from './settings.ts';

/** What the connection's owner does. */
export interface ConnectionEvents {
  /** The first message of a new stream. */
  hello(): FromAgent;
  received(message: ToAgent): void;
  closed(): void;
  /** The daemon's directory is not there any more. */
  directoryGone(): void;
}

/** What a connection is given. */
export interface ConnectionParts {
  readonly method: AttachMethod;
  readonly log: Logger;
  readonly events: ConnectionEvents;
}

type Stream = ClientDuplexStream<FromAgent | Buffer, ToAgent>;

export class Connection {
  readonly #socket: string;
  readonly #times: AgentTimes;
  readonly #parts: ConnectionParts;
  #client: Client | undefined;
  #stream: Stream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waitMs: number;
  #heardAtMs = performance.now();
  #dialledAtMs = 0;
  #stopped = false;

  constructor(settings: { socket: string; times: AgentTimes }, parts: ConnectionParts) {
    this.#socket = settings.socket;
    this.#times = settings.times;
    this.#parts = parts;
    this.#waitMs = settings.times.redialMs;
  }

  /** Milliseconds since the daemon was last heard. */
  get silentMs(): number {
    return performance.now() - this.#heardAtMs;
  }

  /** Begins to dial. */
  start(): void {
    this.#dial();
  }

  /** Closes the stream, what was written being sent first, and dials no more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#stream?.end();
    this.#client?.close();
  }

  /** Sends on the present stream; without one it is lost. */
  send(message: FromAgent | Buffer): void {
    this.#stream?.write(message);
  }

  /** Gives a stream up that brought nothing for so long, and dials again. */
  renewIfSilent(silenceMs: number): void {
    const since = Math.max(this.#heardAtMs, this.#dialledAtMs);
    if (performance.now() - since > silenceMs) this.#stream?.cancel();
  }

  #dial(): void {
    if (this.#stopped) return;
    if (!fs.existsSync(path.dirname(this.#socket))) {
      this.#parts.events.directoryGone();
      return;
    }
    const { method, events } = this.#parts;
    const client = new Client(`unix:${this.#socket}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    });
    const stream = client.makeBidiStreamRequest<FromAgent | Buffer, ToAgent>(
      method.path,
      method.fromAgent.encode,
      method.toAgent.decode,
      new Metadata(),
    );
    this.#client = client;
    this.#stream = stream;
    this.#dialledAtMs = performance.now();
    stream.on('data', (message: ToAgent) => {
      if (stream !== this.#stream) return;
      this.#heardAtMs = performance.now();
      this.#waitMs = this.#times.redialMs;
      events.received(message);
    });
    stream.on('error', (error: Error) => this.#closed(stream, error));
    stream.on('end', () => this.#closed(stream));
    stream.write(events.hello());
  }

  #closed(stream: Stream, error?: Error): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#client?.close();
    if (this.#stopped) return;
    this.#parts.log.debug('lost the daemon', { error: error?.message });
    this.#parts.events.closed();
    // Half of the wait is drawn, so that many nodes do not come back at once.
    const waitMs = this.#waitMs * (0.5 + Math.random() / 2);
    this.#waitMs = Math.min(this.#waitMs * 2, this.#times.longestRedialMs);
    this.#timer = setTimeout(() => this.#dial(), waitMs);
  }
}
