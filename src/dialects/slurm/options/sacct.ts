// The options of sacct: every one of 22.05's, and those that came later up to 25.05. Only a table.

import type { Instant } from '../../../base/brand.ts';
import type { OptionRow } from '../../kit/option.ts';
import type { Zone } from '../../kit/time-zone.ts';
import { parseTimeLimit } from '../durations.ts';
import { type WrittenId, parseJobIds } from '../job-ids.ts';
import { BRIEF_FIELDS, LONG_FIELDS } from '../sacct-format.ts';
import { type SlurmState, stateNamed } from '../states.ts';
import { parseTime, timeComplaint } from '../times.ts';
import { type ShownDraft, accepted, full, helpRows, listOf, refused } from './rows.ts';

/** Everything sacct can be told. */
export interface SacctDraft extends ShownDraft {
  readonly now: Instant;
  readonly zone: Zone;
  accounts?: readonly string[];
  allUsers?: boolean;
  allocations?: boolean;
  clusters?: readonly string[];
  completion?: boolean;
  cpus?: Range;
  delimiter?: string;
  duplicates?: boolean;
  from?: Instant;
  format?: string;
  groups?: readonly string[];
  helpFormat?: boolean;
  jobs?: readonly WrittenId[];
  names?: readonly string[];
  noConvert?: boolean;
  noHeader?: boolean;
  nodeCount?: Range;
  nodes?: string;
  parsable?: 'closed' | 'open';
  partitions?: readonly string[];
  qos?: readonly string[];
  states?: readonly SlurmState[];
  timeLimitMaximumMs?: number;
  timeLimitMinimumMs?: number;
  to?: Instant;
  truncate?: boolean;
  unit?: string;
  users?: readonly string[];
  wckeys?: readonly string[];
}

