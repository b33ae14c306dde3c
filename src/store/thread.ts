// Questions to a worker thread and their answers, in order. Knows nothing about databases. A thread that
// dies fails every question, asked and to be asked.

import { parentPort, type TransferListItem, Worker } from 'node:worker_threads';
import { entryPath } from '../base/entry.ts';

/** What a question failed with, as it crosses the threads. */
export interface Failure {
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

  /** Starts `module` of dist/. Its first answer, asked for by `ready`, tells whether it can work. */
  constructor(module: string, workerData: unknown) {
    this.#worker = new Worker(entryPath(module), { workerData });
    this.#worker.on('message', (answer: { value?: unknown; failure?: Failure }) => {
      const asked = this.#waiting.shift();
      if (answer.failure) asked?.reject(answer.failure);
      else asked?.resolve(answer.value);
    });
    this.#worker.on('error', (error) => this.#end({ code: 'threadDied', words: String(error) }));
    this.#worker.on('exit', () => this.#end({ code: 'threadDied', words: 'the thread ended' }));
  }

  /** Rejects with a Failure. */
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

  #end(failure: Failure): void {
    this.#gone ??= failure;
    for (const asked of this.#waiting.splice(0)) asked.reject(this.#gone);
  }
}

/** The thread's own end: answers every question with what `answer` returns or throws. */
export function serve<Question>(answer: (question: Question) => unknown): void {
  parentPort?.on('message', async (question: Question) => {
    try {
      const result = answer(question);
      // Only a wait for something: two questions answered at once keep their order.
      const value = result instanceof Promise ? await result : result;
      parentPort?.postMessage({ value }, movedOf(value));
    } catch (error) {
      parentPort?.postMessage({ failure: failureOf(error) });
    }
  });
}

/** What an error says, for the other side. */
export function failureOf(error: unknown): Failure {
  const { code, message, words } = error as { code?: unknown; message?: unknown; words?: unknown };
  return { code: String(code ?? 'failed'), words: String(words ?? message ?? error) };
}

/** The large array of a page of jobs changes hands instead of being copied. */
function movedOf(value: unknown): TransferListItem[] {
  const numbers = (value as { columns?: { numbers?: Float64Array } } | undefined)?.columns?.numbers;
  return numbers ? [numbers.buffer as ArrayBuffer] : [];
}
