// Runs a command of a dialect in-process: answers its steps from a scripted world and collects what
// it writes. Pauses take no time; they are noted.

import type {
  Answer,
  FileAnswer,
  Invocation,
  KnownUser,
  Program,
  Step,
} from '../../src/dialects/kit/dialog.ts';
import type { Command, CommandResult } from '../../src/model/command.ts';
import type { JobId } from '../../src/model/ids.ts';
import type { Query } from '../../src/model/query.ts';
import type { Site } from '../../src/model/site.ts';
import type { Identity } from '../../src/model/user.ts';
import type { JobView, View } from '../../src/model/view.ts';
import { instant } from '../../src/base/brand.ts';
import { bytesOf } from '../../src/dialects/kit/bytes.ts';

/** What answers a command's steps. */
export interface World {
  file?(path: string): string | undefined | { readonly errno: number };
  readonly stdin?: string;
  command?(command: Command, by: Identity): CommandResult;
  query?(query: Query, by: Identity): View;
  /** Absent: every name is somebody's. */
  lookUpUser?(name: string): KnownUser | undefined;
  awaitJob?(job: JobId, until: 'started' | 'ended'): readonly JobView[] | undefined;
}

/** What a command did. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  readonly commands: readonly Command[];
  readonly queries: readonly Query[];
  readonly pausesMs: readonly number[];
  /** Number of writes to stdout. */
  readonly writes: number;
}

export const TEST_SITE: Site = {
  cluster: 'lab',
  host: 'vm',
  stateDirectory: '/state',
  minJobAgeMs: 300_000,
  cleanPeriodMs: 3_600_000,
  maxArraySize: 1001,
  maxScriptBytes: 4 * 1024 * 1024,
  defaultQueue: 'debug',
  installation: '0123456789abcdef',
  lsf: {},
};

/** A user as the door would establish it. */
export function identity(user: string, uid: number): Identity {
  return { uid, gid: uid, user, group: user, groups: [uid], administrator: uid === 0 };
}

/** A call of a command; everything that does not matter has a value. */
export function invocation(
  name: string,
  words: readonly string[],
  changes: Partial<Invocation> = {},
): Invocation {
  const environment = changes.environment ?? new Map([['PATH', '/usr/bin:/bin']]);
  const entries = [...environment].map(([key, value]) => `${key}=${value}\0`).join('');
  return {
    name,
    arguments: words,
    environment,
    environmentBytes: bytesOf(entries),
    workingDirectory: '/tmp/slurm-golden',
    umask: 0o022,
    resourceLimits: { nofile: [1024, 4096], core: [0, -1] },
    host: 'vm',
    timeZone: 'UTC',
    terminal: undefined,
    isTerminal: [false, false, false],
    identity: identity('alice', 1001),
    requestId: 'request-1',
    now: instant(Date.UTC(2026, 10, 24, 23, 8, 3)),
    site: TEST_SITE,
    ...changes,
  };
}

/** Runs the program to its end. */
export function run(program: Program, call: Invocation, world: World = {}): Ran {
  const written = { stdout: '', stderr: '' };
  const commands: Command[] = [];
  const queries: Query[] = [];
  const pausesMs: number[] = [];
  let writes = 0;
  const dialog = program(call);
  let answer: Answer;
  for (;;) {
    const next = dialog.next(answer);
    if (next.done === true) {
      return { ...written, status: next.value, commands, queries, pausesMs, writes };
    }
    const step = next.value;
    if (step.kind === 'write') {
      written[step.to] += step.text;
      if (step.to === 'stdout') writes++;
    }
    if (step.kind === 'command') commands.push(step.command);
    if (step.kind === 'query') queries.push(step.query);
    if (step.kind === 'pause') pausesMs.push(step.ms);
    answer = answerTo(step, call, world);
  }
}

function answerTo(step: Step, call: Invocation, world: World): Answer {
  switch (step.kind) {
    case 'readFile':
      return fileAnswer(world.file?.(step.path) ?? { errno: 2 }, step.maximumBytes);
    case 'readStdin':
      return fileAnswer(world.stdin ?? '', step.maximumBytes);
    case 'command':
      return world.command?.(step.command, call.identity) ?? { kind: 'done' };
    case 'query':
      return world.query?.(step.query, call.identity) ?? { kind: 'jobs', asOf: call.now, jobs: [] };
    case 'lookUpUser':
      return world.lookUpUser === undefined ? { uid: 1 } : world.lookUpUser(step.name);
    case 'await':
      return world.awaitJob?.(step.job, step.until);
    default:
      return undefined;
  }
}

function fileAnswer(found: string | { readonly errno: number }, maximumBytes: number): FileAnswer {
  if (typeof found !== 'string') return { kind: 'failed', errno: found.errno };
  return found.length > maximumBytes
    ? { kind: 'tooLarge' }
    : { kind: 'bytes', bytes: bytesOf(found) };
}