/** `n` or `min-max`. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

type Row = OptionRow<SacctDraft>;
type Setter = NonNullable<Row['set']>;

const on =
  (
    field:
      | 'allUsers'
      | 'allocations'
      | 'completion'
      | 'duplicates'
      | 'helpFormat'
      | 'noConvert'
      | 'noHeader'
      | 'truncate',
  ): Setter =>
  (draft) => {
    draft[field] = true;
    return undefined;
  };
const list =
  (
    field: 'accounts' | 'clusters' | 'groups' | 'names' | 'partitions' | 'qos' | 'users' | 'wckeys',
  ): Setter =>
  (draft, value) => {
    draft[field] = listOf(value);
    return undefined;
  };
const range =
  (field: 'cpus' | 'nodeCount'): Setter =>
  (draft, value) => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(value);
    if (match === null) return `error: Invalid range: ${value}`;
    draft[field] = { min: Number(match[1]), max: Number(match[2] ?? match[1]) };
    return undefined;
  };
const limit =
  (field: 'timeLimitMinimumMs' | 'timeLimitMaximumMs'): Setter =>
  (draft, value) => {
    const parsed = parseTimeLimit(value);
    if (parsed === undefined) return `fatal: Invalid time limit specification`;
    draft[field] = parsed === 'unlimited' ? Number.MAX_SAFE_INTEGER : parsed;
    return undefined;
  };
const format =
  (fields: string): Setter =>
  (draft) => {
    draft.format = fields;
    return undefined;
  };
const groups = list('groups');
const users = list('users');

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
    commands: ['sacct'],
    section: 'Options',
    help,
    ...rest,
  };
};
const env = (name: string) => ({ sacct: name });
const ONE_CLUSTER = 'there is one cluster';

/** Every option of sacct. */
export const SACCT_OPTIONS: readonly Row[] = [
  row('accounts A', '<names>', 'Only jobs of these accounts.', {
    support: full('sacct(1) --accounts'),
    set: list('accounts'),
  }),
  row('allclusters L', undefined, 'Jobs of all clusters.', { support: accepted(ONE_CLUSTER) }),
  row('allocations X', undefined, 'Jobs only, no steps.', {
    support: full('12-sacct/X'),
    set: on('allocations'),
  }),
  row('allusers a', undefined, 'Jobs of all users.', {
    support: full('12-sacct/allusers'),
    set: on('allUsers'),
  }),
  row('array', undefined, 'A line for every element of an array.', {
    since: '24.11',
    support: accepted('elements have lines of their own once they started'),
  }),
  row('associations x', '<ids>', 'Only jobs of these associations.', {
    support: refused('there are no associations'),
  }),
  row('batch-script B', undefined, 'The batch script of a job.', {
    support: refused('scripts are shown by scontrol'),
  }),
  row('brief b', undefined, 'Id, state and exit code.', {
    support: full('12-sacct/brief'),
    set: format(BRIEF_FIELDS),
  }),
  row('cluster', '<names>', 'The same as --clusters.', {
    support: full('12-sacct/M'),
    set: list('clusters'),
  }),
  row('clusters M', '<names>', 'Jobs of these clusters; there is one.', {
    support: full('12-sacct/M, M-bad'),
    set: list('clusters'),
  }),
  row('completion c', undefined, 'Read the completion log.', {
    support: full('12-sacct/completion: there is none'),
    set: on('completion'),
  }),
  row('constraints C', '<list>', 'Only jobs with these constraints.', {
    support: refused('nodes have no features'),
  }),
  row('delimiter', '<text>', 'What stands between the columns of -p and -P.', {
    support: full('12-sacct/delimiter'),
    set: (draft, value) => {
      draft.delimiter = value;
      return undefined;
    },
  }),
  row('duplicates D', undefined, 'Every run of a job that was requeued.', {
    support: full('12-sacct/D-duplicates'),
    set: on('duplicates'),
  }),
  row('endtime E', '<time>', 'Jobs before this time.', {
    support: full('12-sacct/E-only, E-past, S-after-E'),
    set: (draft, value) => setTime(draft, 'to', value),
  }),
  row('env-vars', undefined, 'The environment of a job.', {
    support: refused('environments are not shown'),
  }),
  row('expand-patterns', undefined, 'Fill in the patterns of file names.', {
    since: '24.05',
    support: accepted('file names are not shown'),
  }),
  row('federation', undefined, 'Jobs of the whole federation.', {
    support: accepted(ONE_CLUSTER),
    variables: env('SACCT_FEDERATION'),
  }),
  row('file f', '<file>', 'Read this log.', { support: refused('accounting is in the database') }),
  row('flags F', '<list>', 'Only jobs with these flags.', {
    support: refused('jobs have no such flags'),
  }),
  row('format o', '<fields>', 'Columns as name[%[-]width],….', {
    support: full('12-sacct/field-*, width*, bad-field'),
    variables: env('SACCT_FORMAT'),
    set: (draft, value) => {
      draft.format = value;
      return undefined;
    },
  }),
  row('gid g', '<groups>', 'Only jobs of these groups.', {
    support: full('sacct(1) --gid'),
    set: groups,
  }),
  row('group', '<groups>', 'The same as --gid.', {
    support: full('sacct(1) --group'),
    set: groups,
  }),
  row('helpformat e', undefined, 'Names of all fields.', {
    support: full('12-sacct/helpformat, e'),
    set: on('helpFormat'),
  }),
  row('jobs j', '<ids>', 'Only these jobs or steps.', {
    support: full('12-sacct/j, j-*'),
    set: (draft, value) => {
      const ids = parseJobIds(value);
      if ('bad' in ids) return `fatal: Bad job/step specified: ${ids.bad}`;
      // Given again, it adds.
      draft.jobs = [...(draft.jobs ?? []), ...ids];
      return undefined;
    },
  }),
  row('json', undefined, 'JSON output.', { support: refused('use -P') }),
  row('local', undefined, 'Jobs of this cluster only.', {
    support: accepted(ONE_CLUSTER),
    variables: env('SACCT_LOCAL'),
  }),
  row('long l', undefined, 'Many columns.', {
    support: full('12-sacct/long'),
    set: format(LONG_FIELDS),
  }),
  row('name', '<names>', 'Only jobs with these names.', {
    support: full('12-sacct/name'),
    set: list('names'),
  }),
  row('ncpus I', '<min[-max]>', 'Only jobs with so many CPUs.', {
    support: full('12-sacct/ncpus'),
    set: range('cpus'),
  }),
  row('nnodes i', '<min[-max]>', 'Only jobs on so many nodes.', {
    support: full('12-sacct/nnodes'),
    set: range('nodeCount'),
  }),
  row('noconvert', undefined, 'Memory in bytes.', {
    support: full('12-sacct/noconvert'),
    set: on('noConvert'),
  }),
  row('nodelist N', '<hosts>', 'Only jobs on these nodes.', {
    support: full('12-sacct/nodelist'),
    set: (draft, value) => {
      draft.nodes = value;
      return undefined;
    },
  }),
  row('noheader n', undefined, 'No lines of headers.', {
    support: full('12-sacct/n'),
    set: on('noHeader'),
  }),
  row('parsable p', undefined, 'Columns ended by |.', {
    support: full('12-sacct/p'),
    set: (draft) => {
      draft.parsable = 'closed';
      return undefined;
    },
  }),
  row('parsable2 P', undefined, 'Columns with | between.', {
    support: full('12-sacct/P'),
    set: (draft) => {
      draft.parsable = 'open';
      return undefined;
    },
  }),
  row('partition r', '<names>', 'Only jobs of these partitions.', {
    support: full('12-sacct/partition, partition-debug'),
    set: list('partitions'),
  }),
  row('qos q', '<names>', 'Only jobs of these qualities of service.', {
    support: full('sacct(1) --qos'),
    set: list('qos'),
  }),
  row('starttime S', '<time>', 'Jobs after this time (last midnight).', {
    support: full('12-sacct/S-*'),
    set: (draft, value) => setTime(draft, 'from', value),
  }),
  row('state s', '<states>', 'Only jobs that were in these states.', {
    support: full('12-sacct/s-*'),
    set: setStates,
  }),
  row('timelimit-max K', '<limit>', 'Only jobs with at most this limit.', {
    support: full('12-sacct/timelimit'),
    set: limit('timeLimitMaximumMs'),
  }),
  row('timelimit-min k', '<limit>', 'Only jobs with at least this limit.', {
    support: full('12-sacct/timelimit'),
    set: limit('timeLimitMinimumMs'),
  }),
  row('truncate T', undefined, 'Cut times to the window.', {
    support: full('12-sacct/T-truncate'),
    set: on('truncate'),
  }),
  row('uid', '<users>', 'The same as --user.', {
    support: full('12-sacct/u-bob'),
    set: users,
  }),
  row('units', '<KMGTP>', 'Unit of sizes.', {
    support: full('12-sacct/units-*'),
    set: (draft, value) => {
      if (!/^[KMGTP]$/i.test(value)) {
        return (
          `error: Invalid unit type '${value}'. Possible options are 'KMGTP'\n` +
          'fatal: Invalid unit type'
        );
      }
      draft.unit = value.toUpperCase();
      return undefined;
    },
  }),
  row('user u', '<users>', 'Only jobs of these users.', {
    support: full('12-sacct/u-bob'),
    set: users,
  }),
  row('use-local-uid', undefined, 'Names of users from this host.', {
    since: '22.05',
    support: accepted('names are always this host’s'),
  }),
  row('verbose v', undefined, 'Say more.', { support: accepted('nothing more is said') }),
  row('wckeys W', '<keys>', 'Only jobs with these keys.', {
    support: full('sacct(1) --wckeys'),
    set: list('wckeys'),
  }),
  row('whole-hetjob', '<yes|no>', 'All parts of heterogeneous jobs.', {
    optionalValue: true,
    support: accepted('there are no heterogeneous jobs'),
  }),
  row('yaml', undefined, 'YAML output.', { support: refused('use -P') }),
  ...helpRows<SacctDraft>('sacct', 'h'),
];

function setTime(draft: SacctDraft, field: 'from' | 'to', value: string): string | undefined {
  const parsed = parseTime(value, { now: draft.now, zone: draft.zone, looks: 'back' });
  if (parsed.kind === 'malformed') return timeComplaint(value, parsed);
  draft[field] = parsed.at;
  return undefined;
}

function setStates(draft: SacctDraft, value: string): string | undefined {
  const states: SlurmState[] = [];
  for (const word of listOf(value)) {
    const state = stateNamed(word);
    if (state === undefined) return `fatal: unrecognized job state value '${word}'`;
    states.push(state);
  }
  draft.states = states;
  return undefined;
}
