// The options of bkill, one row each.

import type { OptionRow, Support } from '../../kit/option.ts';
import { signalNumber } from '../../kit/signals.ts';

/** What the options of bkill are collected in. */
export interface BkillDraft {
  signal?: number;
  isForgotten?: boolean;
  isDone?: boolean;
  why?: string;
  onlyState?: 'run' | 'pend' | 'susp';
  name?: string;
  users?: readonly string[];
  isAllUsers?: boolean;
  queue?: string;
  host?: string;
  group?: string;
  application?: string;
  wanted?: 'help' | 'version' | 'signals';
}

type Row = OptionRow<BkillDraft>;
type Act = NonNullable<Row['set']>;
type Entry = readonly [
  name: string,
  value: string | undefined,
  help: string,
  act: Act,
  evidence?: string,
];

const OPENLAVA = 'openlava 2.2: answers and complaints';

const ACTION: readonly Entry[] = [
  ['s', 'signal', 'Send this signal instead.', setSignal, OPENLAVA],
  ['r', undefined, 'Do not wait for the host.', (draft) => void (draft.isForgotten = true)],
  ['b', undefined, 'Kill many jobs at once.', () => undefined],
  ['d', undefined, 'Record the job as done.', (draft) => void (draft.isDone = true)],
  ['C', 'reason', 'Reason that is kept with the job.', (draft, value) => void (draft.why = value)],
];

const SELECTION: readonly Entry[] = [
  ['J', 'name', 'Jobs of a name.', (draft, value) => void (draft.name = value), OPENLAVA],
  ['u', 'user', 'Jobs of a user, or of all.', setUsers],
  ['q', 'queue', 'Jobs in a queue.', (draft, value) => void (draft.queue = value), OPENLAVA],
  ['m', 'host', 'Jobs on a host.', (draft, value) => void (draft.host = value)],
  ['g', 'group', 'Jobs of a job group.', (draft, value) => void (draft.group = value)],
  ['app', 'profile', 'Jobs of a profile.', (draft, value) => void (draft.application = value)],
  ['stat', 'run|pend|susp', 'Jobs in a state.', setState],
];

const OTHER: readonly Entry[] = [
  ['l', undefined, 'Names of the signals.', (draft) => void (draft.wanted = 'signals')],
  ['h', undefined, 'Show this text.', (draft) => void (draft.wanted = 'help')],
  [
    'V',
    undefined,
    'Show the version that is imitated.',
    (draft) => void (draft.wanted = 'version'),
  ],
];

/** Every option of bkill. */
export const BKILL_ROWS: readonly Row[] = [
  ...ACTION.map((entry) => fullRow('Action', entry)),
  ...SELECTION.map((entry) => fullRow('Selection', entry)),
  ...OTHER.map((entry) => fullRow('Other', entry)),
  row('Refused', ['sla', 'class', 'Jobs of a service class.'], {
    kind: 'refused',
    note: 'there are no service classes',
  }),
  row('Refused', ['Jd', 'text', 'Jobs of a description.'], {
    kind: 'refused',
    note: 'not supported yet',
  }),
];

function fullRow(section: string, [long, value, help, set, source]: Entry): Row {
  const evidence = source ?? `LSF 10.1 reference, bkill -${long}`;
  return { ...row(section, [long, value, help], { kind: 'full', evidence }), set };
}

function row(
  section: string,
  [long, value, help]: readonly [string, string | undefined, string],
  support: Support,
): Row {
  const valued = value === undefined ? {} : { value };
  return { long, section, help, support, commands: ['bkill'], ...valued };
}

function setSignal(draft: BkillDraft, value: string): string | undefined {
  const signal = /^\d+$/.test(value) ? Number(value) : signalNumber(value);
  if (signal === undefined || signal < 1 || signal > 64) return `${value}: Illegal signal value`;
  draft.signal = signal;
  return undefined;
}

function setUsers(draft: BkillDraft, value: string): undefined {
  if (value === 'all') draft.isAllUsers = true;
  else draft.users = value.split(/\s+/);
}

function setState(draft: BkillDraft, value: string): string | undefined {
  if (value !== 'run' && value !== 'pend' && value !== 'susp') return `${value}: Illegal job state`;
  draft.onlyState = value;
  return undefined;
}
