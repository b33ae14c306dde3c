// The system's name service (files, LDAP, SSSD …) by its C functions, each call in a thread of the
// library pool, as the answer may take for ever. Never caches and never limits; users.ts does.

import koffi from 'koffi';
import { GatewayError } from '../../base/gateway-error.ts';

/** A user as the name service knows it. The name is one character per byte. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** The name of the primary group; its number where it has none. */
  readonly group: string;
  /** All groups, the primary one among them. */
  readonly groups: readonly number[];
  readonly home: string;
  readonly shell: string;
}

/**
 * Asks for a user; undefined: there is none. Rejects with a GatewayError `nameService` when it
 * cannot tell.
 */
export interface NameService {
  byUid(uid: number): Promise<User | undefined>;
  byName(name: string): Promise<User | undefined>;
}

type NativeCall = (...parameters: unknown[]) => Promise<number>;
type EntryType = ReturnType<typeof koffi.struct>;
type CFunction = ReturnType<ReturnType<typeof koffi.load>['func']>;

/** What is read of a passwd entry. */
interface PasswordEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string | null;
  readonly shell: string | null;
}

const ERANGE = 34;
/**
 * What some sources answer for what does not exist: success, ENOENT, ESRCH, EBADF, EPERM.
 */
const NO_SUCH_ENTRY = new Set([0, 2, 3, 9, 1]);
const FIRST_TEXT_BYTES = 16 * 1024;
const MOST_TEXT_BYTES = 1024 * 1024;
const FIRST_GROUPS = 256;
const MOST_GROUPS = 65_536;

/** The name service of this machine. */
export function systemNameService(): NameService {
  const libc = koffi.load(null);
  const passwd = koffi.struct({
    name: 'str',
    password: 'str',
    uid: 'uint32_t',
    gid: 'uint32_t',
    comment: 'str',
    home: 'str',
    shell: 'str',
  });
  const groupEntry = koffi.struct({
    name: 'str',
    password: 'str',
    gid: 'uint32_t',
    members: 'void *',
  });
  const tail = 'void *record, void *text, size_t size, void *found';
  const byUid = native(libc.func(`int getpwuid_r(uint32_t uid, ${tail})`));
  const byName = native(libc.func(`int getpwnam_r(const char *name, ${tail})`));
  const groupByGid = native(libc.func(`int getgrgid_r(uint32_t gid, ${tail})`));
  const groupList = native(
    libc.func('int getgrouplist(const char *name, uint32_t gid, void *groups, void *count)'),
  );

  async function find(call: NativeCall, key: number | string): Promise<User | undefined> {
    const entry = await entryOf<PasswordEntry>(call, key, passwd);
    if (entry === undefined) return undefined;
    const { name, uid, gid, home, shell } = entry;
    const group = await entryOf<{ readonly name: string }>(groupByGid, gid, groupEntry);
    return {
      name: toBytes(name),
      uid,
      gid,
      group: group === undefined ? String(gid) : toBytes(group.name),
      groups: await groupsOf(groupList, name, gid),
      home: toBytes(home ?? ''),
      shell: toBytes(shell ?? ''),
    };
  }

  return {
    byUid: (uid) => find(byUid, uid),
    byName: (name) => find(byName, fromBytes(name)),
  };
}

/** The entry that a call finds, decoded; undefined: there is none. */
async function entryOf<Entry>(
  call: NativeCall,
  key: number | string,
  type: EntryType,
): Promise<Entry | undefined> {
  for (let size = FIRST_TEXT_BYTES; ; size *= 8) {
    const record = koffi.alloc(type, 1);
    const text = koffi.alloc('uint8_t', size);
    const found = koffi.alloc('intptr_t', 1);
    try {
      const error = await call(key, record, text, size, found);
      if (error === ERANGE && size < MOST_TEXT_BYTES) continue;
      if (error === 0 && Number(koffi.decode(found, 'intptr_t')) !== 0) {
        return koffi.decode(record, type) as Entry;
      }
      if (NO_SUCH_ENTRY.has(error)) return undefined;
      throw new GatewayError('nameService', `the name service failed with error ${error}`, {
        retryable: true,
      });
    } finally {
      for (const memory of [record, text, found]) koffi.free(memory);
    }
  }
}

/** The groups of a user, in a first guess of room and then in all that there can be. */
async function groupsOf(
  groupList: NativeCall,
  name: string,
  gid: number,
): Promise<readonly number[]> {
  for (let room = FIRST_GROUPS; ; room = MOST_GROUPS) {
    const groups = koffi.alloc('uint32_t', room);
    const count = koffi.alloc('int', 1);
    try {
      koffi.encode(count, 'int', room);
      const result = await groupList(name, gid, groups, count);
      if (result >= 0) {
        const length = koffi.decode(count, 'int') as number;
        return koffi.decode(groups, koffi.array('uint32_t', length, 'Array')) as number[];
      }
      if (room === MOST_GROUPS) throw new GatewayError('nameService', 'a user has too many groups');
    } finally {
      koffi.free(groups);
      koffi.free(count);
    }
  }
}

/** A C function as a promise; it runs in a thread. */
function native(called: CFunction): NativeCall {
  return (...parameters) =>
    new Promise((resolve, reject) => {
      called.async(...parameters, (error: Error | null, result: number) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
}

/**
 * The foreign interface speaks UTF-8; names here are bytes. A name that is not UTF-8 finds nobody.
 */
function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function fromBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
