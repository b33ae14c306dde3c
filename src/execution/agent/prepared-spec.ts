// A specification made ready for many launches: what all attempts share is worked out once, what
// differs is filled in. Text is one character a byte. Pure.

import { compressCounts, compressHostlist } from '../../base/hostlist.ts';
import type { LaunchGroup, Piece, Spec } from '../protocol/messages.ts';
import { LIMIT_NUMBERS, type LimitName, type LaunchSpec } from '../launcher/wire.ts';

/** Who an attempt runs as, as this node's name service has it. */
export interface Account {
  readonly gid: number;
  readonly groups: readonly number[];
}

/** One attempt of a group. */
export interface Instance {
  readonly group: LaunchGroup;
  /** Position in the group's columns. */
  readonly position: number;
  readonly node: string;
  /** The compute environment of the node. */
  readonly environment: string;
  /** The attempt's own directory. */
  readonly directory: string;
}

/** How the dialects and getrlimit(2) call the limits. */
const LIMIT_NAMES: Readonly<Record<string, LimitName>> = {
  cpu: 'cpu',
  fsize: 'fileSize',
  data: 'data',
  stack: 'stack',
  core: 'core',
  rss: 'residentSet',
  nproc: 'processes',
  nofile: 'openFiles',
  memlock: 'lockedMemory',
  as: 'addressSpace',
};

/** The longest text that the kernel takes as one argument is 128 KiB; longer ones become a file. */
const LONGEST_SHELL_TEXT = 100_000;
const MIB = 1024 * 1024;

/** Where a job without its own working directory runs. */
const FALLBACK_DIRECTORY = '/tmp';

type Text = string | readonly Piece[];

export class PreparedSpec {
  readonly user: string;
  readonly uid: number;
  readonly spool: boolean;
  /** Its spooled output is neither in a file of the user nor mailed to him. */
  readonly keepsOutput: boolean;
  readonly rerunnable: boolean;
  /** Everything but the numbers and what is filled in. */
  readonly #shared: Omit<LaunchSpec, 'job' | 'attempt' | 'gid' | 'groups' | 'environment'>;
  readonly #environment: readonly string[];
  readonly #variables: readonly { readonly name: string; readonly value: readonly Piece[] }[];
  readonly #directoryNote: readonly Piece[];
  readonly #streams: { readonly [name in 'stdin' | 'stdout' | 'stderr']?: Text };

  constructor(spec: Spec) {
    this.user = textOf(spec.user);
    this.uid = spec.uid;
    this.spool = spec.spool;
    this.keepsOutput = spec.spool && !spec.report;
    this.rerunnable = spec.rerunnable;
    const rows = spec.variables.map(({ name, value }) => ({ name: textOf(name), value }));
    const pidRows = rows.filter(({ value }) => value[0]?.hole === 'pid');
    this.#environment = environmentOf(spec.environment, new Set(rows.map((row) => row.name)));
    this.#variables = rows.filter((row) => !pidRows.includes(row));
    this.#directoryNote = spec.fallbackDirectory ? spec.directoryNote : [];
    this.#streams = {
      stdin: settled(spec.stdin),
      ...(!spec.spool && { stdout: settled(spec.stdout) }),
      ...(!spec.joinStderr && { stderr: settled(spec.stderr) }),
    };
    this.#shared = {
      uid: spec.uid,
      umask: spec.umask,
      softLimits: softLimitsOf(spec),
      cwd: textOf(spec.workingDirectory),
      ...(spec.fallbackDirectory && { fallbackCwd: FALLBACK_DIRECTORY }),
      appendStdout: spec.appendStdout,
      appendStderr: spec.appendStderr,
      spoolOutput: spec.spool,
      program: programOf(spec),
      pidVariables: pidRows.map((row) => row.name),
      killLeftovers: true,
      // A spooled job's report goes into its mail.
      holdForReport: spec.report && !spec.spool,
      ...(spec.memoryLimitMib > 0 && { memoryLimitBytes: spec.memoryLimitMib * MIB }),
    };
  }

  /** The order to launch one attempt. */
  launchSpec(instance: Instance, account: Account): LaunchSpec {
    const { group, position } = instance;
    const { stdin = '', stdout, stderr } = this.#streams;
    const rows = this.#variables
      .filter(({ value }) => !isLeftOut(value, instance))
      .map(({ name, value }) => `${name}=${filled(value, instance)}`);
    return {
      ...this.#shared,
      job: group.job[position] ?? 0,
      attempt: group.attempt[position] ?? 0,
      gid: account.gid,
      groups: account.groups,
      stdin: filled(stdin, instance),
      ...(stdout !== undefined && { stdout: filled(stdout, instance) }),
      ...(stderr !== undefined && { stderr: filled(stderr, instance) }),
      environment: this.#environment.concat(rows),
      ...(this.#directoryNote.length > 0 && {
        directoryNote: aroundError(this.#directoryNote, instance),
      }),
    };
  }
}

