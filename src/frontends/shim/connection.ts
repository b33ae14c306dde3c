// One shim's connection as questions and answers: what the session needs of the socket and the
// frames, and no more. Output gathers here and leaves in few writes; a peer that breaks the
// protocol, exceeds what it was granted or falls silent is cut off, and every question then rejects
// with ConnectionLost.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { FileAnswer } from '../../dialects/kit/dialog.ts';
import { FrameError, VersionError } from './fields.ts';
import {
  CHUNK_BYTES,
  type Ending,
  exitFrame,
  FrameReader,
  needFileFrame,
  needStdinFrame,
  outputFrames,
  printFileFrame,
  stopPrintFrame,
  type UpFrame,
} from './frames.ts';
import type { Hello } from './hello.ts';
import type { ShimDoorSettings } from './settings.ts';

/** The shim is gone, or was cut off for `message`. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** What one question still waits for. */
interface Question {
  readonly content: 'hello' | 'input' | 'file' | 'print';
  readonly resolve: (answer: { hello?: Hello; chunks: Buffer[]; ending: Ending }) => void;
  readonly reject: (lost: ConnectionLost) => void;
  readonly chunks: Buffer[];
  granted: number;
}

/** What the door wants to know of a connection. */
export interface ConnectionEvents {
  /** The number of bytes that it holds has changed by so many; false: these are too many. */
  readonly held: (change: number) => boolean;
  readonly ended: () => void;
}

/** A connection from its accept to its end. */
export class ShimConnection {
  readonly #socket: Socket;
  readonly #settings: ShimDoorSettings;
  readonly #events: ConnectionEvents;
  readonly #frames = new FrameReader();
  #isOver = false;
  #waiters: AbortController | undefined;
  #lostBecause = 'the shim left';
  #question: Question | undefined;
  #output: Buffer[] = [];
  #outputBytes = 0;
  #heldBytes = 0;

