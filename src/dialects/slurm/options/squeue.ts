// The options of squeue: every one of 22.05's, and those that came later up to 25.05. Only a table.

import type { OptionRow } from '../../kit/option.ts';
import { type WrittenId, parseJobIds } from '../job-ids.ts';
import { ALL_STATES, type SlurmState, stateNamed } from '../states.ts';
import { type ShownDraft, accepted, full, helpRows, listOf, refused } from './rows.ts';

/** Everything squeue can be told. */
export interface SqueueDraft extends ShownDraft {
  accounts?: readonly string[];
  array?: boolean;
  clusters?: string;
  /** -P */
  eachPartition?: boolean;
  fields?: string;
  format?: string;
  iterateSeconds?: number;
  jobs?: readonly WrittenId[];
  /** -j was given without a value: the next word is it. */
  jobsFollow?: boolean;
  licenses?: boolean;
  long?: boolean;
  me?: boolean;
  names?: readonly string[];
  noConvert?: boolean;
  noHeader?: boolean;
  nodes?: string;
  partitions?: readonly string[];
  qos?: readonly string[];
  reservation?: boolean;
  sort?: string;
  start?: boolean;
  states?: readonly SlurmState[] | 'all';
  users?: readonly string[];
}

type Row = OptionRow<SqueueDraft>;
type Setter = NonNullable<Row['set']>;

const on =
  (
    field:
      | 'array'
      | 'eachPartition'
      | 'licenses'
      | 'long'
      | 'me'
      | 'noConvert'
      | 'noHeader'
      | 'reservation'
      | 'start',
  ): Setter =>
  (draft) => {
    draft[field] = true;
    return undefined;
  };
const list =
  (field: 'accounts' | 'names' | 'partitions' | 'qos' | 'users'): Setter =>
  (draft, value) => {
    draft[field] = listOf(value);
    return undefined;
  };
const users = list('users');
const states: Setter = (draft, value) => setStates(draft, value);
const jobs: Setter = (draft, value) => setJobs(draft, value);

const row = (
  spelling: string,
  value: string | undefined,
  help: string,
  rest: Omit<Row, 'commands' | 'section' | 'long' | 'short' | 'value' | 'help'>,
): Row => {
  const [long = '', short] = spelling.split(' ');
  return {
    long,
    ...(short === undefined ? {} : { short }),
    ...(value === undefined ? {} : { value }),
    commands: ['squeue'],
    section: 'Options',
    help,
    ...rest,
  };
};
const env = (name: string) => ({ squeue: name });
const ONE_CLUSTER = 'there is one cluster';

