// Asks the name service through id(1).

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { NamedUser } from './accounts.ts';

const run = promisify(execFile);

export async function lookUpUser(uid: number): Promise<NamedUser | undefined> {
  const ask = async (option: string): Promise<string> =>
    (await run('id', [option, String(uid)], { encoding: 'latin1', timeout: 2_000 })).stdout.trim();
  try {
    const [name, gid, groups] = await Promise.all([ask('-un'), ask('-g'), ask('-G')]);
    return { name, gid: Number(gid), groups: groups.split(' ').map(Number) };
  } catch {
    return undefined;
  }
}
