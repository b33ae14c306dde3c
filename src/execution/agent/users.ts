// Who a user is on this node: the name service behind a cache, a time limit and a bound on calls
// under way, because it may hang (LDAP, SSSD, NIS) and then must not take the agent's threads with
// it. A user who was known is still known when the service does not answer in time.

import type { Clock } from '../../base/clock.ts';
import { GatewayError } from '../../base/gateway-error.ts';
import type { NameService, User } from './name-service.ts';

const CALLS_UNDER_WAY = 2;
const LIMIT_MS = 2_000;
const FRESH_MS = 5 * 60_000;
/** A user that was not found may just be being made. */
const ABSENT_FRESH_MS = 10_000;
const MOST_CACHED = 10_000;

interface Known {
  readonly user: User | undefined;
  readonly untilMs: number;
}

export class Users {
  readonly #service: NameService;
  readonly #clock: Clock;
  readonly #known = new Map<number | string, Known>();
  readonly #asked = new Map<number | string, Promise<User | undefined>>();
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(service: NameService, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /**
   * The user of a uid; undefined when there is none. Rejects with `nameServiceSilent` (retryable)
   * after 2 s without an answer or an older one.
   */
  byUid(uid: number): Promise<User | undefined> {
    return this.#find(uid, () => this.#service.byUid(uid));
  }

  /** The user of a name, in the same way. */
  byName(name: string): Promise<User | undefined> {
    return this.#find(name, () => this.#service.byName(name));
  }

  async #find(
    key: number | string,
    ask: () => Promise<User | undefined>,
  ): Promise<User | undefined> {
    const known = this.#known.get(key);
    if (known && this.#clock.monotonicMs() < known.untilMs) return known.user;
    let asked = this.#asked.get(key);
    if (!asked) {
      asked = this.#ask(key, ask);
      this.#asked.set(key, asked);
      const settled = (): boolean => this.#asked.delete(key);
      asked.then(settled, settled);
    }
    try {
      return await this.#limited(asked);
    } catch (error) {
      if (known?.user) return known.user;
      throw error;
    }
  }

  /**
   * Asks when one of the two turns is free. A call that hangs keeps its turn: it cannot be ended.
   */
  async #ask(
    key: number | string,
    ask: () => Promise<User | undefined>,
  ): Promise<User | undefined> {
    if (this.#underWay < CALLS_UNDER_WAY) this.#underWay++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const user = await ask();
      this.#remember(key, user);
      return user;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#underWay--;
    }
  }

  #remember(key: number | string, user: User | undefined): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MOST_CACHED && oldest !== undefined) this.#known.delete(oldest);
    this.#known.delete(key);
    const freshMs = user ? FRESH_MS : ABSENT_FRESH_MS;
    this.#known.set(key, { user, untilMs: this.#clock.monotonicMs() + freshMs });
  }

  #limited(asked: Promise<User | undefined>): Promise<User | undefined> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(LIMIT_MS, () => {
        const words = 'the name service does not answer';
        reject(new GatewayError('nameServiceSilent', words, { retryable: true }));
      });
      asked.then(resolve, reject).finally(cancel);
    });
  }
}
