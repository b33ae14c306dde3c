// `#PBS` and `#BSUB` lines, which sbatch reads too (recorded: 01-sbatch-basic/pbs-directives,
// bsub-directives). Each is turned into words of sbatch; what has no counterpart is left out.

/** Letters of qsub and their option of sbatch. */
const PBS: Readonly<Record<string, string>> = {
  A: '--account',
  N: '--job-name',
  a: '--begin',
  e: '--error',
  i: '--input',
  o: '--output',
  p: '--nice',
  q: '--partition',
  J: '--array',
  t: '--array',
};

/** Letters of bsub and their option of sbatch. */
const BSUB: Readonly<Record<string, string>> = {
  J: '--job-name',
  W: '--time',
  b: '--begin',
  e: '--error',
  i: '--input',
  o: '--output',
  m: '--nodelist',
  M: '--mem-per-cpu',
  n: '--ntasks',
  P: '--comment',
  q: '--partition',
};

/** The words of one line. */
export function foreignWords(line: string): string[] {
  const isPbs = line.startsWith('#PBS');
  const text = line.slice(isPbs ? 4 : 5);
  const match = /^\s*-(\w)\s*("[^"]*"|'[^']*'|[^\s#]*)/.exec(text);
  if (match === null) return [];
  const letter = match[1] ?? '';
  const value = (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2');
  if (isPbs && letter === 'l') return resourceWords(value);
  if (letter === 'H' && !isPbs) return ['--hold'];
  if (letter === 'h' && isPbs) return ['--hold'];
  if (letter === 'x' && !isPbs) return ['--exclusive'];
  const option = (isPbs ? PBS : BSUB)[letter];
  if (option === undefined || value === '') return [];
  if (letter === 'W') return [`--time=${wallTime(value)}`];
  return [`${option}=${value}`];
}

/** bsub's `hours:minutes`, where sbatch would read minutes and seconds. */
function wallTime(value: string): string {
  const limit = value.split('/')[0] ?? '';
  return /^\d+:\d+$/.test(limit) ? `${limit}:00` : limit;
}

/** `-l nodes=1:ppn=2,walltime=00:07:00,mem=2gb` */
function resourceWords(list: string): string[] {
  const words: string[] = [];
  for (const part of list.split(',')) {
    const [name = '', ...rest] = part.split('=');
    const value = rest.join('=');
    if (name === 'walltime') words.push(`--time=${value}`);
    else if (name === 'mem') words.push(`--mem=${value}`);
    else if (name === 'pmem') words.push(`--mem-per-cpu=${value}`);
    else if (name === 'ncpus' || name === 'procs') words.push(`--ntasks=${value}`);
    else if (name === 'nodes') words.push(...nodeWords(value));
  }
  return words;
}

function nodeWords(value: string): string[] {
  const [, nodes, perNode = '1'] = /^(\d+)(?::.*?ppn=(\d+))?/.exec(value) ?? [];
  if (nodes === undefined) return [`--nodelist=${value.split('+').join(',')}`];
  return [`--nodes=${nodes}-${nodes}`, `--ntasks=${Number(nodes) * Number(perNode)}`];
}
