// Who is at the other end of a unix socket, as the kernel recorded it at connect: the only identity
// of the local door. Never looks at a message, never looks up a name. Node has no call for
// SO_PEERCRED, so this reaches the descriptor through `_handle.fd`, which Node does not document;
// doors call `assertPeerCredentialsWork` before they accept anybody.

import type { Server, Socket } from 'node:net';
import koffi from 'koffi';
import { assert } from '../../base/assert.ts';
import { GatewayError } from '../../base/gateway-error.ts';

/** The connecting process. The pid is for logs only: numbers are used again. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const UCRED_BYTES = 12;

const getsockopt = koffi
  .load(null)
  .func(
    'int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *size)',
  );

/** Reads SO_PEERCRED. Throws a GatewayError `noPeerCredentials` when the socket is gone already. */
export function peerCredentials(socket: Socket | Server): PeerCredentials {
  const fd = descriptorOf(socket);
  const value = new Uint8Array(UCRED_BYTES);
  const size = [UCRED_BYTES];
  const failed = fd === undefined || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, size) !== 0;
  if (failed || size[0] !== UCRED_BYTES) {
    throw new GatewayError('noPeerCredentials', 'the kernel does not tell who is connected');
  }
  const words = new Int32Array(value.buffer);
  return { pid: words[0] ?? 0, uid: (words[1] ?? -1) >>> 0, gid: (words[2] ?? -1) >>> 0 };
}

/**
 * Proves on a listening unix socket that credentials can be read: Linux gives a listener its own
 * process as peer. Throws an AssertionFailure on a Node or a system where that is not so.
 */
export function assertPeerCredentialsWork(server: Server): void {
  const own = peerCredentials(server);
  assert(own.pid === process.pid, 'SO_PEERCRED of a listener names another process');
  assert(own.uid === process.geteuid?.(), 'SO_PEERCRED of a listener names another user');
}

function descriptorOf(socket: Socket | Server): number | undefined {
  const handle = (socket as { _handle?: { fd?: unknown } })._handle;
  const fd = handle?.fd;
  return typeof fd === 'number' && Number.isInteger(fd) && fd >= 0 ? fd : undefined;
}
