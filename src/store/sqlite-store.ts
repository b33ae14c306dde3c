// The durable memory: one SQLite database, a thread that writes it and one that reads it. This file
// is the main thread's side: packs, asks, unpacks, and turns failures into the port's errors. It
// never opens the database itself, so a slow disk never holds up the event loop.

import type { Instant } from '../base/brand.ts';
import { GatewayError } from '../base/gateway-error.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Service } from '../base/service.ts';
import type { Commit, HistoryQuery, Loaded, Store } from '../engine/ports.ts';
import type { JobId, SpecKey } from '../model/ids.ts';
import type { JobContent, JobRequest } from '../model/job-request.ts';
import type { JobRecord } from '../model/record.ts';
import { Ballast } from './ballast.ts';
import { packCommit } from './commit-message.ts';
import { unpackJobs } from './job-columns.ts';
import type { JobPage, LoadedRest } from './reader.ts';
import type { Examination, ReaderQuestion, ReaderSettings } from './reader-thread.ts';
import { damaged, type OpenedDirectory, openStateDirectory } from './state-directory.ts';
import { failureOf, Thread } from './thread.ts';
import type { Committed, WriterQuestion, WriterSettings } from './writer-thread.ts';

/** Where it lies. */
export interface StoreSettings {
  readonly directory: string;
  /** Room kept for when the disk is full. Default 16 MiB. */
  readonly ballastBytes?: number;
}

const BALLAST_BYTES = 16 * 1024 * 1024;

/** Jobs handed from thread to thread at once. */
const PAGE = 10_000;

interface Opened {
  readonly directory: OpenedDirectory;
  readonly writer: Thread;
  readonly reader: Thread;
  readonly ballast: Ballast;
}

/** The Store on a state directory. Starts its two threads, and ends them with `stop`. */
export class SqliteStore implements Store, Service {
  readonly #settings: StoreSettings;
  readonly #clock: Clock;
  readonly #log: Logger;
  #opened: Opened | undefined;
  /** Failed commits that we have heard of. */
  #round = 0;

