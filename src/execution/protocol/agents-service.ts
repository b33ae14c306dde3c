// The gRPC service of proto/agent.proto with codecs made from that file at start.
// protobufjs is used directly: proto-loader would copy every message into another object, column by
// column. What is a Buffer already is sent as it is, so that a repeat costs nothing.

import * as path from 'node:path';
import protobuf from 'protobufjs';
import type { FromAgent, ToAgent } from './messages.ts';

/** Version of the protocol; a daemon refuses agents of another one. */
export const PROTOCOL = 1;

/** The largest message either end takes: a script and an environment at their limits, and room. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Turns one kind of message into bytes and back. Decoding throws on bytes that are no message. */
export interface Codec<T> {
  encode(message: T | Buffer): Buffer;
  decode(bytes: Buffer): T;
}

/** The one call of the service, as grpc-js wants it described. */
export interface AttachMethod {
  readonly path: string;
  readonly fromAgent: Codec<FromAgent>;
  readonly toAgent: Codec<ToAgent>;
}

/** The service's call, from the protocol file. */
export function loadAttachMethod(): AttachMethod {
  // The same distance from src/execution/protocol and from dist/execution/protocol.
  const root = new protobuf.Root();
  root.loadSync(path.join(import.meta.dirname, '../../../proto/agent.proto'));
  return {
    path: '/spillway.agent.v1.Agents/Attach',
    fromAgent: codecOf<FromAgent>(root.lookupType('spillway.agent.v1.FromAgent')),
    toAgent: codecOf<ToAgent>(root.lookupType('spillway.agent.v1.ToAgent')),
  };
}

function codecOf<T extends object>(type: protobuf.Type): Codec<T> {
  return {
    encode: (message) =>
      Buffer.isBuffer(message) ? message : (type.encode(message).finish() as Buffer),
    decode: (bytes) => type.decode(bytes) as unknown as T,
  };
}
