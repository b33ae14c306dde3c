// Drives one command: the dialect's generator on one side, the shim's connection and the engine on
// the other. Holds no rule about jobs and polls nothing; a wait is parked at the engine and given
// up when the shim leaves. When the engine cannot answer for now, the connection is cut without an
// answer, and the shim repeats the command under its request id.

import type { Clock } from '../../base/clock.ts';
import { GatewayError } from '../../base/gateway-error.ts';
import type { Logger } from '../../base/log.ts';
import type { Answer, Dialog, KnownUser, Step } from '../../dialects/kit/dialog.ts';
import type { Gateway } from '../../engine/api.ts';
import type { Identity } from '../../model/user.ts';
import { ConnectionLost, type ShimConnection } from './connection.ts';

/** What a session is given. */
export interface SessionParts {
  readonly gateway: Gateway;
  /** The user of a name; undefined: there is none. */
  readonly lookUpUser: (name: string) => Promise<KnownUser | undefined>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Words and status for a command that failed by our fault. */
export interface FinalWords {
  readonly text: string;
  readonly exitCode: number;
}

export class Session {
  readonly #connection: ShimConnection;
  readonly #identity: Identity;
  readonly #parts: SessionParts;
  #isParked = false;

  constructor(connection: ShimConnection, identity: Identity, parts: SessionParts) {
    this.#connection = connection;
    this.#identity = identity;
    this.#parts = parts;
  }

  /** Whether the command only waits: for a job, for time, or for its user's input. */
  get isParked(): boolean {
    return this.#isParked;
  }

  /** Runs the dialog to its exit status. Never rejects. */
  async run(begin: () => Dialog, internalError: FinalWords): Promise<void> {
    let dialog: Dialog | undefined;
    try {
      dialog = begin();
      this.#connection.exit(await this.#drive(dialog));
    } catch (error) {
      this.#fail(error, internalError);
    } finally {
      dialog?.return(0);
    }
  }

  async #drive(dialog: Dialog): Promise<number> {
    let answer: Answer;
    for (;;) {
      const turn = dialog.next(answer);
      if (turn.done === true) return turn.value & 255;
      answer = undefined;
      if (turn.value.kind !== 'write') answer = await this.#take(turn.value);
      else if (this.#connection.write(turn.value.to, turn.value.text)) await this.#makeRoom();
    }
  }

  /** Between slices of a long answer: the shim takes them, and others have their turn. */
  async #makeRoom(): Promise<void> {
    await this.#connection.flush();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  async #take(step: Exclude<Step, { kind: 'write' }>): Promise<Answer> {
    const { gateway, lookUpUser } = this.#parts;
    switch (step.kind) {
      case 'readFile':
        return await this.#connection.readFile(step.path, step.maximumBytes);
      case 'readStdin':
        return await this.#parked(() => this.#connection.readStdin(step.maximumBytes));
      case 'command':
        return await gateway.command(step.command, this.#identity);
      case 'query':
        return await gateway.query(step.query, this.#identity);
      case 'lookUpUser':
        return await lookUpUser(step.name);
      case 'await':
        return await this.#parked(async () => {
          await this.#connection.flush();
          return await gateway.awaitJob(step.job, step.until, this.#connection.closed);
        });
      case 'pause':
        return await this.#parked(async () => {
          await this.#connection.flush();
          await this.#sleep(step.ms);
          return undefined;
        });
      case 'printFile': {
        if (step.follow === undefined) return await this.#connection.printFile(step.path);
        const ended = gateway.awaitJob(step.follow, 'ended', this.#connection.closed);
        return await this.#parked(() => this.#connection.printFile(step.path, ended));
      }
      default:
        return step satisfies never;
    }
  }

  async #parked<T>(wait: () => Promise<T>): Promise<T> {
    this.#isParked = true;
    try {
      return await wait();
    } finally {
      this.#isParked = false;
    }
  }

  async #sleep(ms: number): Promise<void> {
    const { closed } = this.#connection;
    await new Promise<void>((resolve, reject) => {
      const aborted = () => {
        cancel();
        reject(this.#connection.lost());
      };
      const cancel = this.#parts.clock.after(ms, () => {
        closed.removeEventListener('abort', aborted);
        resolve();
      });
      closed.addEventListener('abort', aborted, { once: true });
    });
  }

  #fail(error: unknown, internalError: FinalWords): void {
    if (error instanceof ConnectionLost || this.#connection.isOver) return;
    const { log } = this.#parts;
    if (error instanceof GatewayError && error.retryable) {
      log.warn('a command could not be answered for now', { code: error.code });
      this.#connection.cut('the engine cannot answer for now');
      return;
    }
    log.error('a command failed by a fault of ours', { error });
    this.#connection.write('stderr', internalError.text);
    this.#connection.exit(internalError.exitCode);
  }
}
