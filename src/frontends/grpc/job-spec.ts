// A JobSpec as the model's request and content, made once a spec and shared by all its jobs. What
// the engine checks anyway (queue, resources, sizes of arrays) is not checked here.

import { bytesOf } from '../../base/byte-text.ts';
import type { Dependency } from '../../model/dependency.ts';
import { jobId, queueName } from '../../model/ids.ts';
import { indexRange } from '../../model/index-set.ts';
import type { JobContent, JobRequest } from '../../model/job-request.ts';
import type { Site } from '../../model/site.ts';
import type { Identity } from '../../model/user.ts';
import type { JobSpec } from './messages.ts';

/** What all jobs of a spec have in common. */
export interface SharedSpec {
  readonly request: JobRequest;
  readonly content: JobContent;
  readonly defaultQueue: boolean;
  /** About what it weighs in memory. */
  readonly bytes: number;
}

const UMASK = 0o022;
const NAME_BYTES = 1024;

/** Reads a spec; a string is what is wrong with it. */
export function sharedSpec(spec: JobSpec, identity: Identity, site: Site): SharedSpec | string {
  const complaint = complaintAbout(spec);
  if (complaint !== undefined) return complaint;
  const words = spec.arguments.map(text);
  const hasScript = spec.script.length > 0;
  const program = hasScript ? 'script' : (words[0] ?? '');
  const environment = environmentBytes(spec.environment);
  const request: JobRequest = {
    dialect: 'grpc',
    name: spec.name === '' ? program.slice(program.lastIndexOf('/') + 1) : bytesOf(spec.name),
    queue: queueName(spec.queue === '' ? site.defaultQueue : bytesOf(spec.queue)),
    command: words.join(' '),
    launch: hasScript ? 'script' : 'exec',
    arguments: words,
    resources: {
      tasks: spec.tasks || 1,
      cpusPerTask: spec.cpusPerTask || 1,
      ...(spec.memoryMib === 0 ? {} : { memoryMibPerNode: spec.memoryMib }),
    },
    limits: limitsOf(spec),
    streams: streamsOf(spec),
    workingDirectory: text(spec.workingDirectory) || (identity.home ?? '/'),
    umask: UMASK,
    submitHost: site.host,
    ...optionalParts(spec),
  };
  const script = Uint8Array.from(spec.script);
  const bytes = script.length + environment.length + request.command.length;
  return { request, content: { script, environment }, defaultQueue: spec.queue === '', bytes };
}

function complaintAbout(spec: JobSpec): string | undefined {
  if (spec.arguments.length === 0 && spec.script.length === 0) {
    return 'a spec needs arguments or a script';
  }
  if (spec.script.length === 0 && spec.arguments[0]?.length === 0) return 'the program has no name';
  if (spec.name.length > NAME_BYTES) return `a name has at most ${NAME_BYTES} characters`;
  const { workingDirectory, stdin, stdout, stderr, arguments: words, environment } = spec;
  for (const bytes of [workingDirectory, stdin, stdout, stderr, ...words, ...environment]) {
    if (bytes.includes(0)) return 'paths, arguments and environment must not contain NUL';
  }
  const isEntry = (entry: Uint8Array) => entry.indexOf('='.charCodeAt(0)) > 0;
  if (!environment.every(isEntry)) return 'an entry of the environment is NAME=value';
  return undefined;
}

function optionalParts(spec: JobSpec): Partial<JobRequest> {
  const { array, account, comment, nice, rerunnable, held } = spec;
  const dependency = dependencyOf(spec);
  return {
    ...(array === null
      ? {}
      : {
          array: {
            indices: indexRange(array.first, array.last, array.step || 1),
            ...(array.limit === 0 ? {} : { limit: array.limit }),
          },
        }),
    ...(dependency === undefined ? {} : { dependency }),
    ...(account === '' ? {} : { account: bytesOf(account) }),
    ...(comment === '' ? {} : { comment: bytesOf(comment) }),
    ...(nice === 0 ? {} : { nice }),
    ...(rerunnable ? { rerunnable } : {}),
    ...(held ? { held: 'user' } : {}),
  };
}

function dependencyOf({ afterSuccess, afterEnd }: JobSpec): Dependency | undefined {
  const on = (when: 'succeeded' | 'ended') => (job: number) =>
    ({ kind: 'condition', job: jobId(job), when }) as const;
  const of = [...afterSuccess.map(on('succeeded')), ...afterEnd.map(on('ended'))];
  return of.length === 0 ? undefined : { kind: 'all', of };
}

function limitsOf({ wallTimeMs, memoryMib }: JobSpec): JobRequest['limits'] {
  const wall = typeof wallTimeMs === 'number' ? wallTimeMs : wallTimeMs.toNumber();
  return {
    ...(wall === 0 ? {} : { wallTimeMs: wall }),
    ...(memoryMib === 0 ? {} : { memoryMib }),
  };
}

function streamsOf({ stdin, stdout, stderr }: JobSpec): JobRequest['streams'] {
  return {
    stdin: text(stdin) || '/dev/null',
    stdout: text(stdout) || '/dev/null',
    ...(stderr.length === 0 ? {} : { stderr: text(stderr) }),
    openMode: 'truncate',
  };
}

function environmentBytes(entries: readonly Uint8Array[]): Uint8Array {
  const nul = new Uint8Array(1);
  return Buffer.concat(entries.flatMap((entry) => [entry, nul]));
}

/** An absent field is an empty array here, not a buffer. */
function text(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : Buffer.from(bytes).toString('latin1');
}
