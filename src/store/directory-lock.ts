// The lock of a state directory: flock on DIR/lock, which the system drops when we die, however we
// die. The file's words tell the next start how the last one ended:
//   `new`    a first start that has not made its database yet
//   a pid    somebody works, or died at it
//   nothing  stopped in order

import * as fs from 'node:fs';
import koffi from 'koffi';
import { GatewayError } from '../base/gateway-error.ts';

const LOCK_EXCLUSIVE_AT_ONCE = 2 | 4;
const libc = koffi.load(null);
const flock = libc.func('int flock(int fd, int operation)');

/** Held from its construction until `release`, or the end of the process. */
export class DirectoryLock {
  readonly #fd: number;
  /** What the file said when the lock was taken. */
  readonly words: string;

  /** Throws GatewayError `locked`, which says who has it. */
  constructor(file: string) {
    createNew(file);
    this.#fd = fs.openSync(file, 'r+');
    if (flock(this.#fd, LOCK_EXCLUSIVE_AT_ONCE) !== 0) {
      const holder = fs.readFileSync(file, 'latin1').trim();
      fs.closeSync(this.#fd);
      const who = /^\d+$/.test(holder)
        ? `process ${holder}`
        : 'another process that is just starting';
      throw new GatewayError('locked', `${file} is held by ${who}: one gateway a directory`);
    }
    this.words = fs.readFileSync(file, 'latin1').trim();
  }

  /** Says in the file what is so from now on; on the disk when this returns. */
  say(words: string): void {
    fs.ftruncateSync(this.#fd, 0);
    fs.writeSync(this.#fd, words, 0);
    fs.fsyncSync(this.#fd);
  }

  release(): void {
    fs.closeSync(this.#fd);
  }
}

/** Makes the file with its first word in it: an empty one is the sign of an ordered stop. */
function createNew(file: string): void {
  if (fs.existsSync(file)) return;
  const made = `${file}.${process.pid}`;
  fs.writeFileSync(made, 'new\n', { mode: 0o600 });
  try {
    fs.linkSync(made, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(made);
  }
}