/** Every option of squeue. */
export const SQUEUE_OPTIONS: readonly Row[] = [
  row('account A', '<names>', 'Only jobs of these accounts.', {
    support: full('08-squeue/account'),
    variables: env('SQUEUE_ACCOUNT'),
    set: list('accounts'),
  }),
  row('all a', undefined, 'Hidden partitions too.', {
    support: accepted('no partition is hidden'),
    variables: env('SQUEUE_ALL'),
  }),
  row('array r', undefined, 'A line for every element of an array.', {
    support: full('08-squeue/array'),
    variables: env('SQUEUE_ARRAY'),
    set: on('array'),
  }),
  row('array-unique', undefined, 'A line for every pending element that differs.', {
    support: full('08-squeue/array-unique'),
    variables: env('SQUEUE_ARRAY_UNIQUE'),
    set: () => undefined,
  }),
  row('clusters M', '<names>', 'Jobs of these clusters; there is one.', {
    support: full('01-sbatch-basic/cluster-unknown'),
    set: (draft, value) => {
      draft.clusters = value;
      return undefined;
    },
  }),
  row('cluster', '<names>', 'The same as --clusters.', {
    support: full('01-sbatch-basic/cluster-unknown'),
    set: (draft, value) => {
      draft.clusters = value;
      return undefined;
    },
  }),
  row('expand-patterns', undefined, 'Fill in the patterns of file names.', {
    since: '24.05',
    support: accepted('they are filled in as squeue 22.05 does'),
  }),
  row('federation', undefined, 'Jobs of the whole federation.', {
    support: accepted(ONE_CLUSTER),
    variables: env('SQUEUE_FEDERATION'),
  }),
  row('format o', '<format>', 'Columns as %[.][width]letter.', {
    support: full('08-squeue/letter-*, format-*'),
    variables: env('SQUEUE_FORMAT'),
    set: (draft, value) => {
      draft.format = value;
      return undefined;
    },
  }),
  row('Format O', '<fields>', 'Columns as name[:[.]width[suffix]],….', {
    support: full('08-squeue/field-*, O-widths, O-bad-field'),
    variables: env('SQUEUE_FORMAT2'),
    set: (draft, value) => {
      draft.fields = value;
      return undefined;
    },
  }),
  row('hide', undefined, 'Leave hidden partitions out.', {
    support: accepted('no partition is hidden'),
  }),
  row('iterate i', '<seconds>', 'Again and again, so many seconds apart.', {
    support: full('squeue(1) --iterate'),
    set: (draft, value) => {
      const seconds = /^\d{1,6}$/.test(value) ? Number(value) : 0;
      if (seconds < 1) return `error: --iterate=${value}`;
      draft.iterateSeconds = seconds;
      return undefined;
    },
  }),
  row('jobs j', '<ids>', 'Only these jobs.', {
    optionalValue: true,
    support: full('08-squeue/job, job-*'),
    set: jobs,
  }),
  row('job', '<ids>', 'The same as --jobs.', {
    optionalValue: true,
    support: full('08-squeue/job'),
    set: jobs,
  }),
  row('json', undefined, 'JSON output.', { support: refused('use -o or -O') }),
  row('licenses L', '<names>', 'Only jobs with these licenses.', {
    support: full('squeue(1) --licenses: no job has one here'),
    variables: env('SQUEUE_LICENSES'),
    set: on('licenses'),
  }),
  row('local', undefined, 'Jobs of this cluster only.', {
    support: accepted(ONE_CLUSTER),
    variables: env('SQUEUE_LOCAL'),
  }),
  row('long l', undefined, 'More columns.', {
    support: full('08-squeue/long'),
    set: on('long'),
  }),
  row('me', undefined, 'Only one’s own jobs.', { support: full('08-squeue/me'), set: on('me') }),
  row('name n', '<names>', 'Only jobs with these names.', {
    support: full('08-squeue/name'),
    variables: env('SQUEUE_NAMES'),
    set: list('names'),
  }),
  row('noconvert', undefined, 'Leave units as they are.', {
    support: full('squeue(1) --noconvert'),
    set: on('noConvert'),
  }),
  row('nodelist w', '<hosts>', 'Only jobs on these nodes.', {
    support: full('08-squeue/nodelist, nodelist-unknown'),
    set: (draft, value) => {
      draft.nodes = value;
      return undefined;
    },
  }),
  row('noheader h', undefined, 'No line of headers.', {
    support: full('08-squeue/noheader'),
    set: on('noHeader'),
  }),
  row('notme', undefined, 'Only jobs of others.', {
    since: '23.11',
    support: refused('name the users with -u'),
  }),
  row('only-job-state', undefined, 'Ids and states only.', {
    since: '24.05',
    support: accepted('every listing is as quick'),
  }),
  row('partition p', '<names>', 'Only jobs of these partitions.', {
    support: full('08-squeue/partition'),
    variables: env('SQUEUE_PARTITION'),
    set: list('partitions'),
  }),
  row('priority P', undefined, 'A line for every partition of a job.', {
    support: full('08-squeue/priority'),
    variables: env('SQUEUE_PRIORITY'),
    set: on('eachPartition'),
  }),
  row('qos q', '<names>', 'Only jobs of these qualities of service.', {
    support: full('squeue(1) --qos'),
    variables: env('SQUEUE_QOS'),
    set: list('qos'),
  }),
  row('reservation R', '<name>', 'Only jobs of this reservation.', {
    support: full('squeue(1) --reservation: no job has one here'),
    set: on('reservation'),
  }),
  row('sibling', undefined, 'Jobs of sibling clusters.', {
    support: accepted(ONE_CLUSTER),
    variables: env('SQUEUE_SIBLING'),
  }),
  row('sort S', '<letters>', 'Order by these letters of -o, - for descending.', {
    support: full('08-squeue/sort-*'),
    variables: env('SQUEUE_SORT'),
    set: (draft, value) => {
      draft.sort = value;
      return undefined;
    },
  }),
  row('start', undefined, 'When pending jobs are expected to start.', {
    support: full('08-squeue/start'),
    set: on('start'),
  }),
  row('states t', '<states>', 'Only jobs in these states; `all` for every one.', {
    support: full('08-squeue/all, states-*, job-finished-all'),
    variables: env('SQUEUE_STATES'),
    set: states,
  }),
  row('steps s', '<ids>', 'Steps instead of jobs.', {
    optionalValue: true,
    support: refused('there are no steps'),
  }),
  row('user u', '<names>', 'Only jobs of these users.', {
    support: full('08-squeue/user, user-two, user-uid'),
    variables: env('SQUEUE_USERS'),
    set: users,
  }),
  row('users', '<names>', 'The same as --user.', {
    support: full('08-squeue/user'),
    set: users,
  }),
  row('verbose v', undefined, 'Say more.', { support: accepted('nothing more is said') }),
  row('yaml', undefined, 'YAML output.', { support: refused('use -o or -O') }),
  ...helpRows<SqueueDraft>('squeue'),
];

function setStates(draft: SqueueDraft, value: string): string | undefined {
  if (/^all$/i.test(value)) {
    draft.states = 'all';
    return undefined;
  }
  const found: SlurmState[] = [];
  for (const word of listOf(value)) {
    const state = stateNamed(word);
    if (state === undefined) {
      const known = ALL_STATES.map(({ name }) => name).join(',');
      return (
        `error: Invalid job state specified: ${word}\n` +
        `error: Valid job states include: ${known}\n`
      );
    }
    found.push(state);
  }
  draft.states = found;
  return undefined;
}

function setJobs(draft: SqueueDraft, value: string): string | undefined {
  if (value === '') {
    draft.jobsFollow = true;
    return undefined;
  }
  const ids = parseJobIds(value);
  if ('bad' in ids) return `error: Invalid job id: ${ids.bad}`;
  draft.jobs = ids;
  return undefined;
}
