// The link's settings. Durations are by the monotonic clock.

/** How the daemon listens for agents, and when it counts one as lost. */
export interface LinkSettings {
  /** Path of the unix socket for agents of this machine. */
  readonly socket: string;
  /** A node whose connection broke counts as connected for so long. */
  readonly graceMs: number;
  /** A node that says nothing for so long is lost. */
  readonly silenceMs: number;
  /** A node's clock that is further off is warned of. */
  readonly clockWarningMs: number;
}

/** What the link uses unless it is told otherwise. */
export const DEFAULT_LINK_TIMES = {
  graceMs: 5_000,
  silenceMs: 60_000,
  clockWarningMs: 60_000,
} as const satisfies Omit<LinkSettings, 'socket'>;

/** The most messages of orders that are sent to a node and not confirmed. */
export const ORDER_WINDOW = 16;
/** The most launches in one message. */
export const ORDERS_AT_ONCE = 4_096;
/** A message of orders is closed when the bytes to append in it reach this. */
export const APPEND_BYTES_AT_ONCE = 1024 * 1024;
/** The most specifications, and the most bytes of them, that an agent keeps. */
export const SPECS_KEPT = 1_024;
export const SPEC_BYTES_KEPT = 32 * 1024 * 1024;
