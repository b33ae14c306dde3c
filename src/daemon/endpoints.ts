// Tells the world that the daemon accepts work: one line on stdout, a file with the same, and a
// word to the service manager.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Logger } from '../base/log.ts';

/** Where the doors are. */
export interface Endpoints {
  readonly socket: string;
  readonly http: string;
  readonly grpc: string;
  /** The same service for callers whom the kernel names: they sign nothing. Not in the line. */
  readonly grpcSocket: string;
}

/** The line on stdout. Scripts read it. */
export function readyLine({ socket, http, grpc }: Endpoints): string {
  return `spillwayd ready socket=${socket} http=${http} grpc=${grpc}\n`;
}

/** Writes `endpoints.json`, whole or not at all. */
export function writeEndpoints(stateDirectory: string, endpoints: Endpoints, mode: number): void {
  const file = path.join(stateDirectory, 'endpoints.json');
  const made = `${file}.new`;
  fs.writeFileSync(made, `${JSON.stringify(endpoints)}\n`, { mode });
  fs.chmodSync(made, mode);
  fs.renameSync(made, file);
}

/**
 * Says READY=1 where a service manager waits for it. Its own program does it: Node has no datagram
 * sockets in the file system.
 */
export function notifyReady(log: Logger): void {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  execFile('systemd-notify', ['--ready'], (error) => {
    if (error !== null) log.warn('cannot tell the service manager', { error });
  });
}
