// Output of jobs that have no file of their own: read for the API while they run (the attempt's
// directory) and afterwards (DIR/logs), and removed when it is old. The folders belong to the
// daemon's user, the files to the jobs' users: a file is opened without following a link, and read
// only when it is what it must be.

import { constants, type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import * as path from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Service } from '../base/service.ts';
import type { ReadOutput } from '../dialects/batch/call.ts';
import type { OutputPart } from '../dialects/kit/dialog.ts';

/** Where output is, and how long. */
export interface JobLogsSettings {
  readonly stateDirectory: string;
  readonly retentionMs: number;
}

const SWEEP_EVERY_MS = 3_600_000;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** The kept output; sweeps while it runs. */
export class JobLogs implements Service {
  readonly #settings: JobLogsSettings;
  readonly #parts: { readonly clock: Clock; readonly log: Logger };
  #cancel: (() => void) | undefined;

  constructor(settings: JobLogsSettings, parts: { readonly clock: Clock; readonly log: Logger }) {
    this.#settings = settings;
    this.#parts = parts;
  }

  async start(): Promise<void> {
    await this.sweep();
    this.#sweepLater();
  }

  stop(): Promise<void> {
    this.#cancel?.();
    return Promise.resolve();
  }

  /** The wished part; undefined: there is no output of this user. */
  async read(wish: ReadOutput): Promise<OutputPart | undefined> {
    const name = `${wish.job}.${wish.attempt}`;
    const kept = path.join(this.#logs, `${name}.log`);
    const live = path.join(this.#settings.stateDirectory, 'run', name, 'output');
    // It may move from the second place to the first while we look.
    for (const file of [kept, live, kept]) {
      const handle = await openIfThere(file);
      if (handle === undefined) continue;
      try {
        return await partOf(handle, wish);
      } finally {
        await handle.close();
      }
    }
    return undefined;
  }

  /** Removes what nobody has written to for too long. */
  async sweep(): Promise<void> {
    const before = this.#parts.clock.now() - this.#settings.retentionMs;
    try {
      for (const name of await namesIn(this.#logs)) {
        const file = path.join(this.#logs, name);
        if ((await stat(file)).mtimeMs < before) await rm(file, { force: true });
      }
    } catch (error) {
      this.#parts.log.warn('old output was not removed', { error });
    }
  }

  get #logs(): string {
    return path.join(this.#settings.stateDirectory, 'logs');
  }

  #sweepLater(): void {
    this.#cancel = this.#parts.clock.after(SWEEP_EVERY_MS, () => {
      void this.sweep();
      this.#sweepLater();
    });
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw error;
  }
}

async function partOf(handle: FileHandle, wish: ReadOutput): Promise<OutputPart | undefined> {
  const found = await handle.stat();
  if (!found.isFile() || found.uid !== wish.uid) return undefined;
  const { part, mostBytes } = wish;
  const { size } = found;
  const until = 'until' in part ? Math.min(part.until ?? size, size) : size;
  const from = 'from' in part ? Math.min(part.from, size) : Math.max(0, until - mostBytes);
  const bytes = Buffer.alloc(Math.max(0, Math.min(until - from, mostBytes)));
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  return { kind: 'outputPart', from, bytes: bytes.subarray(0, bytesRead), size };
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
