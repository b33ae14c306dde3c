// The instance behind a node.

import type { NodeName } from '../../model/ids.ts';
import type { Instance, StateView } from '../state.ts';

/** The instance that is, or shall become, the node. */
export function instanceOf(state: StateView, node: NodeName): Instance | undefined {
  for (const instance of state.instances.values()) {
    if (instance.node === node) return instance;
  }
  return undefined;
}
