// The one table of settings. The file's keys, the variables, the flags, --help, etc/spillway.yaml
// and the type Settings all come from these rows. Only a table: it reads nothing.

import type { z } from 'zod';
import { environments, lsf, queues } from './structures.ts';
import {
  durationMs,
  name,
  names,
  oneOf,
  path,
  sizeBytes,
  text,
  wholeNumber,
} from './value-types.ts';

/** A setting. The property's name ends with its unit, the user's name for it does not. */
export interface SettingRow {
  /** The key in the file. */
  readonly key: string;
  readonly section: 'Place' | 'Doors' | 'Jobs' | 'Users' | 'Nodes' | 'Dialects' | 'Running';
  readonly help: string;
  /** What the value is called in --help; absent: the file alone can say it. */
  readonly value?: string;
  /** Differs from the key in kebab case where the key is long. */
  readonly flag?: string;
  /** As it would be written; undefined: there is none, and the words of `unset` hold. */
  readonly default: unknown;
  /** What happens without a value. */
  readonly unset?: string;
  readonly schema: z.ZodType;
}

const PORT_MAX = 65_535;
const UID_MAX = 4_294_967_294;
const port = wholeNumber(0, PORT_MAX);

export const SETTINGS = {
  stateDirectory: {
    key: 'stateDirectory',
    flag: 'state-dir',
    section: 'Place',
    value: 'directory',
    help: 'Where everything is kept; made if missing.',
    default: undefined,
    unset: 'must be given',
    schema: path,
  },
  socketPath: {
    key: 'socketPath',
    flag: 'socket',
    section: 'Doors',
    value: 'path',
    help: 'Socket of the commands, at most 107 bytes.',
    default: undefined,
    unset: 'spillwayd.sock in the state directory',
    schema: path.optional(),
  },
  cluster: {
    key: 'cluster',
    section: 'Place',
    value: 'name',
    help: 'Name of the cluster, as listings and accounting show it.',
    default: 'spillway',
    schema: name,
  },
  httpHost: {
    key: 'httpHost',
    section: 'Doors',
    value: 'address',
    help: 'Address of the HTTP door.',
    default: '127.0.0.1',
    schema: text,
  },
  httpPort: {
    key: 'httpPort',
    section: 'Doors',
    value: 'port',
    help: 'Port of the HTTP door; 0 takes a free one.',
    default: '0',
    schema: port,
  },
  grpcPort: {
    key: 'grpcPort',
    section: 'Doors',
    value: 'port',
    help: 'Port of the gRPC door on the loopback address; 0 takes a free one.',
    default: '0',
    schema: port,
  },
  firstJobId: {
    key: 'firstJobId',
    section: 'Jobs',
    value: 'number',
    help: 'Number of the first job of a new state directory.',
    default: '1',
    schema: wholeNumber(1, 2 ** 31 - 1),
  },
  maxArraySize: {
    key: 'maxArraySize',
    section: 'Jobs',
    value: 'number',
    help: "Highest index of an array, plus one (Slurm's MaxArraySize, for all dialects).",
    default: '4000001',
    schema: wholeNumber(1, 100_000_000),
  },
  maxJobs: {
    key: 'maxJobs',
    section: 'Jobs',
    value: 'number',
    help: 'Unfinished jobs at a time; an array counts as one.',
    default: '10000000',
    schema: wholeNumber(1, 1_000_000_000),
  },
  maxScriptBytes: {
    key: 'maxScript',
    section: 'Jobs',
    value: 'size',
    help: "Largest script (Slurm's max_script_size).",
    default: '4MB',
    schema: sizeBytes,
  },
  maxEnvironmentBytes: {
    key: 'maxEnvironment',
    section: 'Jobs',
    value: 'size',
    help: 'Largest environment that a job may bring.',
    default: '4MB',
    schema: sizeBytes,
  },
  requeueDelayMs: {
    key: 'requeueDelay',
    section: 'Jobs',
    value: 'time',
    help: 'How long a job that sbatch submitted waits after a requeue.',
    default: '2m',
    schema: durationMs,
  },
  minJobAgeMs: {
    key: 'minJobAge',
    section: 'Jobs',
    value: 'time',
    help: 'How long squeue shows a finished job.',
    default: '300s',
    schema: durationMs,
  },
  cleanPeriodMs: {
    key: 'cleanPeriod',
    section: 'Jobs',
    value: 'time',
    help: 'How long bjobs -a shows a finished job.',
    default: '1h',
    schema: durationMs,
  },
  logRetentionMs: {
    key: 'logRetention',
    section: 'Jobs',
    value: 'time',
    help: 'How long the output of jobs that have no output file is kept.',
    default: '7d',
    schema: durationMs,
  },
  queues: {
    key: 'queues',
    section: 'Jobs',
    help: 'Where jobs wait. The first is the default, unless one says so.',
    default: [{ name: 'normal' }],
    schema: queues,
  },
  administrators: {
    key: 'administrators',
    section: 'Users',
    value: 'names',
    help: 'Users or uids, beside root and the user of the daemon, who may steer everything.',
    default: '',
    schema: names,
  },
  minimumUid: {
    key: 'minimumUid',
    section: 'Users',
    value: 'uid',
    help: 'Users below it may not submit; 0 lets root too.',
    default: '0',
    schema: wholeNumber(0, UID_MAX),
  },
  environments: {
    key: 'environments',
    section: 'Nodes',
    help: 'Where jobs run: nodes of the site (local), instances that are bought (ec2).',
    default: [{ name: 'local', type: 'local' }],
    schema: environments,
  },
  nodeLeaseMs: {
    key: 'nodeLease',
    section: 'Nodes',
    value: 'time',
    help: 'A job that may run twice is ended by its agent without contact for so long, and runs again.',
    default: '10m',
    schema: durationMs,
  },
  nodeLostAfterMs: {
    key: 'nodeLostAfter',
    section: 'Nodes',
    value: 'time',
    help: 'A job that may not run twice is given up when its node was silent for so long.',
    default: '24h',
    schema: durationMs,
  },
  containersFallback: {
    key: 'containersFallback',
    section: 'Dialects',
    value: 'word',
    help: 'What a container job does where no container can run: host (its command runs there) or refuse.',
    default: 'host',
    schema: oneOf('host', 'refuse'),
  },
  lsf: {
    key: 'lsf',
    section: 'Dialects',
    help: 'What LSF sites set in lsf.conf, under the names used there.',
    default: {},
    schema: lsf,
  },
  logLevel: {
    key: 'logLevel',
    section: 'Running',
    value: 'word',
    help: 'How much is written to stderr: error, warn, info or debug.',
    default: 'warn',
    schema: oneOf('error', 'warn', 'info', 'debug'),
  },
} as const satisfies Readonly<Record<string, SettingRow>>;

/** Name of a setting inside the program. */
export type SettingName = keyof typeof SETTINGS;

/** All settings, checked, in the program's own units. */
export type Settings = {
  readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']>;
};

/** The rows in the order of the table. */
export const SETTING_ROWS = Object.entries(SETTINGS) as readonly [SettingName, SettingRow][];

/** The environment variable of a row: `SPILLWAY_MIN_JOB_AGE`. */
export function variableOf(row: SettingRow): string {
  return `SPILLWAY_${row.key.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** The flag of a row without its dashes: `min-job-age`. */
export function flagOf(row: SettingRow): string {
  return row.flag ?? row.key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
