// The state directory before the database is opened: made if missing, locked, and judged from
// outside. Refuses whatever looks like a loss; makes a new database only where there never was one.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { GatewayError } from '../base/gateway-error.ts';
import { DirectoryLock } from './directory-lock.ts';

/** Below this size a database is checked at every start, above only after a crash. */
const CHECKED_ALWAYS_BYTES = 2 ** 30;

/** What the next steps need. */
export interface OpenedDirectory {
  readonly database: string;
  readonly ballast: string;
  readonly lock: DirectoryLock;
  /** Whether to look for damaged pages before use. */
  readonly isChecked: boolean;
}

/** Takes the directory. Throws GatewayError: `locked`, or `damaged` with the way to restore. */
export function openStateDirectory(directory: string): OpenedDirectory {
  makeDirectory(directory);
  const lock = new DirectoryLock(path.join(directory, 'lock'));
  const database = path.join(directory, 'spillway.db');
  const ballast = path.join(directory, 'ballast');
  try {
    const wasStoppedInOrder = lock.words === '';
    const hasLog = fs.existsSync(`${database}-wal`);
    if (!fs.existsSync(database)) {
      const isFirst = lock.words === 'new' && !hasLog && !fs.existsSync(ballast);
      if (!isFirst) throw damaged(database, 'the database is missing');
      fs.closeSync(fs.openSync(database, 'wx', 0o600));
    } else if (/^\d+$/.test(lock.words) && !hasLog) {
      throw damaged(database, `process ${lock.words} died and left no log beside the database`);
    } else if (fs.statSync(database).size === 0 && lock.words !== 'new') {
      throw damaged(database, 'the database is empty');
    }
    // A restored copy has whatever mode it was copied with; there are secrets in it.
    fs.chmodSync(database, 0o600);
    const isSmall = fs.statSync(database).size < CHECKED_ALWAYS_BYTES;
    return { database, ballast, lock, isChecked: !wasStoppedInOrder || hasLog || isSmall };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Others may pass through a root's directory to the socket in it; nobody may list it. */
function makeDirectory(directory: string): void {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  if (fs.mkdirSync(directory, { recursive: true, mode }) !== undefined)
    fs.chmodSync(directory, mode);
}

/** The refusal to work with a damaged database, with what to do. */
export function damaged(database: string, what: string): GatewayError {
  const lock = path.join(path.dirname(database), 'lock');
  return new GatewayError(
    'damaged',
    `${what}: ${database} is left as it is. Set it aside and restore a backup with: ` +
      `mv ${database} ${database}.damaged; rm -f ${database}-wal ${database}-shm ${lock}; ` +
      `cp BACKUP ${database}`,
  );
}
