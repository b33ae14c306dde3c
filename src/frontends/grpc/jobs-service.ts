// The gRPC service of proto/jobs.proto, with codecs made from that file at start. protobufjs is
// used directly: proto-loader would copy every message into another object, entry by entry.

import * as path from 'node:path';
import type { MethodDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import type {
  GetRequest,
  JobStates,
  SubmitBatchReply,
  SubmitBatchRequest,
  SubmitReply,
  SubmitRequest,
} from './messages.ts';

const PACKAGE = 'spillway.jobs.v1';

/** The calls, as grpc-js wants them described; a client is made from the same. */
export interface JobsService {
  readonly submit: MethodDefinition<SubmitRequest, SubmitReply>;
  readonly submitBatch: MethodDefinition<SubmitBatchRequest, SubmitBatchReply>;
  readonly get: MethodDefinition<GetRequest, JobStates>;
  readonly watch: MethodDefinition<GetRequest, JobStates>;
}

/** Reads the protocol file. */
export function loadJobsService(): JobsService {
  const root = new protobuf.Root();
  // The same distance from src/frontends/grpc and from dist/frontends/grpc.
  root.loadSync(path.join(import.meta.dirname, '../../../proto/jobs.proto'));
  const method = <Request extends object, Reply extends object>(
    name: string,
  ): MethodDefinition<Request, Reply> => {
    const described = root.lookupService(`${PACKAGE}.Jobs`).methods[name];
    const asked = codecOf<Request>(root.lookupType(`${PACKAGE}.${described?.requestType}`));
    const answered = codecOf<Reply>(root.lookupType(`${PACKAGE}.${described?.responseType}`));
    return {
      path: `/${PACKAGE}.Jobs/${name}`,
      requestStream: described?.requestStream === true,
      responseStream: described?.responseStream === true,
      requestSerialize: asked.encode,
      requestDeserialize: asked.decode,
      responseSerialize: answered.encode,
      responseDeserialize: answered.decode,
    };
  };
  return {
    submit: method('Submit'),
    submitBatch: method('SubmitBatch'),
    get: method('Get'),
    watch: method('Watch'),
  };
}

function codecOf<T extends object>(type: protobuf.Type) {
  return {
    encode: (message: T): Buffer => type.encode(message).finish() as Buffer,
    decode: (bytes: Buffer): T => type.decode(bytes) as unknown as T,
  };
}