/** The text of a template with an attempt's values. */
export function filled(template: Text, instance: Instance): string {
  if (typeof template === 'string') return template;
  let text = '';
  for (const { text: bytes, hole = '', width = 0 } of template) {
    if (hole === '') text += textOf(bytes ?? new Uint8Array());
    else text += valueOf(hole, instance).padStart(width, '0');
  }
  return text;
}

/** The texts before, between and behind the places where the error's words belong. */
function aroundError(template: readonly Piece[], instance: Instance): readonly string[] {
  const texts = [''];
  for (const piece of template) {
    if (piece.hole === 'error') texts.push('');
    else texts.push(texts.pop() + filled([piece], instance));
  }
  return texts;
}

/** Whether the variable of this value is left out, as its number is 0. */
function isLeftOut(template: readonly Piece[], instance: Instance): boolean {
  return template.some(
    ({ hole = '', unlessZero }) => unlessZero === true && valueOf(hole, instance) === '0',
  );
}

function valueOf(hole: string, instance: Instance): string {
  const { group, position, node, environment, directory } = instance;
  const job = group.job[position] ?? 0;
  const attempt = group.attempt[position] ?? 0;
  switch (hole) {
    case 'job':
      return String(job);
    case 'base':
      return String(group.base === 0 ? job : group.base);
    case 'index':
      return String(group.index[position] ?? 0);
    case 'attempt':
      return String(attempt);
    case 'restarts':
      return String(attempt - 1);
    case 'node':
      return node;
    case 'environment':
      return environment;
    case 'nodes':
      return group.nodes.map(textOf).join(' ');
    case 'nodeCount':
      return String(group.nodes.length);
    case 'nodeList':
      return compressHostlist(group.nodes.map(textOf));
    case 'cpus':
      return String(group.cpus[0] ?? 0);
    case 'cpusByNode':
      return compressCounts(group.cpus);
    case 'tasks':
      return String(group.tasks[0] ?? 0);
    case 'tasksByNode':
      return compressCounts(group.tasks);
    case 'memory':
      return String(group.memoryMib);
    case 'directory':
      return directory;
    default:
      return '';
  }
}

/** A template without holes as plain text. */
function settled(template: readonly Piece[]): Text {
  const isPlain = template.every((piece) => (piece.hole ?? '') === '');
  return isPlain
    ? template.map((piece) => textOf(piece.text ?? new Uint8Array())).join('')
    : template;
}

function programOf(spec: Spec): LaunchSpec['program'] {
  const words = spec.arguments.map(textOf);
  const script = textOf(spec.script);
  if (spec.launch === 'exec') return { kind: 'command', arguments: words };
  if (spec.launch === 'shell' && script.length <= LONGEST_SHELL_TEXT) {
    return { kind: 'command', arguments: ['/bin/sh', '-c', script, ...words] };
  }
  const text = spec.launch === 'shell' ? `#!/bin/sh\n${script}` : script;
  return { kind: 'script', fileName: textOf(spec.scriptName), text, arguments: words };
}

/** The submitted environment without the variables that win over it. */
function environmentOf(bytes: Uint8Array, hidden: ReadonlySet<string>): readonly string[] {
  return textOf(bytes)
    .split('\0')
    .filter((entry) => {
      const end = entry.indexOf('=');
      return entry !== '' && !hidden.has(end < 0 ? entry : entry.slice(0, end));
    });
}

function softLimitsOf(spec: Spec): Partial<Record<LimitName, number>> {
  const limits: Partial<Record<LimitName, number>> = {};
  for (const { name, soft } of spec.limits) {
    const known = LIMIT_NAMES[name] ?? (name in LIMIT_NUMBERS ? (name as LimitName) : undefined);
    if (known !== undefined) limits[known] = soft < 0 ? Number.POSITIVE_INFINITY : soft;
  }
  return limits;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
