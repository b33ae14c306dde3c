// What must hold after any storm, whatever died: each acknowledged submission is one job, each job ran
// once, ended once, and with its own exit code. Pure: reads what the jobs noted and what sacct says.

/** What a client asked for. */
export interface Submission {
  /** Its name, unlike any other's. */
  readonly tag: string;
  /** Elements of an array; 0 for a job that is none. */
  readonly elements: number;
  /** What it ends with. */
  readonly code: number;
  /** The number that the client was told; '' where it is told another kind of name. */
  readonly acknowledged?: string;
}

/** What is known at the end. */
export interface Aftermath {
  readonly submissions: readonly Submission[];
  /** A line of `TAG JOB ATTEMPT` for each run; for elements `TAG/INDEX …`. */
  readonly runs: string;
  /** Lines of `sacct -P -n -X -o jobid,jobidraw,jobname,state,exitcode`. */
  readonly accounting: string;
}

interface Row {
  readonly id: string;
  readonly raw: string;
  readonly state: string;
  readonly exit: string;
}

/** Everything that is wrong, a line each. */
export function judge({ submissions, runs, accounting }: Aftermath): string[] {
  const rows = rowsByName(accounting);
  const ran = runsByTag(runs);
  const known = new Set(submissions.map(({ tag }) => tag));
  return [
    ...[...rows.keys()].filter((name) => !known.has(name)).map((name) => `${name}: whose is it?`),
    ...submissions.flatMap((one) => judgeOne(one, rows.get(one.tag) ?? [], ran)),
  ];
}

function judgeOne(one: Submission, rows: readonly Row[], ran: Map<string, string[]>): string[] {
  const { tag, elements, acknowledged } = one;
  const wanted = Math.max(1, elements);
  if (rows.length !== wanted) return [`${tag}: ${rows.length} rows of accounting, not ${wanted}`];
  const wrong: string[] = [];
  for (const row of rows) {
    const [base, index] = row.id.split('_');
    if (acknowledged !== '' && base !== acknowledged) {
      wrong.push(`${tag}: is job ${base}, and ${acknowledged} was acknowledged`);
    }
    const name = index === undefined ? tag : `${tag}/${index}`;
    const seen = ran.get(name) ?? [];
    if (seen.length !== 1 || seen[0] !== `${row.raw} 0`) {
      wrong.push(`${name}: job ${row.raw} ran as [${seen.join(', ')}]`);
    }
    const end = `${one.code === 0 ? 'COMPLETED' : 'FAILED'} ${one.code}:0`;
    if (`${row.state} ${row.exit}` !== end) {
      wrong.push(`${name}: is ${row.state} ${row.exit}, not ${end}`);
    }
  }
  return wrong;
}

function rowsByName(accounting: string): Map<string, Row[]> {
  const rows = new Map<string, Row[]>();
  for (const line of accounting.split('\n').filter(Boolean)) {
    const [id = '', raw = '', name = '', state = '', exit = ''] = line.split('|');
    rows.set(name, [...(rows.get(name) ?? []), { id, raw, state, exit }]);
  }
  return rows;
}

function runsByTag(runs: string): Map<string, string[]> {
  const ran = new Map<string, string[]>();
  for (const line of runs.split('\n').filter(Boolean)) {
    const [tag = '', ...rest] = line.split(' ');
    ran.set(tag, [...(ran.get(tag) ?? []), rest.join(' ')]);
  }
  return ran;
}
