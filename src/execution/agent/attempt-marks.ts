// Small files of the agent in the directories of attempts, for what must outlive it and the
// launcher does not know. Only for attempts that need one; the launcher removes them with the
// directory.

import { access, stat, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { type AttemptKey, attemptName } from '../launcher/wire.ts';

export class AttemptMarks {
  readonly #runDirectory: string;

  constructor(runDirectory: string) {
    this.#runDirectory = runDirectory;
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

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
