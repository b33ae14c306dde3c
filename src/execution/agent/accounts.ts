// Who a job may run as on this node. Started by root, the agent asks the name service and refuses
// an order whose uid and name do not belong together here; started by anybody else it runs only
// its own user's jobs, as they are.

import type { Logger } from '../../base/log.ts';
import type { NameService, User } from './name-service.ts';
import type { Account } from './prepared-spec.ts';

/** Identities of jobs on this node. */
export interface Accounts {
  /** Undefined: this node does not know `user` by that uid, or may not run jobs as it. */
  accountOf(uid: number, user: string): Promise<Account | undefined>;
  /** The name of a uid; the uid itself where it has none. */
  nameOf(uid: number): Promise<string>;
}

/** What is asked of the name service. */
export type UserLookup = Pick<NameService, 'byUid'>;

/** Accounts of an agent that may become any user. */
export function accountsOfNode(users: UserLookup, log: Logger): Accounts {
  const find = async (uid: number): Promise<User | undefined> => {
    try {
      return await users.byUid(uid);
    } catch (error) {
      // Without an answer nobody is who the order says: the job fails, no other user's runs.
      log.error('cannot look a user up', { uid, error });
      return undefined;
    }
  };
  return {
    async accountOf(uid, user) {
      const found = await find(uid);
      if (found !== undefined && found.name !== user) {
        log.error('a uid has another name on this node', { uid, user, here: found.name });
      }
      return found?.name === user ? found : undefined;
    },
    nameOf: async (uid) => (await find(uid))?.name ?? String(uid),
  };
}

/** Accounts of an agent that an ordinary user started. */
export function accountOfOneself(
  own: Account & { readonly uid: number },
  users: UserLookup,
): Accounts {
  return {
    accountOf: (uid) => Promise.resolve(uid === own.uid ? own : undefined),
    async nameOf(uid) {
      try {
        return (await users.byUid(uid))?.name ?? String(uid);
      } catch {
        // Its number names the user as well.
        return String(uid);
      }
    },
  };
}
