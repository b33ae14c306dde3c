// What this machine is to the gateway.

import * as os from 'node:os';
import type { NodeSize } from '../model/node.ts';

const MIB = 1024 ** 2;

/** The short host name. */
export function hostName(): string {
  return os.hostname().split('.')[0] ?? 'localhost';
}

/** CPUs and memory that processes here may use; a container's limit counts. */
export function machineSize(): NodeSize {
  const limit = process.constrainedMemory();
  const total = os.totalmem();
  const bytes = limit > 0 && limit < total ? limit : total;
  return { cpus: os.availableParallelism(), memoryMib: Math.floor(bytes / MIB) };
}
