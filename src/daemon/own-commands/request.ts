// What our own command line asks of the daemon: one JSON argument of the command `spillway`. Types
// and a name, for both ends.

import type { Owner } from '../../model/user.ts';

/** The name that the program has at the shims' door. */
export const OWN_COMMAND = 'spillway';

/** `json`: for programs, else a table or sentences for people. */
export type OwnRequest =
  | { readonly verb: 'queues' | 'nodes' | 'listKeys'; readonly json: boolean }
  | { readonly verb: 'examine'; readonly json: boolean }
  | { readonly verb: 'jobs'; readonly json: boolean; readonly all: boolean }
  /** Without an owner: of the caller. */
  | { readonly verb: 'createKey'; readonly json: boolean; readonly owner?: Owner }
  | { readonly verb: 'deleteKey'; readonly accessKeyId: string }
  | { readonly verb: 'explain'; readonly job: number; readonly json: boolean }
  | { readonly verb: 'backup'; readonly to: string };

type Members = Readonly<Record<string, unknown>>;

/** Every verb, with what its members must be. A flag that is left out is off. */
const VERBS: Readonly<Record<OwnRequest['verb'], (members: Members) => boolean>> = {
  queues: () => true,
  nodes: () => true,
  listKeys: () => true,
  examine: () => true,
  jobs: () => true,
  createKey: ({ owner }) => owner === undefined || isOwner(owner),
  deleteKey: ({ accessKeyId }) => typeof accessKeyId === 'string',
  explain: ({ job }) => Number.isInteger(job),
  backup: ({ to }) => typeof to === 'string',
};

/** The request that a text is; undefined: it is none (anybody may write to the socket). */
export function readRequest(text: string): OwnRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!isObject(value)) return undefined;
  const [, isRight] = Object.entries(VERBS).find(([verb]) => verb === value['verb']) ?? [];
  return isRight?.(value) === true ? (value as OwnRequest) : undefined;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}

function isOwner(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { uid, gid, user, group } = value;
  return (
    [uid, gid].every(Number.isInteger) && [user, group].every((name) => typeof name === 'string')
  );
}
