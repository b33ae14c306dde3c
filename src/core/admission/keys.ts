// Key pairs for signed requests: everyone for himself, administrators for everybody.

import type { AccessKey } from '../../model/access-key.ts';
import type { CommandResult } from '../../model/command.ts';
import type { Identity } from '../../model/user.ts';
import type { Context } from '../context.ts';
import type { StateView } from '../state.ts';

/** Files a key pair that a door made. */
export function createKey(key: AccessKey, by: Identity, at: Context): CommandResult {
  if (key.owner.uid !== by.uid && !by.administrator) {
    return { kind: 'refused', refusal: { code: 'notPermitted' } };
  }
  at.emit({ kind: 'keyCreated', at: at.now, key });
  return { kind: 'done' };
}

/** Takes a key out of use at once. */
export function deleteKey(
  state: StateView,
  accessKeyId: string,
  by: Identity,
  at: Context,
): CommandResult {
  const key = state.keys.get(accessKeyId);
  if (key === undefined || (key.owner.uid !== by.uid && !by.administrator)) {
    return { kind: 'refused', refusal: { code: 'noSuchKey', accessKeyId } };
  }
  at.emit({ kind: 'keyDeleted', at: at.now, accessKeyId });
  return { kind: 'done' };
}