  constructor(settings: StoreSettings, parts: { readonly clock: Clock; readonly log: Logger }) {
    this.#settings = settings;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Rejects with GatewayError `locked`, `damaged`, `newerDatabase` or `storeFailed`. */
  async start(): Promise<void> {
    const directory = openStateDirectory(this.#settings.directory);
    const { database: file, ballast: ballastFile, isChecked } = directory;
    const bytes = this.#settings.ballastBytes ?? BALLAST_BYTES;
    const ballast = new Ballast(ballastFile, bytes, { clock: this.#clock, log: this.#log });
    const threads: Thread[] = [];
    try {
      await ballast.start();
      const writerSettings: WriterSettings = { file, ballast: ballastFile, isChecked };
      const writer = new Thread('store/writer-thread.js', writerSettings);
      threads.push(writer);
      await writer.ask({ kind: 'open' } satisfies WriterQuestion);
      // Not before the log is there: a pid without one is the sign of a damaged database.
      directory.lock.say(`${process.pid}\n`);
      const reader = await this.#openReader(file);
      this.#opened = { directory, writer, reader, ballast };
    } catch (failure) {
      await Promise.all([...threads.map((thread) => thread.stop()), ballast.stop()]);
      directory.lock.release();
      throw errorOf(failure, file);
    }
  }

  async stop(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    const { directory, writer, reader, ballast } = opened;
    await ballast.stop();
    await close(reader);
    // Before the log goes, as the pid without it would mean damage.
    directory.lock.say('');
    await close(writer);
    directory.lock.release();
  }

  async load(finishedSince: Instant): Promise<Loaded> {
    const rest = await this.#read<LoadedRest>({ kind: 'beginLoad', finishedSince });
    const requestOf = requests();
    const jobs: JobRecord[] = [];
    for (let page = PAGE, after = 0; page === PAGE; after = jobs.at(-1)?.id ?? 0) {
      const found = await this.#read<JobPage>({ kind: 'loadPage', after, limit: PAGE });
      page = found.columns.count;
      for (const job of unpackJobs(found.columns, requestOf(found))) jobs.push(job);
    }
    const { requestIds, definitions, keys, settings } = rest;
    return { jobs, requestIds, definitions, keys, settings: Object.fromEntries(settings) };
  }

  async commit(commit: Commit): Promise<void> {
    const { writer, ballast, directory } = this.#parts();
    const { message, moved } = packCommit(commit);
    const question: WriterQuestion = { kind: 'commit', message, round: this.#round };
    try {
      const { usedBallast } = await writer.ask<Committed>(question, moved);
      if (usedBallast) ballast.used();
    } catch (failure) {
      if (question.round === this.#round) this.#round++;
      throw errorOf(failure, directory.database);
    }
  }

  async history(query: HistoryQuery): Promise<readonly JobRecord[]> {
    const found = await this.#read<JobPage>({ kind: 'history', query });
    return unpackJobs(found.columns, requests()(found));
  }

  async content(key: SpecKey): Promise<JobContent | undefined> {
    return this.#read({ kind: 'content', key });
  }

  async jobOfRequest(requestId: string): Promise<JobId | undefined> {
    return this.#read({ kind: 'jobOfRequest', requestId });
  }

  hasRoom(): boolean {
    return this.#opened?.ballast.hasRoom() ?? false;
  }

  /** Looks at once whether there is room again, instead of in two seconds. */
  async makeRoom(): Promise<void> {
    await this.#parts().ballast.look();
  }

  /** Copies the database to a new file, while work goes on, and examines the copy. */
  async backup(to: string): Promise<void> {
    const { database } = this.#parts().directory;
    const copier = await this.#openReader(database);
    try {
      await copier.ask({ kind: 'backup', to } satisfies ReaderQuestion);
    } catch (failure) {
      throw errorOf(failure, to);
    } finally {
      await close(copier);
    }
  }

  /** Reads all of the database for damage, in a thread of its own; about a second a GB. */
  async examine(): Promise<Examination> {
    const { database } = this.#parts().directory;
    const thread = await this.#openReader(database);
    try {
      return await thread.ask<Examination>({ kind: 'examine' } satisfies ReaderQuestion);
    } catch (failure) {
      throw errorOf(failure, database);
    } finally {
      await close(thread);
    }
  }

  async #openReader(file: string): Promise<Thread> {
    const thread = new Thread('store/reader-thread.js', { file } satisfies ReaderSettings);
    try {
      await thread.ask({ kind: 'open' } satisfies ReaderQuestion);
      return thread;
    } catch (failure) {
      await thread.stop();
      throw failure;
    }
  }

  async #read<T>(question: ReaderQuestion): Promise<T> {
    const { reader, directory } = this.#parts();
    try {
      return await reader.ask<T>(question);
    } catch (failure) {
      throw errorOf(failure, directory.database);
    }
  }

  #parts(): Opened {
    if (this.#opened === undefined) throw new GatewayError('storeClosed', 'the store is not open');
    return this.#opened;
  }
}

/** The error that the port promises for what a thread, or the system, said. */
function errorOf(error: unknown, file: string): GatewayError {
  if (error instanceof GatewayError) return error;
  const { code, message } = failureOf(error);
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') {
    return new GatewayError('diskFull', `no room on the disk of ${file}`, { retryable: true });
  }
  if (code === 'newerDatabase') return new GatewayError(code, message);
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return damaged(file, message);
  return new GatewayError('storeFailed', `${file}: ${message} (${code})`);
}

/** One object for each specification of all pages that go through it. */
function requests(): (page: JobPage) => (key: SpecKey) => JobRequest {
  const known = new Map<SpecKey, JobRequest>();
  return ({ columns, requests: json }) => {
    for (let i = 0; i < columns.specs.length; i++) {
      const key = columns.specs[i] as SpecKey;
      if (!known.has(key)) known.set(key, JSON.parse(json[i] as string) as JobRequest);
    }
    return (key) => known.get(key) as JobRequest;
  };
}

/** Lets a thread close its connection; one that died has nothing to close. */
async function close(thread: Thread): Promise<void> {
  await thread.ask({ kind: 'close' }).catch(() => {});
  await thread.stop();
}
