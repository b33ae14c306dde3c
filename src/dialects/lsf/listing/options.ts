// The options of bjobs, one row each.

import type { OptionRow, Support } from '../../kit/option.ts';

/** Which of the formats a listing has. */
export type ListingFormat = 'default' | 'wide' | 'extraWide' | 'long' | 'arrays' | 'sum';

/** What the options of bjobs are collected in. */
export interface BjobsDraft {
  format: ListingFormat;
  output?: string;
  isJson: boolean;
  hasHeader: boolean;
  isUnformatted: boolean;
  isClockTime: boolean;
  isAll: boolean;
  /** Kinds of states by the letter of their option. */
  states: Set<'d' | 'p' | 'r' | 's'>;
  users?: readonly string[];
  isAllUsers: boolean;
  queue?: string;
  host?: string;
  name?: string;
  project?: string;
  group?: string;
  application?: string;
  userGroup?: string;
  description?: string;
  wanted?: 'help' | 'version';
}

/** A draft without options. */
export function newBjobsDraft(): BjobsDraft {
  return {
    format: 'default',
    isJson: false,
    hasHeader: true,
    isUnformatted: false,
    isClockTime: false,
    isAll: false,
    states: new Set(),
    isAllUsers: false,
  };
}

type Row = OptionRow<BjobsDraft>;
type Act = (draft: BjobsDraft, value: string) => void;
type Entry = readonly [
  name: string,
  value: string | undefined,
  help: string,
  act: Act,
  evidence?: string,
];

const SELECTION: readonly Entry[] = [
  ['a', undefined, 'Jobs in every state.', (draft) => (draft.isAll = true)],
  ['d', undefined, 'Jobs that ended lately.', (draft) => draft.states.add('d')],
  ['p', undefined, 'Pending jobs with their reasons.', (draft) => draft.states.add('p')],
  ['r', undefined, 'Running jobs.', (draft) => draft.states.add('r')],
  ['s', undefined, 'Suspended jobs with their reasons.', (draft) => draft.states.add('s')],
  ['u', 'user', 'Jobs of a user, or of all.', setUsers],
  ['q', 'queue', 'Jobs in a queue.', (draft, value) => (draft.queue = value)],
  ['m', 'host', 'Jobs on a host.', (draft, value) => (draft.host = value)],
  ['J', 'name', 'Jobs of a name; * stands for anything.', (draft, value) => (draft.name = value)],
  ['Jd', 'text', 'Jobs of a description.', (draft, value) => (draft.description = value)],
  ['P', 'project', 'Jobs of a project.', (draft, value) => (draft.project = value)],
  ['g', 'group', 'Jobs of a job group.', (draft, value) => (draft.group = value)],
  ['G', 'group', 'Jobs of a user group.', (draft, value) => (draft.userGroup = value)],
  ['app', 'profile', 'Jobs of a profile.', (draft, value) => (draft.application = value)],
];

const FORMAT: readonly Entry[] = [
  ['w', undefined, 'Nothing is cut.', (draft) => setFormat(draft, 'wide')],
  [
    'W',
    undefined,
    'Nothing is cut, more columns.',
    (draft) => setFormat(draft, 'extraWide'),
    'captured rows in Open OnDemand and GenePattern tests',
  ],
  [
    'l',
    undefined,
    'Everything about each job.',
    (draft) => setFormat(draft, 'long'),
    'captured output of LSF 7 and 10.1 in public issue reports',
  ],
  ['UF', undefined, 'As -l, one line a sentence.', setUnformatted],
  ['A', undefined, 'One line an array.', (draft) => setFormat(draft, 'arrays'), 'openlava 2.2'],
  ['sum', undefined, 'Numbers of jobs by state.', (draft) => setFormat(draft, 'sum')],
  ['o', 'fields', 'The given fields.', (draft, value) => (draft.output = value)],
  [
    'json',
    undefined,
    'The fields of -o as JSON.',
    (draft) => (draft.isJson = true),
    'captured output in Toil and PSI/J tests',
  ],
  ['noheader', undefined, 'No header line.', (draft) => (draft.hasHeader = false)],
  ['hms', undefined, 'Durations as hh:mm:ss.', (draft) => (draft.isClockTime = true)],
  ['h', undefined, 'Show this text.', (draft) => (draft.wanted = 'help')],
  ['V', undefined, 'Show the version that is imitated.', (draft) => (draft.wanted = 'version')],
];

/** Name, value, help, and why it has no effect or is refused. */
type Other = readonly [name: string, value: string | undefined, help: string, note: string];

