// The stream of submissions. One message is one call of the engine; all jobs of a spec share its
// request and content, and without a request id even the command, so that a job costs the door one
// array entry. Replies go out in the order of the messages, which is not always the order of the
// commits.

import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { Logger } from '../../base/log.ts';
import type { Gateway } from '../../engine/api.ts';
import type { Command, CommandResult, Submission } from '../../model/command.ts';
import type { Identity } from '../../model/user.ts';
import { sharedSpec } from './job-spec.ts';
import type { Refused, SubmitBatchReply, SubmitBatchRequest } from './messages.ts';
import { type CallError, invalid, refusedJob } from './refusals.ts';
import type { GrpcDoorSettings } from './settings.ts';

type Stream = ServerDuplexStream<SubmitBatchRequest, SubmitBatchReply>;
type SubmitCommand = Extract<Command, { kind: 'submitJob' }>;

/** What a stream works with. */
export interface BatchParts {
  readonly gateway: Gateway;
  readonly identity: Identity;
  readonly settings: GrpcDoorSettings;
  readonly log: Logger;
}

/** Serves one stream to its end. */
export class BatchStream {
  readonly #stream: Stream;
  readonly #parts: BatchParts;
  /** The submit command of every handle that the client named. */
  readonly #specs = new Map<number, { readonly command: SubmitCommand; readonly bytes: number }>();
  #specBytes = 0;
  #messages = 0;
  /** Jobs of the messages that are being decided. */
  #jobs = 0;
  #failed = false;
  /** Settles when all replies so far are written. */
  #written: Promise<void> = Promise.resolve();

  constructor(stream: Stream, parts: BatchParts) {
    this.#stream = stream;
    this.#parts = parts;
  }

  serve(): void {
    this.#stream.on('data', (message: SubmitBatchRequest) => {
      if (!this.#failed) this.#takeSafely(message);
    });
    this.#stream.on('end', () => void this.#written.then(() => this.#failed || this.#stream.end()));
    this.#stream.on('cancelled', () => {
      this.#failed = true;
    });
  }

  /** The one catch of the stream: a listener that throws would end the process. */
  #takeSafely(message: SubmitBatchRequest): void {
    try {
      this.#take(message);
    } catch (error) {
      this.#failLater(this.#internal(error));
    }
  }

  #take(message: SubmitBatchRequest): void {
    const commands = this.#learn(message) ?? this.#commandsOf(message);
    if (!Array.isArray(commands)) {
      this.#failLater(commands);
      return;
    }
    this.#messages += 1;
    this.#jobs += commands.length;
    if (this.#isFull()) this.#stream.pause();
    const { gateway, identity } = this.#parts;
    const decided = gateway
      .commands(commands, identity)
      .then(replyOf, (error: unknown) => this.#internal(error));
    this.#written = this.#written.then(async () => this.#reply(await decided, commands.length));
  }

  /** Keeps the specs of a message; returns what is wrong with them. */
  #learn({ specs }: SubmitBatchRequest): CallError | undefined {
    const { settings, identity, gateway } = this.#parts;
    for (const { handle, spec } of specs) {
      const read =
        spec === null ? 'a named spec is empty' : sharedSpec(spec, identity, gateway.site);
      if (typeof read === 'string') return invalid(`spec ${handle}: ${read}`);
      this.#specBytes += read.bytes - (this.#specs.get(handle)?.bytes ?? 0);
      this.#specs.set(handle, { command: commandOf(read), bytes: read.bytes });
    }
    const isFull =
      this.#specs.size > settings.maxSpecsPerStream ||
      this.#specBytes > settings.maxSpecBytesPerStream;
    return isFull
      ? { code: status.RESOURCE_EXHAUSTED, details: 'too many specs in one stream' }
      : undefined;
  }

  #commandsOf({ jobs, requestId }: SubmitBatchRequest): Command[] | CallError {
    const { settings, identity } = this.#parts;
    if (jobs.length > settings.maxJobsPerMessage) {
      return invalid(`a message has at most ${settings.maxJobsPerMessage} jobs`);
    }
    if (requestId.length > REQUEST_ID_LENGTH) return invalid('the request id is too long');
    const commands: Command[] = new Array<Command>(jobs.length);
    for (let i = 0; i < jobs.length; i++) {
      const known = this.#specs.get(jobs[i] as number);
      if (known === undefined) return invalid(`job ${i}: no spec has the handle ${jobs[i]}`);
      const { command } = known;
      commands[i] =
        requestId === ''
          ? command
          : withRequestId(command, `${scopedId(identity, requestId)}/${i}`);
    }
    return commands;
  }

  #isFull(): boolean {
    const { messagesUnderWay, jobsUnderWay } = this.#parts.settings;
    return this.#messages >= messagesUnderWay || this.#jobs >= jobsUnderWay;
  }

  async #reply(reply: SubmitBatchReply | CallError, jobs: number): Promise<void> {
    this.#messages -= 1;
    this.#jobs -= jobs;
    if (this.#failed) return;
    if ('code' in reply) {
      this.#fail(reply);
      return;
    }
    if (!this.#isFull()) this.#stream.resume();
    if (!this.#stream.write(reply)) await drained(this.#stream);
  }

  #failLater(error: CallError): void {
    this.#written = this.#written.then(() => this.#fail(error));
  }

  #internal(error: unknown): CallError {
    this.#parts.log.error('batch stream failed', { error });
    return { code: status.INTERNAL, details: 'internal error' };
  }

  /** Ends the call; what was decided before has been answered. */
  #fail(error: CallError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#stream.emit('error', error);
  }
}

export const REQUEST_ID_LENGTH = 128;

/** Ids of one user never meet another's. */
export function scopedId({ uid }: Identity, requestId: string): string {
  return `grpc/${uid}/${requestId}`;
}

/** The command of a spec, without request id. */
export function commandOf(spec: Exclude<ReturnType<typeof sharedSpec>, string>): SubmitCommand {
  const { request, content, defaultQueue } = spec;
  const submission: Submission = { request, content, ...(defaultQueue ? { defaultQueue } : {}) };
  return { kind: 'submitJob', submission };
}

/** The same command, recognised when it is repeated. */
export function withRequestId({ submission }: SubmitCommand, requestId: string): SubmitCommand {
  return { kind: 'submitJob', submission: { ...submission, requestId } };
}

function replyOf(results: readonly CommandResult[]): SubmitBatchReply {
  const jobs: number[] = new Array<number>(results.length);
  const refused: Refused[] = [];
  for (let i = 0; i < results.length; i++) {
    const result = results[i] as CommandResult;
    jobs[i] = result.kind === 'submitted' ? result.job : 0;
    if (result.kind === 'refused') refused.push(refusedJob(i, result.refusal));
  }
  return { jobs, refused };
}

/** The reader took what was written, or went. */
function drained(stream: Stream): Promise<void> {
  const events = ['drain', 'cancelled', 'close'] as const;
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) stream.removeListener(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}
