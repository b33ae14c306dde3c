// Who speaks and who owns. Identity always comes from the channel, never from a message.

/** The user a job belongs to. One object is shared by all jobs of a user. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
}

/** Who asks, as the door established it. */
export interface Identity extends Owner {
  /** All group ids, the primary one too. */
  readonly groups: readonly number[];
  /** May steer everybody's jobs, queues and nodes. */
  readonly administrator: boolean;
  /** The home directory, where the name service tells one. */
  readonly home?: string;
  /** The login shell; absent where it tells none. */
  readonly shell?: string;
}
