// The thread that writes. Opens the database, then commits message after message. A commit that
// found the disk full is tried once more without the ballast; if that fails too, the commits that
// were already on their way are refused with it, so that a repetition cannot be overtaken.

import * as fs from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { CommitMessage } from './commit-message.ts';
import { type Connection, openWriter } from './database.ts';
import { type Failure, failureOf, serve } from './thread.ts';
import { Writer } from './writer.ts';

export interface WriterSettings {
  readonly file: string;
  readonly ballast: string;
  readonly isChecked: boolean;
}

/** What the main thread asks, one after the other. */
export type WriterQuestion =
  | { readonly kind: 'open' }
  /** `round` counts the failures that the sender has heard of. */
  | { readonly kind: 'commit'; readonly message: CommitMessage; readonly round: number }
  | { readonly kind: 'close' };

/** What a commit did besides committing. */
export interface Committed {
  readonly usedBallast: boolean;
}

const settings = workerData as WriterSettings;
let db: Connection | undefined;
let writer: Writer | undefined;
let failedRound = -1;
let failure: Failure | undefined;

serve<WriterQuestion>((question) => {
  switch (question.kind) {
    case 'open':
      db = openWriter(settings.file, settings.isChecked);
      writer = new Writer(db);
      return undefined;
    case 'commit':
      return commit(question.message, question.round);
    case 'close':
      db?.close();
      return undefined;
    default:
      return question satisfies never;
  }
});

function commit(message: CommitMessage, round: number): Committed {
  if (failure !== undefined && round <= failedRound) throw failure;
  try {
    return commitWithBallast(message);
  } catch (error) {
    failedRound = round;
    failure = failureOf(error);
    throw failure;
  }
}

function commitWithBallast(message: CommitMessage): Committed {
  try {
    writer?.commit(message);
    return { usedBallast: false };
  } catch (error) {
    if (!isDiskFull(error) || !fs.existsSync(settings.ballast)) throw error;
    fs.rmSync(settings.ballast);
    writer?.commit(message);
    return { usedBallast: true };
  }
}

function isDiskFull(error: unknown): boolean {
  const { code } = failureOf(error);
  // The second: the log's index, which lies in a file too, could not grow.
  return code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE';
}
