// A file that only takes up room, to be given up when the disk is full: what is under way can then
// still be written while new submissions are refused. Comes back by itself when there is room.

import * as fs from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Service } from '../base/service.ts';

const LOOKS_EVERY_MS = 2_000;

/** The reserve of one directory. */
export class Ballast implements Service {
  readonly #file: string;
  readonly #bytes: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  #isThere = false;
  #isLow = false;
  #isStopped = false;
  #cancel = (): void => {};

  constructor(file: string, bytes: number, parts: { readonly clock: Clock; readonly log: Logger }) {
    this.#file = file;
    this.#bytes = bytes;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Gives the room up at once if the disk is nearly full, as opening a database needs some. */
  async start(): Promise<void> {
    if ((await this.#freeBytes()) < this.#bytes / 4) await fs.rm(this.#file, { force: true });
    await this.look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
  }

  /** Whether new work may be taken. */
  hasRoom(): boolean {
    return this.#isThere && !this.#isLow;
  }

  /** It was given up. */
  used(): void {
    this.#isThere = false;
    this.#log.error('the disk is full; the reserve is used, new jobs are refused');
  }

  /** Looks how much room there is; makes a missing file again if twice its size is free. */
  async look(): Promise<void> {
    const had = this.hasRoom();
    this.#cancel();
    const free = await this.#freeBytes();
    this.#isThere = (await this.#size()) === this.#bytes;
    if (!this.#isThere && free >= 2 * this.#bytes) this.#isThere = await this.#make();
    this.#isLow = free < this.#bytes / 2;
    if (this.hasRoom() !== had) this.#log.info('room on the disk', { free, hasRoom: !had });
    if (!this.#isStopped) this.#cancel = this.#clock.after(LOOKS_EVERY_MS, () => void this.look());
  }

  async #freeBytes(): Promise<number> {
    try {
      const { bavail, bsize } = await fs.statfs(this.#file.slice(0, this.#file.lastIndexOf('/')));
      return bavail * bsize;
    } catch {
      return 0;
    }
  }

  async #size(): Promise<number> {
    try {
      return (await fs.stat(this.#file)).size;
    } catch {
      return -1;
    }
  }

  async #make(): Promise<boolean> {
    try {
      await fs.writeFile(this.#file, Buffer.alloc(this.#bytes), { mode: 0o600, flush: true });
      return true;
    } catch {
      await fs.rm(this.#file, { force: true });
      return false;
    }
  }
}
