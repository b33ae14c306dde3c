// The settings of the shims' door, with their defaults. Times in milliseconds, sizes in bytes.

/** Where the door listens and how much it bears from one user. */
export interface ShimDoorSettings {
  /** At most 107 bytes: Linux cuts a longer name, and Node does not notice. */
  readonly socketPath: string;
  /** 0o666: every local user may connect; 0o600: the daemon's own. */
  readonly socketMode: number;
  /** More connections of one user are closed at once; their shims try again. */
  readonly connectionsPerUser: number;
  /** Bytes of one user that wait to be handed on. */
  readonly bytesPerUser: number;
  /** A connection that did not say Hello by then is closed. */
  readonly helloLimitMs: number;
  /** The same for a file that was asked for and does not move on. */
  readonly fileLimitMs: number;
  /** The same for a reader that does not take its output (a pager may rest that long). */
  readonly drainLimitMs: number;
  /** How long commands under way may take to finish when the door closes. */
  readonly closeLimitMs: number;
}

/** What holds where nothing is set. */
export const SHIM_DOOR_DEFAULTS: Omit<ShimDoorSettings, 'socketPath'> = {
  socketMode: 0o600,
  connectionsPerUser: 4096,
  bytesPerUser: 64 * 1024 * 1024,
  helloLimitMs: 10_000,
  fileLimitMs: 60_000,
  drainLimitMs: 3_600_000,
  closeLimitMs: 2_000,
};
