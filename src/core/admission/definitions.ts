// Named templates: numbered revisions, added by the name's owner alone.

import type { Command, CommandResult } from '../../model/command.ts';
import type { JobDefinition } from '../../model/job-definition.ts';
import type { Identity } from '../../model/user.ts';
import type { Context } from '../context.ts';
import type { StateView } from '../state.ts';

/** Adds a revision; the first one makes its author the owner of the name. */
export function registerDefinition(
  state: StateView,
  { name, properties }: Command & { kind: 'registerDefinition' },
  by: Identity,
  at: Context,
): CommandResult {
  const revisions = state.definitions.get(name) ?? [];
  const owner = revisions[0]?.uid ?? by.uid;
  if (owner !== by.uid && !by.administrator) return notOwned(name);
  const definition: JobDefinition = {
    name,
    revision: revisions.length + 1,
    active: true,
    uid: owner,
    properties,
  };
  at.emit({ kind: 'definitionRegistered', at: at.now, definition });
  return { kind: 'registered', definition };
}

/** Makes a revision inactive; its number is never used again. */
export function deregisterDefinition(
  state: StateView,
  { name, revision }: Command & { kind: 'deregisterDefinition' },
  by: Identity,
  at: Context,
): CommandResult {
  const definition = state.definitions.get(name)?.[revision - 1];
  if (definition === undefined) {
    return {
      kind: 'refused',
      refusal: { code: 'noSuchDefinition', definition: `${name}:${revision}` },
    };
  }
  if (definition.uid !== by.uid && !by.administrator) return notOwned(name);
  const inactive = { ...definition, active: false };
  at.emit({ kind: 'definitionRegistered', at: at.now, definition: inactive });
  return { kind: 'registered', definition: inactive };
}

function notOwned(definition: string): CommandResult {
  return { kind: 'refused', refusal: { code: 'definitionNotOwned', definition } };
}
