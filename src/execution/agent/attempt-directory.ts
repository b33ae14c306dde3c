// What the attempt directories say after a restart: they are the agent's journal, written by the
// launcher and its supervisors. Reads them, and marks those of an earlier boot as lost. Never
// touched for a job that starts and ends while the agent lives.

import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEndRecord } from '../launcher/frame-reader.ts';
import { type AttemptKey, attemptName, type EndRecord, isLaunchFrame } from '../launcher/wire.ts';

/** What is known of one attempt. */
export type AttemptState =
  /**
   * Nobody has claimed it: it has not run and may be started (again). No `launch`: it was not even
   * written.
   */
  | { readonly kind: 'unclaimed'; readonly launch: Buffer | undefined }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly record: EndRecord; readonly reportAppended: boolean }
  /** The supervisor is gone, processes of the job are not: wait until they are, then it is lost. */
  | { readonly kind: 'orphaned' }
  | { readonly kind: 'lost'; readonly why: 'supervisorGone' | 'rebooted' }
  /** No directory. */
  | { readonly kind: 'unknown' };

/** Tells whether a cgroup of the attempt still holds processes. */
export type IsPopulated = (name: string) => Promise<boolean>;

/** `claim` and `exit` are links to the spec file, which begins with room for the claim. */
const CLAIM_BYTES = 64;
const EMPTY_CLAIM_GRACE_MS = 5000;

/** The attempts that have a directory under `runDirectory`. */
export async function listAttempts(runDirectory: string): Promise<AttemptKey[]> {
  const keys: AttemptKey[] = [];
  for (const name of await readdir(runDirectory)) {
    const match = /^(\d{1,10})\.(\d{1,10})$/.exec(name);
    if (match) keys.push({ job: Number(match[1]), attempt: Number(match[2]) });
  }
  return keys;
}

/**
 * Reads one attempt's state. The order of looking matters: `exit` is looked for again after a
 * claim whose owner is gone.
 */
export async function examineAttempt(
  runDirectory: string,
  key: AttemptKey,
  isPopulated: IsPopulated,
): Promise<AttemptState> {
  const directory = join(runDirectory, attemptName(key));
  if (await exists(join(directory, 'lost'))) return { kind: 'lost', why: 'rebooted' };
  const ended = await readEnd(directory);
  if (ended) return ended;
  const claim = await readClaim(directory);
  if (claim === 'none') {
    if (!(await exists(directory))) return { kind: 'unknown' };
    return { kind: 'unclaimed', launch: await readLaunch(runDirectory, key) };
  }
  if (claim === 'fresh') return { kind: 'running' };
  const [supervisor, child] = claim;
  if (supervisor && (await isAlive(supervisor))) return { kind: 'running' };
  const endedSince = await readEnd(directory);
  if (endedSince) return endedSince;
  if (await isPopulated(attemptName(key))) return { kind: 'orphaned' };
  if (child && (await hasSession(child))) return { kind: 'orphaned' };
  return { kind: 'lost', why: 'supervisorGone' };
}

/**
 * The launch frame in the spec of an attempt that has not ended. Undefined when the launcher did
 * not finish writing it.
 */
async function readLaunch(runDirectory: string, key: AttemptKey): Promise<Buffer | undefined> {
  const bytes = await readIfThere(join(runDirectory, attemptName(key), 'spec'));
  const frame = bytes?.subarray(CLAIM_BYTES);
  return frame && isLaunchFrame(frame, key) ? frame : undefined;
}

/**
 * Marks every attempt of an earlier boot as lost, then notes this boot. Nothing there is synced to
 * disk, so after a reboot a claim may be missing and its job must not run a second time.
 */
export async function markAttemptsOfEarlierBoot(
  runDirectory: string,
  bootId: string,
): Promise<void> {
  const file = join(runDirectory, 'boot');
  if ((await readIfThere(file))?.toString('latin1') === bootId) return;
  for (const key of await listAttempts(runDirectory)) {
    const directory = join(runDirectory, attemptName(key));
    if (!(await readEnd(directory))) await writeFile(join(directory, 'lost'), '', { mode: 0o600 });
  }
  await writeFile(`${file}.new`, bootId, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** The kernel's name for this boot. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
}

interface ProcessName {
  readonly pid: number;
  readonly startTime: string;
}

async function readEnd(directory: string): Promise<AttemptState | undefined> {
  const bytes = await readIfThere(join(directory, 'exit'));
  const record = bytes && decodeEndRecord(bytes.subarray(CLAIM_BYTES));
  if (!record) return undefined;
  return { kind: 'ended', record, reportAppended: await exists(join(directory, 'appended')) };
}

/**
 * The claim's processes: supervisor, then (without a cgroup) the job's first process. `fresh`:
 * being written.
 */
async function readClaim(directory: string): Promise<'none' | 'fresh' | ProcessName[]> {
  const path = join(directory, 'claim');
  const bytes = await readIfThere(path);
  if (!bytes) return 'none';
  const halves = [bytes.subarray(0, CLAIM_BYTES / 2), bytes.subarray(CLAIM_BYTES / 2, CLAIM_BYTES)];
  const owners = halves.flatMap((half) => {
    const match = /^(\d+) (\d+)\n/.exec(half.toString('latin1'));
    return match ? [{ pid: Number(match[1]), startTime: match[2] ?? '' }] : [];
  });
  if (owners.length > 0) return owners;
  const age = Date.now() - (await stat(path)).ctimeMs;
  return age < EMPTY_CLAIM_GRACE_MS ? 'fresh' : [];
}

/**
 * Fields of /proc/PID/stat after the command's name: [0] is the state, [3] the session, [19] the
 * start time.
 */
async function readProcess(pid: number | string): Promise<string[] | undefined> {
  const bytes = await readIfThere(`/proc/${pid}/stat`);
  const text = bytes?.toString('latin1');
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

async function isAlive(one: ProcessName): Promise<boolean> {
  const fields = await readProcess(one.pid);
  return fields !== undefined && fields[0] !== 'Z' && fields[19] === one.startTime;
}

/**
 * Whether a process of the session that `leader` made is left. Its id is not used again while one
 * is.
 */
async function hasSession(leader: ProcessName): Promise<boolean> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = await readProcess(name);
    if (fields?.[3] !== String(leader.pid) || fields[0] === 'Z') continue;
    if (BigInt(fields[19] ?? 0) >= BigInt(leader.startTime)) return true;
  }
  return false;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
