// Who somebody is, from the number that the kernel told: names, groups and home by the name
// service. Never believes a message. A daemon that an ordinary user started knows that user alone.

import type { Clock } from '../base/clock.ts';
import { systemNameService, type User } from '../execution/agent/name-service.ts';
import { Users } from '../execution/agent/users.ts';
import type { Identity } from '../model/user.ts';

/** Who may steer everything, beside root and the daemon's own user. */
export interface IdentitySettings {
  /** Names or uids. */
  readonly administrators: readonly string[];
}

/** The daemon itself: the jobs of all users are shown to it. */
export const SYSTEM: Identity = {
  uid: 0,
  gid: 0,
  user: 'root',
  group: 'root',
  groups: [0],
  administrator: true,
};

/** Finds identities. */
export class Identities {
  readonly #users: Users;
  readonly #administrators: ReadonlySet<string>;
  readonly #ownUid = process.geteuid?.() ?? 0;

  constructor({ administrators }: IdentitySettings, clock: Clock) {
    this.#users = new Users(systemNameService(), clock);
    this.#administrators = new Set(administrators);
  }

  /** The user of a name on this host, however he may stand to this gateway. Rejects like `of`. */
  named(name: string): Promise<{ readonly uid: number } | undefined> {
    return this.#users.byName(name);
  }

  /**
   * The user of a uid; undefined: nobody, or nobody who may come in. Rejects with GatewayError
   * `nameServiceSilent` (retryable) when the name service does not answer.
   */
  async of(uid: number): Promise<Identity | undefined> {
    const isOwn = uid === this.#ownUid;
    if (!isOwn && this.#ownUid !== 0) return undefined;
    const found = await this.#users.byUid(uid);
    const user = found ?? (isOwn ? namelessUser(uid) : undefined);
    if (user === undefined) return undefined;
    const { name, gid, group, home, shell } = user;
    const listed = this.#administrators.has(name) || this.#administrators.has(String(uid));
    return {
      uid,
      gid,
      user: name,
      group,
      // An ordinary user's jobs have the groups that the daemon was started with.
      groups: this.#ownUid === 0 ? user.groups : (process.getgroups?.() ?? [gid]),
      administrator: uid === 0 || isOwn || listed,
      home,
      ...(shell !== '' && { shell }),
    };
  }
}

/** The daemon's own user, where the machine has no name for it (containers). */
function namelessUser(uid: number): User {
  const gid = process.getegid?.() ?? 0;
  return { name: String(uid), uid, gid, group: String(gid), groups: [gid], home: '/', shell: '' };
}
