// One agent for each directory: a file lock, which the kernel releases when its process ends,
// however that happens.

import * as fs from 'node:fs';
import koffi from 'koffi';
import { GatewayError } from '../../base/gateway-error.ts';

const LOCK_EX_NB = 2 | 4;

/** Takes the lock and keeps it until the process ends; false when another agent has it. */
export function lockDirectory(lockFile: string): boolean {
  const flock = koffi.load(null).func('int flock(int, int)');
  let fd: number;
  try {
    fd = fs.openSync(lockFile, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  } catch (cause) {
    throw new GatewayError('agentLock', `cannot open ${lockFile}`, { cause });
  }
  if (flock(fd, LOCK_EX_NB) === 0) return true;
  fs.closeSync(fd);
  return false;
}