  constructor(socket: Socket, settings: ShimDoorSettings, events: ConnectionEvents) {
    this.#socket = socket;
    this.#settings = settings;
    this.#events = events;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.cut(error.message));
    socket.on('close', () => this.#end());
    socket.on('timeout', () => this.cut('nothing moved for too long'));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Aborts with a ConnectionLost when the connection is over. Made when first asked for, since most
   * commands never wait.
   */
  get closed(): AbortSignal {
    this.#waiters ??= new AbortController();
    if (this.#isOver) this.#waiters.abort(this.lost());
    return this.#waiters.signal;
  }

  /** The error that a question meets once the connection is over. */
  lost(): ConnectionLost {
    return new ConnectionLost(this.#lostBecause);
  }

  async hello(): Promise<Hello> {
    const { hello } = await this.#ask('hello', 0, 0);
    if (hello === undefined) throw new ConnectionLost('no Hello');
    return hello;
  }

  /** All of standard input, up to `maximumBytes`. The user may take any time. */
  async readStdin(maximumBytes: number): Promise<FileAnswer> {
    this.#put([needStdinFrame(maximumBytes + 1)]);
    return answerOf(await this.#ask('input', maximumBytes + 1, 0), maximumBytes);
  }

  async readFile(path: string, maximumBytes: number): Promise<FileAnswer> {
    this.#put([needFileFrame(path, maximumBytes + 1)]);
    const answer = await this.#ask('file', maximumBytes + 1, this.#settings.fileLimitMs);
    return answerOf(answer, maximumBytes);
  }

  /** Has the shim print a file; with `until`, as it grows until that resolves. */
  async printFile(path: string, until?: Promise<unknown>): Promise<FileAnswer> {
    this.#put([printFileFrame(path, until !== undefined)]);
    const printed = this.#ask('print', 0, 0);
    if (until !== undefined) {
      const first = await Promise.race([until.then(() => 'stop'), printed]);
      if (first === 'stop') {
        this.#put([stopPrintFrame()]);
        await this.flush();
      }
    }
    return answerOf(await printed, 0);
  }

  /** Adds output. True: enough has gathered for a flush before more is made. */
  write(to: 'stdout' | 'stderr', text: string): boolean {
    this.#put(outputFrames(to, text));
    return this.#outputBytes >= CHUNK_BYTES;
  }

  /** Sends what gathered; resolves when the shim can take more. */
  async flush(): Promise<void> {
    if (this.#outputBytes === 0) return;
    if (this.#send()) return;
    await this.#within(this.#settings.drainLimitMs, async () => {
      await once(this.#socket, 'drain', { signal: this.closed });
    });
  }

  /**
   * The last word: what gathered and the exit status. The kernel keeps it for the shim after the
   * end.
   */
  exit(code: number): void {
    this.#put([exitFrame({ code })]);
    this.#lostBecause = 'the command ended';
    this.#send();
    if (this.#socket.writableLength === 0) {
      this.#socket.destroy();
      return;
    }
    this.#socket.setTimeout(this.#settings.drainLimitMs);
    this.#socket.destroySoon();
  }

  /** Ends the connection without an answer: the shim will repeat its command. */
  cut(why: string): void {
    if (this.#isOver) return;
    this.#lostBecause = why;
    this.#socket.destroy();
    this.#end();
  }

  #put(frames: readonly Buffer[]): void {
    for (const frame of frames) {
      this.#output.push(frame);
      this.#outputBytes += frame.length;
    }
  }

  #send(): boolean {
    if (this.#isOver) throw this.lost();
    const bytes = this.#output.length === 1 ? this.#output[0] : Buffer.concat(this.#output);
    this.#output = [];
    this.#outputBytes = 0;
    return this.#socket.write(bytes as Buffer);
  }

  async #ask(content: Question['content'], granted: number, limitMs: number) {
    if (this.#outputBytes > 0) this.#send();
    return await this.#within(limitMs, () => {
      return new Promise<Parameters<Question['resolve']>[0]>((resolve, reject) => {
        if (this.#isOver) return reject(this.lost());
        this.#question = { content, granted, resolve, reject, chunks: [] };
        this.#drainFrames();
      });
    });
  }

  /** Cuts the connection when `limitMs` pass without a byte either way; 0: no limit. */
  async #within<T>(limitMs: number, wait: () => Promise<T>): Promise<T> {
    if (limitMs === 0) return await wait();
    this.#socket.setTimeout(limitMs);
    try {
      return await wait();
    } finally {
      this.#socket.setTimeout(0);
    }
  }

  #take(chunk: Buffer): void {
    this.#frames.push(chunk);
    if (this.#hold(chunk.length)) this.#drainFrames();
    else this.cut('too many bytes of this user wait');
  }

  #hold(change: number): boolean {
    this.#heldBytes += change;
    return this.#events.held(change);
  }

  #drainFrames(): void {
    try {
      for (;;) {
        const frame = this.#frames.next();
        if (frame === undefined) return;
        this.#accept(frame);
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      if (error instanceof VersionError) this.#refuseVersion();
      else this.cut(error.message);
    }
  }

  /** Err and Exit are the same in every version, so that an upgrade half-way done says so. */
  #refuseVersion(): void {
    this.write('stderr', 'spillway: this command and its daemon are of different versions\n');
    this.exit(255);
  }

  #accept(frame: UpFrame): void {
    switch (frame.kind) {
      case 'hello':
        return this.#finish('hello', { hello: frame.hello, chunks: [], ending: { kind: 'eof' } });
      case 'input':
      case 'file':
        return this.#collect(frame.kind, frame.bytes);
      case 'inputEnd':
        return this.#finish('input', this.#collected(frame.ending));
      case 'fileEnd':
        return this.#finish('file', this.#collected(frame.ending));
      case 'printEnd':
        return this.#finish('print', this.#collected(frame.ending));
      case 'signal':
      case 'resize':
        throw new FrameError(`a ${frame.kind} frame that nobody asked for`);
      default:
        frame satisfies never;
    }
  }

  #collected(ending: Ending) {
    return { chunks: this.#question?.chunks ?? [], ending };
  }

  #collect(content: 'input' | 'file', bytes: Buffer): void {
    const question = this.#question;
    if (question?.content !== content || bytes.length > question.granted) {
      throw new FrameError(`${bytes.length} bytes of ${content} that nobody asked for`);
    }
    question.granted -= bytes.length;
    question.chunks.push(bytes);
  }

  #finish(content: Question['content'], answer: Parameters<Question['resolve']>[0]): void {
    const question = this.#question;
    if (question?.content !== content) {
      throw new FrameError(`the end of ${content}, which nobody asked for`);
    }
    this.#question = undefined;
    this.#hold(this.#frames.waitingBytes - this.#heldBytes);
    question.resolve(answer);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#hold(-this.#heldBytes);
    this.#events.ended();
    this.#waiters?.abort(this.lost());
    this.#question?.reject(this.lost());
    this.#question = undefined;
  }
}

function answerOf(answer: { chunks: Buffer[]; ending: Ending }, maximumBytes: number): FileAnswer {
  if (answer.ending.kind === 'error') return { kind: 'failed', errno: answer.ending.errno };
  const bytes = answer.chunks.length === 1 ? answer.chunks[0] : Buffer.concat(answer.chunks);
  if (bytes === undefined || bytes.length > maximumBytes) return { kind: 'tooLarge' };
  return { kind: 'bytes', bytes };
}
