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

const TYPES = { job: 'number', accessKeyId: 'string', to: 'string', owner: 'object' } as const;

/** The request that a text is; undefined: it is none (anybody may write to the socket). */
export function readRequest(text: string): OwnRequest | undefined {
  let value: Readonly<Record<string, unknown>>;
  try {
    value = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const isWrong = Object.entries(TYPES).some(
    ([name, type]) => name in value && typeof value[name] !== type,
  );
  const needs = NEEDS[value['verb'] as OwnRequest['verb']];
  if (isWrong || needs === undefined || needs.some((name) => !(name in value))) return undefined;
  return value as OwnRequest;
}

const NEEDS: Readonly<Record<OwnRequest['verb'], readonly string[]>> = {
  queues: [],
  nodes: [],
  listKeys: [],
  examine: [],
  jobs: [],
  createKey: [],
  deleteKey: ['accessKeyId'],
  explain: ['job'],
  backup: ['to'],
};
