// What a run of the demo has shown, one sentence each, and whether it holds: times and exit codes
// from the gateway, files from the jobs' folder.

import * as fs from 'node:fs';
import * as path from 'node:path';
import type { JobRow } from '../own-commands/listings.ts';
import type { DemoJob } from './progress.ts';

/** One thing that was shown, or was not. */
export interface Proof {
  readonly words: string;
  readonly holds: boolean;
}

/** What they are made from. */
export interface Evidence {
  readonly jobs: readonly DemoJob[];
  readonly rows: readonly JobRow[];
  /** Jobs that ran when the daemon was killed. */
  readonly survived: number;
  readonly work: string;
}

/** All of them. */
export function proofs({ jobs, rows, survived, work }: Evidence): Proof[] {
  const of = (name: string) => {
    const { job } = jobs.find((one) => one.name === name) ?? { job: 0 };
    return rows.filter((row) => row.id === job || row.array === job);
  };
  const text = (file: string) => {
    const full = path.join(work, file);
    return fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : '';
  };
  const [flaky] = of('flaky');
  const [broken] = of('broken');
  const collected = text('collect.out');
  return [
    {
      words: 'collect began after the last of sim had ended, and found all eight results',
      holds: isAfter(of('collect'), of('sim')) && collected.startsWith('1 4 9 16 25 36 49 64'),
    },
    {
      words: "LSF's job report is behind its output",
      holds: collected.includes('Successfully completed.'),
    },
    {
      words: 'report began after align had succeeded (afterok), and read what it wrote',
      holds: isAfter(of('report'), of('align')) && text('report.log').trim() === '1000',
    },
    {
      words: 'flaky failed with 1, was run again, and succeeded at the second attempt',
      holds: flaky?.attempt === 2 && exitCode(flaky) === 0,
    },
    { words: 'broken has its exit code 3 on every side', holds: exitCode(broken) === 3 },
    {
      words: 'endless, submitted by bsub, was ended by scancel',
      holds: of('endless')[0]?.outcome?.kind === 'cancelled',
    },
    {
      words: `${survived} ran through a kill -9 of the daemon; no job was lost or run twice`,
      holds: survived > 0 && rows.every((row) => row.state === 'finished') && ranOnce(rows, work),
    },
  ];
}

function exitCode(row: JobRow | undefined): number | undefined {
  return row?.outcome?.kind === 'exited' ? row.outcome.exitCode : undefined;
}

function isAfter(later: readonly JobRow[], earlier: readonly JobRow[]): boolean {
  const lastEnd =
    earlier
      .map((row) => row.endedAt ?? '~')
      .toSorted()
      .at(-1) ?? '~';
  return later.length > 0 && later.every((row) => (row.startedAt ?? '') >= lastEnd);
}

/** Each element wrote one line when it began. */
function ranOnce(rows: readonly JobRow[], work: string): boolean {
  const begun = fs.readFileSync(path.join(work, 'begun'), 'utf8').trim().split('\n');
  return begun.length === rows.filter((row) => row.name === 'sim').length;
}
