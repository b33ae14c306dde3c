// The options of scancel: every one of 22.05's, and those that came later up to 25.05. Only a
// table.

import type { JobStateName } from '../../../model/selection.ts';
import type { OptionRow } from '../../kit/option.ts';
import { signalNumber } from '../../kit/signals.ts';
import { stateNamed } from '../states.ts';
import { type ShownDraft, accepted, full, helpRows, listOf, refused } from './rows.ts';

/** Everything scancel can be told. */
export interface ScancelDraft extends ShownDraft {
  account?: string;
  batch?: boolean;
  clusters?: string;
  full?: boolean;
  me?: boolean;
  name?: string;
  nodes?: string;
  partition?: string;
  quiet?: boolean;
  signal?: number;
  states?: readonly JobStateName[];
  users?: readonly string[];
  verbose?: number;
}

type Row = OptionRow<ScancelDraft>;
type Setter = NonNullable<Row['set']>;

const text =
  (field: 'account' | 'clusters' | 'name' | 'nodes' | 'partition'): Setter =>
  (draft, value) => {
    draft[field] = value;
    return undefined;
  };
const on =
  (field: 'batch' | 'full' | 'me' | 'quiet'): Setter =>
  (draft) => {
    draft[field] = true;
    return undefined;
  };

/** States in which there is something to end; all others match no job. */
const ENDABLE: Readonly<Record<string, readonly JobStateName[]>> = {
  PENDING: ['pending'],
  RUNNING: ['starting', 'running'],
  COMPLETING: ['completing'],
};

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
    commands: ['scancel'],
    section: 'Options',
    help,
    ...rest,
  };
};
const env = (name: string) => ({ scancel: name });

/** Every option of scancel. */
export const SCANCEL_OPTIONS: readonly Row[] = [
  row('account A', '<name>', 'Only jobs of this account.', {
    support: full('09-scancel/account'),
    variables: env('SCANCEL_ACCOUNT'),
    set: text('account'),
  }),
  row('batch b', undefined, 'Signal the batch script only.', {
    support: full('09-scancel/signal-batch'),
    variables: env('SCANCEL_BATCH'),
    set: on('batch'),
  }),
  row('ctld', undefined, 'Send the request to the controller.', {
    support: accepted('every request goes there'),
    variables: env('SCANCEL_CTLD'),
  }),
  row('cron', undefined, 'Jobs of scrontab too.', {
    support: accepted('there is no scrontab'),
    variables: env('SCANCEL_CRON'),
  }),
  row('clusters M', '<names>', 'Jobs of these clusters; there is one.', {
    support: full('01-sbatch-basic/cluster-unknown'),
    set: text('clusters'),
  }),
  row('full f', undefined, 'Signal the batch script and everything it started.', {
    support: full('09-scancel/signal-full'),
    variables: env('SCANCEL_FULL'),
    set: on('full'),
  }),
  row('hurry H', undefined, 'Leave burst buffers unsaved.', {
    support: accepted('there are no burst buffers (09-scancel/hurry)'),
    variables: env('SCANCEL_HURRY'),
  }),
  row('interactive i', undefined, 'Ask before every job.', {
    support: refused('it cannot ask'),
    variables: env('SCANCEL_INTERACTIVE'),
  }),
  row('jobname', '<name>', 'The old name of --name.', {
    support: full('09-scancel/name'),
    set: text('name'),
  }),
  row('me', undefined, 'Only one’s own jobs.', { support: full('09-scancel/me'), set: on('me') }),
  row('name n', '<name>', 'Only jobs with this name.', {
    support: full('09-scancel/name, name-unknown'),
    variables: env('SCANCEL_NAME'),
    set: text('name'),
  }),
  row('nodelist w', '<hosts>', 'Only jobs on these nodes.', {
    support: full('09-scancel/nodelist'),
    set: text('nodes'),
  }),
  row('partition p', '<name>', 'Only jobs of this partition.', {
    support: full('09-scancel/partition'),
    variables: env('SCANCEL_PARTITION'),
    set: text('partition'),
  }),
  row('qos q', '<name>', 'Only jobs of this quality of service.', {
    support: refused('name the jobs otherwise'),
    variables: env('SCANCEL_QOS'),
  }),
  row('quiet Q', undefined, 'Say nothing of jobs that have ended.', {
    support: full('09-scancel/unknown-quiet, other-users-job-quiet'),
    set: on('quiet'),
  }),
  row('reservation R', '<name>', 'Only jobs of this reservation.', {
    support: refused('there are no reservations'),
  }),
  row('sibling', '<cluster>', 'A job of a sibling cluster.', {
    support: refused('there is one cluster'),
  }),
  row('signal s', '<name or number>', 'Send this signal instead of ending the job.', {
    support: full('09-scancel/signal-*'),
    set: setSignal,
  }),
  row('state t', '<states>', 'Only jobs in this state: PENDING, RUNNING, SUSPENDED.', {
    support: full('09-scancel/state-finished'),
    variables: env('SCANCEL_STATE'),
    set: setStates,
  }),
  row('user u', '<names>', 'Only jobs of these users.', {
    support: full('09-scancel/user, user-other'),
    variables: env('SCANCEL_USER'),
    set: (draft, value) => {
      draft.users = listOf(value);
      return undefined;
    },
  }),
  row('verbose v', undefined, 'Say which jobs are ended.', {
    support: full('09-scancel/unknown-verbose'),
    variables: env('SCANCEL_VERBOSE'),
    set: (draft) => {
      draft.verbose = (draft.verbose ?? 0) + 1;
      return undefined;
    },
  }),
  row('wckey', '<key>', 'Only jobs with this key.', {
    support: refused('name the jobs otherwise'),
    variables: env('SCANCEL_WCKEY'),
  }),
  ...helpRows<ScancelDraft>('scancel'),
];

function setSignal(draft: ScancelDraft, value: string): string | undefined {
  const number = /^\d{1,3}$/.test(value) ? Number(value) : signalNumber(value);
  if (number === undefined || number < 1 || number > 64) {
    return `error: Unknown job signal: ${value}`;
  }
  draft.signal = number;
  return undefined;
}

function setStates(draft: ScancelDraft, value: string): string | undefined {
  const states: JobStateName[] = [];
  for (const word of listOf(value)) {
    const state = stateNamed(word);
    if (state === undefined) {
      return (
        `error: Invalid job state specified: ${word}\n` +
        'error: Valid job states are PENDING, RUNNING and SUSPENDED'
      );
    }
    states.push(...(ENDABLE[state.name] ?? []));
  }
  draft.states = states;
  return undefined;
}
