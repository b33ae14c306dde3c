// Questions to a worker thread and their answers, in order. Knows nothing about databases. A thread
// that dies fails every question, asked and to be asked.

import { parentPort, type TransferListItem, Worker } from 'node:worker_threads';
import { entryPath } from '../base/entry.ts';

/** What a question failed with, on either side; `code` is SQLite's, the system's or ours. */
export class Failure extends Error {
  readonly code: string;

  constructor(code: string, words: string) {
    super(words);
    this.code = code;
  }
}

/** A failure as it crosses the threads: an Error would lose its code. */
interface FailureMessage {
  readonly code: string;
  readonly words: string;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (failure: Failure) => void;
}

/** Our end of a thread. */
export class Thread {
  readonly #worker: Worker;
  /** Answers come in the order of the questions. */
  readonly #waiting: Waiting[] = [];
  #gone: Failure | undefined;

  /** Starts `module` of dist/. Whether it can work is told by its first answer. */
  constructor(module: string, workerData: unknown) {
    this.#worker = new Worker(entryPath(module), { workerData });
    this.#worker.on('message', (answer: { value?: unknown; failure?: FailureMessage }) => {
      const asked = this.#waiting.shift();
      const { failure } = answer;
      if (failure) asked?.reject(new Failure(failure.code, failure.words));
      else asked?.resolve(answer.value);
    });
    this.#worker.on('error', (error) => this.#end(String(error)));
    this.#worker.on('exit', () => this.#end('the thread ended'));
  }

  /** Resolves with the answer; rejects with a Failure. */
  ask<T>(question: unknown, moved: readonly ArrayBuffer[] = []): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#gone) return reject(this.#gone);
      this.#waiting.push({ resolve: resolve as Waiting['resolve'], reject });
      this.#worker.postMessage(question, moved as TransferListItem[]);
    });
  }

  /** Ends it at once. What must happen before is asked for. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(words: string): void {
    this.#gone ??= new Failure('threadDied', words);
    for (const asked of this.#waiting.splice(0)) asked.reject(this.#gone);
  }
}

/** The thread's own end: answers with what `answer` returns, resolves to or throws. */
export function serve<Question>(answer: (question: Question) => unknown): void {
  const fail = (error: unknown): void => {
    const { code, message } = failureOf(error);
    parentPort?.postMessage({ failure: { code, words: message } satisfies FailureMessage });
  };
  parentPort?.on('message', (question: Question) => {
    try {
      const value = answer(question);
      // Answered in the same turn wherever possible, as the next question may be behind it.
      if (value instanceof Promise) value.then(tell, fail);
      else tell(value);
    } catch (error) {
      fail(error);
    }
  });
}

/** The large array of a page of jobs changes hands instead of being copied. */
function tell(value: unknown): void {
  const numbers = (value as { columns?: { numbers?: Float64Array } } | undefined)?.columns?.numbers;
  parentPort?.postMessage({ value }, numbers ? [numbers.buffer as ArrayBuffer] : []);
}

/** Any error with its code. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return new Failure(typeof code === 'string' ? code : 'failed', String(message ?? error));
}
