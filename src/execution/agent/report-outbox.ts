// What the agent has to report, in columns, and what it sent and nobody confirmed yet. Batches
// form by themselves: what happens while earlier messages are under way goes into the next one.
// Bounded by the attempts of the node: each is started, ended, appended and found unkillable once.

import type { Oddity } from '../protocol/messages.ts';
import { attemptNumber } from '../protocol/attempt-number.ts';

/** The most attempts in one message. */
export const BATCH_SIZE = 4096;
/** The most messages that are sent and not confirmed. */
const WINDOW = 16;

/** How an attempt ended, by the agent's clock. `status` is the exit code, or 256 + the signal. */
export interface AttemptEnd {
  readonly job: number;
  readonly attempt: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly status: number;
  readonly userCpuMs: number;
  readonly systemCpuMs: number;
  readonly maxMemoryKib: number;
  readonly oddity?: Omit<Oddity, 'position'>;
}

/** A message being filled. */
class Batch {
  count = 0;
  readonly started = { job: [] as number[], attempt: [] as number[], atMs: [] as number[] };
  readonly ended = {
    job: [] as number[],
    attempt: [] as number[],
    startedMs: [] as number[],
    endedMs: [] as number[],
    status: [] as number[],
    userCpuMs: [] as number[],
    systemCpuMs: [] as number[],
    maxMemoryKib: [] as number[],
    oddities: [] as Oddity[],
  };
  readonly appended = { job: [] as number[], attempt: [] as number[] };
  readonly unkillable = {
    job: [] as number[],
    attempt: [] as number[],
    processes: [] as number[],
  };
  /** Whether a column says more than zeros. */
  hasStatus = false;
  hasUsage = false;
}

/** Encodes `reports`; given by whoever knows the protocol. */
export type EncodeReports = (number: number, reports: ReportColumns) => Buffer;

/** One message's content. */
export interface ReportColumns {
  readonly started: Batch['started'];
  readonly ended: Batch['ended'];
  readonly appended: Batch['appended'];
  readonly unkillable: Batch['unkillable'];
}

export class ReportOutbox {
  readonly #encode: EncodeReports;
  readonly #sealed: Batch[] = [];
  #open = new Batch();
  #lastNumber = 0;
  #unconfirmed: { readonly number: number; readonly bytes: Buffer }[] = [];
  /** How many of `#unconfirmed` went out in this session. */
  #sent = 0;

  constructor(encode: EncodeReports) {
    this.#encode = encode;
  }

  /** The number of the first report that a new session will send. */
  get nextNumber(): number {
    return this.#unconfirmed[0]?.number ?? this.#lastNumber + 1;
  }

  /** Whether there is more to send than starts. */
  get isUrgent(): boolean {
    const { count, started } = this.#open;
    return this.#sealed.length > 0 || count > started.job.length;
  }

  /** Notes that an attempt began. */
  started(job: number, attempt: number, atMs: number): void {
    const { started } = this.#room();
    started.job.push(job);
    started.attempt.push(attempt);
    started.atMs.push(atMs);
  }

  /** Notes an end. */
  ended(end: AttemptEnd): void {
    const batch = this.#room();
    const { ended } = batch;
    if (end.oddity) ended.oddities.push({ position: ended.job.length, ...end.oddity });
    ended.job.push(end.job);
    ended.attempt.push(end.attempt);
    ended.startedMs.push(end.startedMs);
    ended.endedMs.push(end.endedMs);
    ended.status.push(end.status);
    ended.userCpuMs.push(end.userCpuMs);
    ended.systemCpuMs.push(end.systemCpuMs);
    ended.maxMemoryKib.push(end.maxMemoryKib);
    batch.hasStatus ||= end.status !== 0;
    batch.hasUsage ||= end.userCpuMs + end.systemCpuMs + end.maxMemoryKib > 0;
  }

  /** Notes an end that took no time and no resources. */
  endedAtOnce(job: number, attempt: number, atMs: number): void {
    const { ended } = this.#room();
    ended.job.push(job);
    ended.attempt.push(attempt);
    ended.startedMs.push(atMs);
    ended.endedMs.push(atMs);
    ended.status.push(0);
    ended.userCpuMs.push(0);
    ended.systemCpuMs.push(0);
    ended.maxMemoryKib.push(0);
  }

  /** Notes that an attempt's job report stands in its output. */
  appended(job: number, attempt: number): void {
    const { appended } = this.#room();
    appended.job.push(job);
    appended.attempt.push(attempt);
  }

  /** Notes that some processes of an attempt do not die. */
  unkillable(job: number, attempt: number, processCount: number): void {
    const { unkillable } = this.#room();
    unkillable.job.push(job);
    unkillable.attempt.push(attempt);
    unkillable.processes.push(processCount);
  }

  /** Begins a session: everything unconfirmed is to be sent again. */
  beginSession(): void {
    this.#sent = 0;
  }

  /** The next message to send, encoded; undefined when there is nothing, or enough is under way. */
  next(): Buffer | undefined {
    const repeat = this.#unconfirmed[this.#sent];
    if (repeat !== undefined) {
      this.#sent++;
      return repeat.bytes;
    }
    if (this.#unconfirmed.length >= WINDOW) return undefined;
    const batch = this.#take();
    if (batch === undefined) return undefined;
    const number = ++this.#lastNumber;
    const bytes = this.#encode(number, columnsOf(batch));
    this.#unconfirmed.push({ number, bytes });
    this.#sent++;
    return bytes;
  }

  /** Drops every message up to `number`. */
  confirm(number: number): void {
    let count = 0;
    while ((this.#unconfirmed[count]?.number ?? Number.POSITIVE_INFINITY) <= number) count++;
    if (count === 0) return;
    this.#unconfirmed = this.#unconfirmed.slice(count);
    this.#sent = Math.max(0, this.#sent - count);
  }

  #room(): Batch {
    if (this.#open.count === BATCH_SIZE) {
      this.#sealed.push(this.#open);
      this.#open = new Batch();
    }
    this.#open.count++;
    return this.#open;
  }

  #take(): Batch | undefined {
    const sealed = this.#sealed.shift();
    if (sealed !== undefined) return sealed;
    if (this.#open.count === 0) return undefined;
    const batch = this.#open;
    this.#open = new Batch();
    return batch;
  }
}

/** Leaves out columns of zeros, and the starts of attempts whose end is told in the same breath. */
function columnsOf(batch: Batch): ReportColumns {
  const { started, ended, appended, unkillable } = batch;
  if (!batch.hasStatus) ended.status = [];
  if (!batch.hasUsage) {
    ended.userCpuMs = [];
    ended.systemCpuMs = [];
    ended.maxMemoryKib = [];
  }
  if (started.job.length === 0 || ended.job.length === 0) {
    return { started, ended, appended, unkillable };
  }
  const over = new Set(ended.job.map((job, i) => attemptNumber(job, ended.attempt[i] as number)));
  const kept = started.job.flatMap((job, i) =>
    over.has(attemptNumber(job, started.attempt[i] as number)) ? [] : [i],
  );
  return {
    started: {
      job: kept.map((i) => started.job[i] as number),
      attempt: kept.map((i) => started.attempt[i] as number),
      atMs: kept.map((i) => started.atMs[i] as number),
    },
    ended,
    appended,
    unkillable,
  };
}
