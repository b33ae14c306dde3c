// The mail of jobs without an output file: the job report and what the job wrote, appended to the
// user's file under DIR/mail. The directory is the agent's alone to write in, so no user can put a
// link where root writes; links are refused all the same.

import { constants, type FileHandle, mkdir, open } from 'node:fs/promises';
import * as path from 'node:path';
import { GatewayError } from '../../base/gateway-error.ts';

/** The most of a job's output that is mailed. */
export const MAILED_BYTES = 1024 * 1024;

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** One mail. `user` and the texts are one character a byte. */
export interface Mail {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  readonly report: Uint8Array;
  /** The spool file of the job's output. */
  readonly output: string;
}

/**
 * Appends a mail. Repeating it appends it again. Throws a GatewayError `mail` when it cannot be
 * written.
 */
export async function appendMail(directory: string, mail: Mail): Promise<void> {
  if (!/^[^/\0]{1,255}$/.test(mail.user) || /^\.\.?$/.test(mail.user)) {
    throw new GatewayError('mail', 'a user name that is no file name');
  }
  const output = await beginningOf(mail.output);
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const file = Buffer.from(path.join(directory, mail.user), 'latin1');
  const handle = await open(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    const { uid, nlink } = await handle.stat();
    if (nlink !== 1) throw new GatewayError('mail', 'the mail file has other names');
    if (uid !== mail.uid) await handle.chown(mail.uid, mail.gid);
    await handle.appendFile(Buffer.concat([mail.report, ...output, Buffer.from('\n')]));
  } finally {
    await handle.close();
  }
}

async function beginningOf(file: string): Promise<Buffer[]> {
  let handle: FileHandle;
  try {
    handle = await open(file, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    const bytes = Buffer.alloc(MAILED_BYTES);
    const { bytesRead } = await handle.read(bytes, 0, MAILED_BYTES, 0);
    const { size } = await handle.stat();
    const cut = size > bytesRead ? [Buffer.from('\n[the rest of the output is left out]')] : [];
    return [bytes.subarray(0, bytesRead), ...cut];
  } finally {
    await handle.close();
  }
}