const ACCEPTED: readonly Other[] = [
  ['X', undefined, 'Uncondensed host names.', 'Host names are never condensed.'],
  ['cname', undefined, 'Cluster names.', 'There is one cluster.'],
  ['aff', undefined, 'CPU affinity.', 'Nothing is bound.'],
  ['hostfile', undefined, 'Contents of the host file.', 'There are no host files.'],
  ['gpu', undefined, 'GPUs.', 'GPUs are not scheduled.'],
  ['rusage', 'resource', 'Resources in use.', 'Not shown.'],
  ['fwd', undefined, 'Forwarded jobs.', 'There is one cluster.'],
  ['N', 'host', 'Normalised CPU times.', 'All hosts count the same.'],
  ['p0', undefined, 'Pending reasons, no hosts.', 'As -p.'],
  ['p1', undefined, 'Pending reasons, one.', 'As -p.'],
  ['p2', undefined, 'Pending reasons, all.', 'As -p.'],
  ['p3', undefined, 'Pending reasons with hosts.', 'As -p.'],
  ['pe', undefined, 'Eligible pending jobs.', 'As -p.'],
  ['pei', undefined, 'Pending jobs by eligibility.', 'As -p.'],
  ['pi', undefined, 'Ineligible pending jobs.', 'As -p.'],
  ['WF', undefined, 'Estimated finish time.', 'As -w.'],
  ['WL', undefined, 'Estimated time left.', 'As -w.'],
  ['WP', undefined, 'Percentage done.', 'As -w.'],
  ['prio', undefined, 'Absolute priorities.', 'Not shown.'],
];

const REFUSED: readonly Other[] = [
  ['sla', 'class', 'Jobs of a service class.', 'there are no service classes'],
  ['Lp', 'project', 'Jobs of a license project.', 'there is no license scheduler'],
  ['ss', undefined, 'Summary of service classes.', 'there are no service classes'],
  ['x', undefined, 'Jobs with exceptions.', 'exceptions are not watched yet'],
  ['U', 'reservation', 'Jobs of a reservation.', 'there are no reservations'],
  ['aps', undefined, 'Absolute priority scheduling.', 'there is none'],
  ['psum', undefined, 'Summary of pending reasons.', 'not supported yet'],
  ['data', undefined, 'Files of the data manager.', 'there is no data manager'],
  ['env', undefined, 'The environment.', 'not supported yet'],
  ['script', undefined, 'The script.', 'not supported yet'],
];

/** What an accepted option means all the same. */
const MEANING: Readonly<Record<string, Act>> = {
  ...Object.fromEntries(
    ['p0', 'p1', 'p2', 'p3', 'pe', 'pei', 'pi'].map((name) => [
      name,
      (draft: BjobsDraft) => draft.states.add('p'),
    ]),
  ),
  ...Object.fromEntries(
    ['WF', 'WL', 'WP'].map((name) => [name, (draft: BjobsDraft) => setFormat(draft, 'wide')]),
  ),
};

/** Every option of bjobs. */
export const BJOBS_ROWS: readonly Row[] = [
  ...SELECTION.map((entry) => fullRow('Selection', entry)),
  ...FORMAT.map((entry) => fullRow('Format', entry)),
  ...ACCEPTED.map((entry) => otherRow('Without effect', entry, 'accepted')),
  ...REFUSED.map((entry) => otherRow('Refused', entry, 'refused')),
];

function fullRow(section: string, [long, value, help, act, source]: Entry): Row {
  const evidence = source ?? `LSF 10.1 reference, bjobs -${long}`;
  return row(section, [long, value, help], { kind: 'full', evidence }, act);
}

function otherRow(section: string, entry: Other, kind: 'accepted' | 'refused'): Row {
  const [long, value, help, note] = entry;
  return row(section, [long, value, help], { kind, note }, MEANING[long]);
}

function row(
  section: string,
  [long, value, help]: readonly [string, string | undefined, string],
  support: Support,
  act: Act | undefined,
): Row {
  return {
    long,
    section,
    help,
    support,
    commands: ['bjobs'],
    ...(value === undefined ? {} : { value }),
    ...(act === undefined
      ? {}
      : {
          set: (draft: BjobsDraft, text: string) => {
            act(draft, text);
            return undefined;
          },
        }),
  };
}

/** The last format that is asked for holds, but -l is never made shorter. */
function setFormat(draft: BjobsDraft, format: ListingFormat): void {
  if (draft.format !== 'long') draft.format = format;
}

function setUnformatted(draft: BjobsDraft): void {
  draft.format = 'long';
  draft.isUnformatted = true;
}

function setUsers(draft: BjobsDraft, value: string): void {
  if (value === 'all') draft.isAllUsers = true;
  else draft.users = value.split(/\s+/);
}
