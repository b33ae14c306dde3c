// The environment of a Batch job: what definition and submission say, and what every process on a
// host needs. Nothing of the daemon's own, nothing of the client's.

import type { Identity } from '../../model/user.ts';
import { bytesOf, textOf } from '../../base/byte-text.ts';

/** An entry as Batch writes it. */
export interface Variable {
  readonly name?: string;
  readonly value?: string;
}

const RESERVED = 'AWS_BATCH';
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What is wrong with a list of variables. */
export function environmentComplaint(variables: readonly Variable[]): string | undefined {
  for (const { name } of variables) {
    if (name === undefined) return 'A variable of the environment needs a name';
    if (name.startsWith(RESERVED))
      return `Names of variables must not begin with ${RESERVED}: ${name}`;
  }
  return undefined;
}

/** The bytes of an environment, and how many of its first entries are ours. */
export interface BatchEnvironment {
  readonly bytes: Uint8Array;
  readonly own: number;
}

/**
 * An override of a name replaces the definition's; what a process needs and nobody gave is ours.
 */
export function environmentOf(
  definition: readonly Variable[] | undefined,
  overrides: readonly Variable[] | undefined,
  { user, home }: Identity,
): BatchEnvironment {
  const given = new Map<string, string>();
  for (const { name = '', value = '' } of [...(definition ?? []), ...(overrides ?? [])]) {
    given.set(bytesOf(name), bytesOf(value));
  }
  const needed = { PATH: SEARCH_PATH, HOME: home ?? '/', USER: user, LOGNAME: user };
  const own = Object.entries(needed).filter(([name]) => !given.has(name));
  const text = [...own, ...given].map(([name, value]) => `${name}=${value}\0`).join('');
  return { bytes: Buffer.from(text, 'latin1'), own: own.length };
}

/** The variables in the bytes, without the first `own` ones. */
export function variablesIn(bytes: Uint8Array, own: number): Variable[] {
  const entries = Buffer.from(bytes).toString('latin1').split('\0').slice(own, -1);
  return entries.map((entry) => {
    const at = entry.indexOf('=');
    return { name: textOf(entry.slice(0, at)), value: textOf(entry.slice(at + 1)) };
  });
}
