// What an agent is told at its start, and its times.

/** Settings of one agent. */
export interface AgentSettings {
  /** Where the daemon listens: an absolute path of its unix socket. */
  readonly socket: string;
  readonly node: string;
  readonly environment: string;
  readonly cpus: number;
  readonly memoryMib: number;
  /** The gateway's directory; attempts live in `run` in it, mail in `mail`. */
  readonly stateDirectory: string;
  /** Ends every attempt at once, without running anything: for benchmarks. */
  readonly noOp: boolean;
  readonly times: AgentTimes;
}

/** Durations, by the monotonic clock. */
export interface AgentTimes {
  readonly heartbeatMs: number;
  /** No message of the daemon for so long: the connection is made anew. */
  readonly silenceMs: number;
  /** The first and the longest wait before the next dial. */
  readonly redialMs: number;
  readonly longestRedialMs: number;
  /** Between looks at the attempt directories. */
  readonly scanMs: number;
  /** Without contact for so long, attempts that may be run again elsewhere are ended. */
  readonly leaseMs: number;
}

/** What an agent uses unless it is told otherwise. */
export const DEFAULT_AGENT_TIMES: AgentTimes = {
  heartbeatMs: 10_000,
  silenceMs: 30_000,
  redialMs: 50,
  longestRedialMs: 2_000,
  scanMs: 5_000,
  leaseMs: 600_000,
};
