// What the options of a batch submission say, before they become a request, and the readers of
// values that several options share. A reader returns Slurm's complaint; lines that begin with
// `error: ` get the command's name in front.

import type { Instant } from '../../base/brand.ts';
import type { WarningSignal } from '../../model/job-request.ts';
import { signalNumber } from '../kit/signals.ts';
import type { Zone } from '../kit/time-zone.ts';
import { parseMemoryMib } from './memory.ts';
import { parseTime, timeComplaint } from './times.ts';

/** Where a value came from; later ones win: the script, the variables, the command line. */
export type OptionSource = 'script' | 'variables' | 'words';

/** Everything sbatch can be told. Absent: not told. */
export interface SbatchDraft {
  readonly now: Instant;
  readonly zone: Zone;
  readonly isRoot: boolean;
  source: OptionSource;
  /** Status of a complaint: 255 where the client finds a bad value, 1 where a number is bad. */
  complaintStatus: number;
  show?: 'help' | 'usage' | 'version';
  account?: string;
  array?: string;
  beginAt?: Instant;
  chdir?: string;
  clusters?: string;
  comment?: string;
  constraint?: string;
  cpusPerTask?: number;
  deadlineAt?: Instant;
  dependency?: string;
  stdin?: string;
  stdout?: string;
  stderr?: string;
  openMode?: 'truncate' | 'append';
  exclude?: string;
  exclusive?: boolean;
  export?: string;
  exportFile?: string;
  hold?: boolean;
  ignoreForeign?: boolean;
  jobName?: string;
  killOnInvalidDependency?: boolean;
  memory?: { readonly kind: 'node' | 'cpu' | 'gpu'; readonly mib: number; source: OptionSource };
  memoryTwice?: boolean;
  mincpus?: number;
  nice?: number;
  nodes?: { readonly min: number; readonly max: number };
  nodelist?: string;
  ntasks?: number;
  tasksPerNode?: number;
  parsable?: boolean;
  partition?: string;
  priority?: number;
  propagate?: string;
  qos?: string;
  quiet?: boolean;
  requeue?: boolean;
  signal?: WarningSignal;
  testOnly?: boolean;
  timeLimit?: number | 'unlimited';
  timeMinimum?: number | 'unlimited';
  wait?: boolean;
  wckey?: string;
  wrap?: string;
}

/** A draft without any wish. */
export function newDraft(context: { now: Instant; zone: Zone; isRoot: boolean }): SbatchDraft {
  const { now, zone, isRoot } = context;
  return { now, zone, isRoot, source: 'script', complaintStatus: 255 };
}

/** Slurm's complaint about a value that the client itself cannot read. */
export function invalid(long: string): string {
  return `error: Invalid --${long} specification`;
}

/** A whole number from `least` on; sbatch ends with 1 where it is none. */
export function count(
  draft: SbatchDraft,
  long: string,
  text: string,
  least = 1,
): number | { complaint: string } {
  const number = /^\+?\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= least) return number;
  draft.complaintStatus = 1;
  return { complaint: `error: Invalid numeric value "${text}" for --${long}.` };
}

/** Stores a count under a field. */
export function countInto(
  field: 'cpusPerTask' | 'ntasks' | 'tasksPerNode' | 'mincpus',
  long: string,
): (draft: SbatchDraft, text: string) => string | undefined {
  return (draft, text) => {
    const number = count(draft, long, text);
    if (typeof number !== 'number') return number.complaint;
    draft[field] = number;
    return undefined;
  };
}

/** Only checks a count. */
export function checkedCount(
  long: string,
  least = 1,
): (draft: SbatchDraft, text: string) => string | undefined {
  return (draft, text) => {
    const number = count(draft, long, text, least);
    return typeof number === 'number' ? undefined : number.complaint;
  };
}

/** `1`, `2-4`, `1k`: how many nodes. */
export function setNodes(draft: SbatchDraft, text: string): string | undefined {
  const [, least, mark, most] = /^(\d{1,9}[km]?)(?:(-)(\d{0,9}[km]?))?$/i.exec(text) ?? [];
  if (least === undefined) return `error: "${text}" is not a valid node count`;
  const min = scaled(least);
  // An open end is -1 in Slurm, and then less than the beginning.
  const max = mark === undefined ? min : most === '' ? -1 : scaled(most ?? '');
  if (max < min) {
    return `error: Maximum node count ${max} is less than minimum node count ${min}`;
  }
  draft.nodes = { min, max };
  return undefined;
}

function scaled(text: string): number {
  const factor = /k$/i.test(text) ? 1024 : /m$/i.test(text) ? 1024 * 1024 : 1;
  return Number.parseInt(text, 10) * factor;
}

/** --mem, --mem-per-cpu, --mem-per-gpu: one of them; a later source replaces an earlier one's. */
export function memoryInto(
  kind: 'node' | 'cpu' | 'gpu',
  long: string,
): (draft: SbatchDraft, text: string) => string | undefined {
  return (draft, text) => {
    const mib = parseMemoryMib(text);
    if (mib === undefined) return invalid(long);
    const before = draft.memory;
    draft.memoryTwice =
      before !== undefined && before.kind !== kind && before.source === draft.source;
    draft.memory = { kind, mib, source: draft.source };
    return undefined;
  };
}

/** `[{R|B}:]signal[@seconds]`; 60 s before the end when not said. */
export function setSignal(draft: SbatchDraft, text: string): string | undefined {
  const [, flags = '', name = '', seconds] =
    /^(?:([RB]+):)?([^@:]+)(?:@(\d{1,9}))?$/i.exec(text) ?? [];
  const signal = /^\d{1,3}$/.test(name) ? Number(name) : signalNumber(name);
  const before = Number(seconds ?? 60);
  const isKnown = signal !== undefined && signal > 0 && signal < 65;
  if (!isKnown || before > 0xffff) return invalid('signal');
  draft.signal = { signal, beforeMs: before * 1000, script: /b/i.test(flags) };
  return undefined;
}

/** --begin and --deadline. */
export function timeInto(
  field: 'beginAt' | 'deadlineAt',
  long: string,
): (draft: SbatchDraft, text: string) => string | undefined {
  return (draft, text) => {
    if (text === '') return invalid(long);
    const parsed = parseTime(text, { now: draft.now, zone: draft.zone, looks: 'ahead' });
    if (parsed.kind === 'malformed') return `${timeComplaint(text, parsed)}\n${invalid(long)}`;
    draft[field] = parsed.at;
    return undefined;
  };
}

/** The leading number of a text as C's strtol reads it; 0 where there is none. */
export function leadingNumber(text: string): number {
  const number = Number.parseInt(text, 10);
  return Number.isNaN(number) ? 0 : number;
}
