// This machine as a node: its agent is started (or adopted) and waited for.

import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Engine } from '../engine/gateway-engine.ts';
import type { NodeName } from '../model/ids.ts';

/** How long a start waits for this machine's agent; the doors are open meanwhile. */
const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 10;

/**
 * Resolves when the engine knows the node, so that the first job finds a machine; at the latest
 * after ten seconds, as jobs can wait too.
 */
export async function nodeJoined(
  node: NodeName,
  { engine, clock, log }: { readonly engine: Engine; readonly clock: Clock; readonly log: Logger },
): Promise<void> {
  const deadline = clock.monotonicMs() + WAIT_MS;
  while (engine.state.nodes.get(node)?.node.state !== 'up') {
    if (clock.monotonicMs() > deadline) {
      log.warn('the agent of this machine is not there yet', { node });
      return;
    }
    await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
  }
}
