// Small files of the agent in the directories of attempts, for what must outlive it and the
// launcher does not know. Only for attempts that need one; the launcher removes them with the
// directory.

import { access, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { type AttemptKey, attemptName } from '../launcher/wire.ts';

export class AttemptMarks {
  readonly #runDirectory: string;
  readonly #logDirectory: string;

  constructor(runDirectory: string, logDirectory: string) {
    this.#runDirectory = runDirectory;
    this.#logDirectory = logDirectory;
  }

  /**
   * Moves spooled output that nobody was mailed to where it outlives the attempt. Both folders are
   * the agent's alone to write in, so a rename follows no link of a user; the file stays his.
   */
  async keepOutput(key: AttemptKey): Promise<void> {
    const from = this.spool(key);
    if ((await sizeOf(from)) === 0 || (await this.isAppended(key))) return;
    await mkdir(this.#logDirectory, { recursive: true, mode: 0o711 });
    await rename(from, path.join(this.#logDirectory, `${attemptName(key)}.log`));
  }

  /** The file that a job without stdout writes to. */
  spool(key: AttemptKey): string {
    return this.#file(key, 'output');
  }

  hasSpool(key: AttemptKey): Promise<boolean> {
    return exists(this.spool(key));
  }

  /** Whose job it was: the spool file was made for its user. */
  async ownerOfSpool(key: AttemptKey): Promise<{ readonly uid: number; readonly gid: number }> {
    return await stat(this.spool(key));
  }

  isRerunnable(key: AttemptKey): Promise<boolean> {
    return exists(this.#file(key, 'rerunnable'));
  }

  markRerunnable(key: AttemptKey): Promise<void> {
    return writeFile(this.#file(key, 'rerunnable'), '', { mode: 0o600 });
  }

  /** The mark that a supervisor sets when it appends a report; here it says that it was mailed. */
  isAppended(key: AttemptKey): Promise<boolean> {
    return exists(this.#file(key, 'appended'));
  }

  markAppended(key: AttemptKey): Promise<void> {
    return writeFile(this.#file(key, 'appended'), '', { mode: 0o600 });
  }

  #file(key: AttemptKey, name: string): string {
    return path.join(this.#runDirectory, attemptName(key), name);
  }
}

/** 0 for a file that is not there. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
