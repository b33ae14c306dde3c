// A client of the gRPC Jobs service for tests and benchmarks, made from the service's own
// description.

import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
} from '@grpc/grpc-js';
import { callSignature } from '../../src/frontends/auth/signed-call.ts';
import { type JobsService, loadJobsService } from '../../src/frontends/grpc/jobs-service.ts';
import type {
  GetRequest,
  JobSpec,
  JobStates,
  SubmitBatchReply,
  SubmitBatchRequest,
  SubmitReply,
} from '../../src/frontends/grpc/messages.ts';

/** A spec as a client writes it: what is left out is not asked for. */
export type Asked = Partial<JobSpec>;
export interface BatchMessage {
  readonly specs?: readonly { readonly handle: number; readonly spec: Asked }[];
  readonly jobs?: readonly number[];
  readonly requestId?: string;
}

/** Signs calls as proto/jobs.proto says. */
export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Milliseconds that the client's clock is wrong. */
  readonly skewMs?: number;
}

export class JobsClient {
  readonly #client: Client;
  readonly #service: JobsService = loadJobsService();
  readonly #key: Key | undefined;

  /** Without a key, calls are not signed: for a unix socket. */
  constructor(address: string, key?: Key) {
    const options = { 'grpc.max_send_message_length': -1, 'grpc.use_local_subchannel_pool': 1 };
    this.#client = new Client(address, credentials.createInsecure(), options);
    this.#key = key;
  }

  submit(spec: Asked, requestId = ''): Promise<SubmitReply> {
    return this.#unary(this.#service.submit, { spec: spec as JobSpec, requestId });
  }

  get(jobs: readonly number[]): Promise<JobStates> {
    return this.#unary(this.#service.get, { jobs });
  }

  batch(): ClientDuplexStream<BatchMessage, SubmitBatchReply> {
    const { path, requestSerialize, responseDeserialize } = this.#service.submitBatch;
    return this.#client.makeBidiStreamRequest(
      path,
      (message: BatchMessage) => requestSerialize(message as SubmitBatchRequest),
      responseDeserialize,
      this.#metadata(path),
    );
  }

  watch(jobs: readonly number[]): ClientReadableStream<JobStates> {
    const { path, requestSerialize, responseDeserialize } = this.#service.watch;
    const message: GetRequest = { jobs };
    return this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      message,
      this.#metadata(path),
    );
  }

  close(): void {
    this.#client.close();
  }

  #unary<Request, Reply>(
    method: {
      readonly path: string;
      readonly requestSerialize: (message: Request) => Buffer;
      readonly responseDeserialize: (bytes: Buffer) => Reply;
    },
    message: Request,
  ): Promise<Reply> {
    const { path, requestSerialize, responseDeserialize } = method;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        message,
        this.#metadata(path),
        (error, reply) =>
          error === null && reply !== undefined ? resolve(reply) : reject(error as Error),
      );
    });
  }

  #metadata(path: string): Metadata {
    const metadata = new Metadata();
    if (this.#key === undefined) return metadata;
    const date = String(Date.now() + (this.#key.skewMs ?? 0));
    metadata.set('x-spillway-key', this.#key.accessKeyId);
    metadata.set('x-spillway-date', date);
    metadata.set('x-spillway-signature', callSignature(this.#key.secretAccessKey, path, date));
    return metadata;
  }
}
