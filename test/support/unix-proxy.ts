// A proxy between two unix sockets that can cut its connections and hold one direction back.

import * as fs from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class UnixProxy {
  readonly #from: string;
  readonly #to: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #refusing = false;
  /** Holds back what the listener's side answers. */
  #answersHeld = false;

  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  async start(): Promise<void> {
    this.#server = createServer((near) => {
      if (this.#refusing) {
        near.destroy();
        return;
      }
      const far = connect(this.#to);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.on('data', (bytes) => {
        if (!this.#answersHeld) near.write(bytes);
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.#from, resolve));
  }

  /** Breaks every connection; new ones are let through. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Breaks every connection and lets none through until `mend`. */
  part(): void {
    this.#refusing = true;
    this.cut();
  }

  mend(): void {
    this.#refusing = false;
    if (this.#answersHeld) this.cut();
    this.#answersHeld = false;
  }

  /** Loses everything that is answered from now on. */
  holdAnswers(): void {
    this.#answersHeld = true;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
    fs.rmSync(this.#from, { force: true });
  }
}
