// A command of a dialect is a generator: it yields what it needs, is sent the answer, and returns
// the exit status. So files on request, waiting and streaming never leak into the doors, and a
// dialect stays a pure function of its answers. The door (frontends/shim) drives it.

import type { Instant } from '../../base/brand.ts';
import type { Command, CommandResult } from '../../model/command.ts';
import type { JobId } from '../../model/ids.ts';
import type { Query } from '../../model/query.ts';
import type { Site } from '../../model/site.ts';
import type { Identity } from '../../model/user.ts';
import type { JobView, View } from '../../model/view.ts';

/** A command as it was called. Text is one character a byte. */
export interface Invocation {
  /** The name it was called by, without its directory. */
  readonly name: string;
  readonly arguments: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  /** The same, as bytes: `NAME=value` entries, each ended by a NUL. */
  readonly environmentBytes: Uint8Array;
  readonly workingDirectory: string;
  readonly umask: number;
  /** By name (`nofile`, `core`, …) as [soft, hard]; -1 is unlimited. */
  readonly resourceLimits: Readonly<Record<string, readonly [number, number]>>;
  readonly host: string;
  /** The caller's TZ; undefined: the host's zone. */
  readonly timeZone: string | undefined;
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined;
  /** Which of the three standard streams are terminals. */
  readonly isTerminal: readonly [stdin: boolean, stdout: boolean, stderr: boolean];
  readonly identity: Identity;
  readonly requestId: string;
  readonly now: Instant;
  readonly site: Site;
}

/** What a command needs next. */
export type Step =
  /** The shim opens the file, as the user. */
  | { readonly kind: 'readFile'; readonly path: string; readonly maximumBytes: number }
  | { readonly kind: 'readStdin'; readonly maximumBytes: number }
  | { readonly kind: 'write'; readonly to: 'stdout' | 'stderr'; readonly text: string }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'query'; readonly query: Query }
  /** Who has this name on the gateway's host. */
  | { readonly kind: 'lookUpUser'; readonly name: string }
  /** Waits until the job has started or ended; Ctrl-C ends the command, not the job. */
  | { readonly kind: 'await'; readonly job: JobId; readonly until: 'started' | 'ended' }
  /** Waits so long (a retry of the original's). */
  | { readonly kind: 'pause'; readonly ms: number }
  /** The shim prints a file of the user; `follow` until the job has ended. */
  | { readonly kind: 'printFile'; readonly path: string; readonly follow?: JobId };

/** Bytes as text, or why not. `errno` is the shim host's number. */
export type FileAnswer =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly errno: number }
  | { readonly kind: 'tooLarge' };

/** A user that the name service knows. */
export interface KnownUser {
  readonly uid: number;
}

/** A part of the spooled output of an attempt, which has `size` bytes by now. */
export interface OutputPart {
  readonly kind: 'outputPart';
  readonly from: number;
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** What a step is answered with. */
export type Answer =
  | undefined
  | KnownUser
  | OutputPart
  | FileAnswer
  | CommandResult
  | View
  | readonly JobView[];

/** A running command; its return value is the exit status, 0 to 255. */
export type Dialog = Generator<Step, number, Answer>;

/** A command of a dialect. */
export type Program = (call: Invocation) => Dialog;

/** The bytes of a file that the shim opens as the user, at most `maximumBytes`. */
export function* readFile(path: string, maximumBytes: number): Generator<Step, FileAnswer, Answer> {
  return (yield { kind: 'readFile', path, maximumBytes }) as FileAnswer;
}

/** The command's standard input to its end, at most `maximumBytes`. */
export function* readStdin(maximumBytes: number): Generator<Step, FileAnswer, Answer> {
  return (yield { kind: 'readStdin', maximumBytes }) as FileAnswer;
}

/** Prints text, one character a byte, on the command's stdout or stderr. */
export function* write(to: 'stdout' | 'stderr', text: string): Generator<Step, void, Answer> {
  if (text !== '') yield { kind: 'write', to, text };
}

/** Asks the engine for something; resumes after the commit. */
export function* command(command: Command): Generator<Step, CommandResult, Answer> {
  return (yield { kind: 'command', command }) as CommandResult;
}

/** Asks the engine a question. */
export function* query(query: Query): Generator<Step, View, Answer> {
  return (yield { kind: 'query', query }) as View;
}

/** The names that nobody has; numbers stand for themselves. */
export function* unknownUsers(
  names: readonly string[],
): Generator<Step, readonly string[], Answer> {
  const unknown: string[] = [];
  for (const name of names) {
    if (/^\d+$/.test(name)) continue;
    if ((yield { kind: 'lookUpUser', name }) === undefined) unknown.push(name);
  }
  return unknown;
}

/** The job's views (an array: one an element) at its start or end; undefined: no such job. */
export function* awaitJob(
  job: JobId,
  until: 'started' | 'ended',
): Generator<Step, readonly JobView[] | undefined, Answer> {
  return (yield { kind: 'await', job, until }) as readonly JobView[] | undefined;
}

/** Waits so long, as the original does between its tries. */
export function* pause(ms: number): Generator<Step, void, Answer> {
  yield { kind: 'pause', ms };
}
