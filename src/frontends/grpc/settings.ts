// The settings of the gRPC door, with their defaults. Times in milliseconds, sizes in bytes.

/** Where the door listens and what it bears. */
export interface GrpcDoorSettings {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** A unix socket beside it, whose callers the kernel names; at most 107 bytes. */
  readonly socketPath?: string;
  readonly socketMode: number;
  /** A larger message ends its call with RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes: number;
  readonly maxJobsPerMessage: number;
  /** Specs that a stream may keep at a time, and their bytes together. */
  readonly maxSpecsPerStream: number;
  readonly maxSpecBytesPerStream: number;
  /** Messages of one stream that are being decided; more are not read. */
  readonly messagesUnderWay: number;
  /** The same by their jobs, so that one client never fills the engine's mailbox. */
  readonly jobsUnderWay: number;
  readonly streamsPerConnection: number;
  readonly maxConnections: number;
}

/** Loopback alone, on a free port. */
export const GRPC_DOOR_DEFAULTS: GrpcDoorSettings = {
  host: '127.0.0.1',
  port: 0,
  socketMode: 0o600,
  maxMessageBytes: 4 * 1024 * 1024,
  maxJobsPerMessage: 10_000,
  maxSpecsPerStream: 65_536,
  maxSpecBytesPerStream: 64 * 1024 * 1024,
  messagesUnderWay: 64,
  jobsUnderWay: 20_000,
  streamsPerConnection: 100,
  maxConnections: 1024,
};
