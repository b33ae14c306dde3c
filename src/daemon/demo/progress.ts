// How far the demo's jobs are, one line a job: a mark for each element and a few words. Pure.

import type { JobRow } from '../own-commands/listings.ts';
import type { Color } from './screen.ts';

/** A job of the demo and how it was submitted. */
export interface DemoJob {
  readonly job: number;
  readonly name: string;
  readonly side: 'LSF' | 'Slurm' | 'Batch';
}

/** Where a job stands. */
export interface Progress {
  readonly isOver: boolean;
  readonly done: number;
  readonly failed: number;
  readonly running: number;
  readonly marks: readonly { readonly mark: string; readonly color: Color }[];
  readonly words: string;
}

const DONE = { mark: '●', color: 'green' } as const;
const FAILED = { mark: '✗', color: 'red' } as const;
const RUNNING = { mark: '◐', color: 'yellow' } as const;
const WAITING = { mark: '○', color: 'dim' } as const;

/** The progress of a job, from the rows of it and its elements. */
export function progressOf(job: DemoJob, all: readonly JobRow[]): Progress {
  const rows = all.filter((row) => row.id === job.job || row.array === job.job);
  const size = rows[0]?.elements?.size ?? 1;
  const ended = rows.filter((row) => row.state === 'finished');
  const good = ended.filter((row) => isGood(row)).length;
  const running = rows.filter((row) => row.state !== 'finished' && row.state !== 'pending').length;
  const waiting = Math.max(0, size - ended.length - running);
  const failed = ended.length - good;
  const marks = [
    ...Array.from({ length: good }, () => DONE),
    ...Array.from({ length: failed }, () => FAILED),
    ...Array.from({ length: running }, () => RUNNING),
    ...Array.from({ length: waiting }, () => WAITING),
  ];
  const words = size > 1 ? arrayWords(good, running, waiting) : wordsOf(rows[0]);
  return { isOver: ended.length >= size, done: good, failed, running, marks, words };
}

function isGood({ outcome }: JobRow): boolean {
  return outcome?.kind === 'exited' && outcome.exitCode === 0 && outcome.signal === 0;
}

function arrayWords(done: number, running: number, waiting: number): string {
  const parts = [
    [done, 'done'] as const,
    [running, 'running'] as const,
    [waiting, 'waiting'] as const,
  ];
  return parts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(', ');
}

function wordsOf(row: JobRow | undefined): string {
  if (row === undefined) return 'not there yet';
  const again = row.attempt > 1 ? `, attempt ${row.attempt}` : '';
  if (row.state === 'pending') {
    if (row.reason === 'dependency') return 'waits for the job before it';
    return row.attempt > 0 ? 'failed, waits to run again' : 'waits for a CPU';
  }
  if (row.outcome === undefined || row.state !== 'finished') return `running${again}`;
  const { outcome } = row;
  if (outcome.kind === 'exited') return `exit code ${outcome.exitCode}${again}`;
  return outcome.kind === 'cancelled' ? 'cancelled' : `ended: ${outcome.kind}`;
}
