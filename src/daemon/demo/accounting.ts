// The demo's jobs as each side accounts for them, read through its own commands, and what they must
// be: the table below is both the expectation and the picture.

import type { PrivateGateway } from './private-gateway.ts';
import type { DemoJob } from './progress.ts';

/** One job, one cell a side. */
export interface Account {
  readonly name: string;
  readonly cells: readonly string[];
}

/** The commands that are asked, one column each. */
export const SIDES = ['bjobs -a', 'squeue -t all', 'sacct', 'ListJobs'];

const EXPECTED = `
  sim     | 8 DONE   | 8 CD | 8 COMPLETED 0:0   | SUCCEEDED
  collect | DONE     | CD   | COMPLETED 0:0     | SUCCEEDED 0
  align   | DONE     | CD   | COMPLETED 0:0     | SUCCEEDED 0
  report  | DONE     | CD   | COMPLETED 0:0     | SUCCEEDED 0
  flaky   | DONE     | CD   | COMPLETED 0:0     | SUCCEEDED 0
  broken  | EXIT 3   | F    | FAILED 3:0        | FAILED 3
  endless | EXIT 143 | CA   | CANCELLED 0:0     | FAILED 143
`;

/** What each side must say. */
export const expectedAccounts: readonly Account[] = EXPECTED.trim()
  .split('\n')
  .map((line) => {
    const [name = '', ...cells] = line.split('|').map((cell) => cell.trim());
    return { name, cells };
  });

/** What each side says. */
export async function accounts(
  gateway: PrivateGateway,
  jobs: readonly DemoJob[],
): Promise<readonly Account[]> {
  const sides = await Promise.all([
    lines(gateway, `bjobs -a -noheader -o "jobid stat exit_code delimiter='|'"`),
    lines(gateway, "squeue -h -r -t all -o '%F|%t'"),
    lines(gateway, 'sacct -X -n -P -o jobid,state,exitcode'),
    summaries(gateway),
  ]);
  return jobs.map(({ job, name }) => ({
    name,
    cells: sides.map((found) => cellOf(found.filter((one) => one.job === job))),
  }));
}

interface Line {
  readonly job: number;
  readonly words: string;
}

async function lines(gateway: PrivateGateway, command: string): Promise<Line[]> {
  const { stdout } = await gateway.shell(command);
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', ...cells] = line.split('|');
      const words = cells.filter((cell) => cell !== '-' && cell !== '').join(' ');
      // Who cancelled it differs from machine to machine.
      return { job: Number.parseInt(id, 10), words: words.replace(/ by [0-9]+/, '') };
    });
}

async function summaries(gateway: PrivateGateway): Promise<Line[]> {
  const filters = [{ name: 'JOB_NAME', values: ['*'] }];
  const answer = await gateway.batch('ListJobs', { jobQueue: 'normal', filters });
  const found = answer['jobSummaryList'] as readonly {
    readonly jobId: string;
    readonly status: string;
    readonly container?: { readonly exitCode?: number };
  }[];
  return found.map(({ jobId, status, container }) => ({
    job: Number(jobId.split('-').at(-1)),
    words: [status, container?.exitCode].filter((part) => part !== undefined).join(' '),
  }));
}

/** Elements that say the same are counted. */
function cellOf(found: readonly Line[]): string {
  const counts = new Map<string, number>();
  for (const { words } of found) counts.set(words, (counts.get(words) ?? 0) + 1);
  return [...counts].map(([words, count]) => (count > 1 ? `${count} ${words}` : words)).join(', ');
}
