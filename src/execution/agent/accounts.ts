// Who a job may run as on this node. Started by root, the agent asks the name service and refuses an
// order whose uid and name do not belong together here; started by anybody else it runs only its own
// user's jobs, as they are.

import type { Account } from './prepared-spec.ts';

/** Identities of jobs on this node. */
export interface Accounts {
  /** Undefined: this node does not know `user` by that uid, or may not run jobs as it. */
  accountOf(uid: number, user: string): Promise<Account | undefined>;
  /** The name of a uid; the uid itself where it has none. */
  nameOf(uid: number): Promise<string>;
}

/** What the name service says of a uid. */
export interface NamedUser {
  readonly name: string;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** Asks the name service; undefined: no such user. Rejects when it does not answer. */
export type LookUpUser = (uid: number) => Promise<NamedUser | undefined>;

/** Accounts of an agent that may become any user. */
export function accountsOfNode(lookUp: LookUpUser): Accounts {
  const find = async (uid: number): Promise<NamedUser | undefined> => {
    try {
      return await lookUp(uid);
    } catch {
      // Without an answer nobody is who the order says: the job fails, no other user's runs.
      return undefined;
    }
  };
  return {
    async accountOf(uid, user) {
      const found = await find(uid);
      return found?.name === user ? found : undefined;
    },
    nameOf: async (uid) => (await find(uid))?.name ?? String(uid),
  };
}

/** Accounts of an agent that an ordinary user started. */
export function accountOfOneself(own: Account & { readonly uid: number }, user: string): Accounts {
  return {
    accountOf: (uid) => Promise.resolve(uid === own.uid ? own : undefined),
    nameOf: () => Promise.resolve(user),
  };
}
