// The settings of the HTTP door, with their defaults. Times in milliseconds, sizes in bytes.

import { BATCH_DEFAULTS, type BatchSettings } from '../../dialects/batch/call.ts';

/** Where the door listens and what it bears. */
export interface HttpDoorSettings {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly batch: BatchSettings;
  /** AWS's largest request is 30 KiB. */
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  /** A connection whose headers are not there by then is closed. */
  readonly headersLimitMs: number;
  /** The same for the whole request. */
  readonly requestLimitMs: number;
  /** How long an idle connection waits for its next request. */
  readonly keepAliveMs: number;
  /** How long requests under way may take to finish when the door closes. */
  readonly closeLimitMs: number;
}

/** Loopback alone, on a free port. */
export const HTTP_DOOR_DEFAULTS: HttpDoorSettings = {
  host: '127.0.0.1',
  port: 0,
  batch: BATCH_DEFAULTS,
  maxBodyBytes: 1024 * 1024,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 8192,
  headersLimitMs: 5_000,
  requestLimitMs: 8_000,
  keepAliveMs: 60_000,
  closeLimitMs: 2_000,
};
