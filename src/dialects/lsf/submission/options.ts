// The options of bsub that do something, one row each. Those that are accepted without effect or
// refused are in other-options.ts. Sources: "reference" is IBM's LSF 10.1 command reference,
// "openlava" what openlava 2.2 was seen to do.

import type { OptionRow } from '../../kit/option.ts';
import { signalNumber } from '../../kit/signals.ts';
import { memoryMib } from '../settings.ts';
import { BAD_DEPENDENCY, readDependency } from './dependency-expression.ts';
import type { BsubDraft } from './draft.ts';
import { readJobName } from './job-name.ts';
import { BAD_REQUIREMENT, readRequirement } from './resource-requirement.ts';
import { minutesMs, pointInTime } from './times.ts';

type Row = OptionRow<BsubDraft>;
type Set = NonNullable<Row['set']>;

function full(
  long: string,
  section: string,
  rest: { [Key in 'value' | 'help' | 'evidence']?: string } & { set: Set; directive?: boolean },
): Row {
  const { evidence, help = '', value, set, directive = true } = rest;
  return {
    long,
    section,
    help,
    set,
    directive,
    commands: ['bsub'],
    support: { kind: 'full', evidence: evidence ?? `LSF 10.1 reference, bsub -${long}` },
    ...(value === undefined ? {} : { value }),
  };
}

const JOB: readonly Row[] = [
  full('J', 'Job', {
    value: 'name[indices]%limit',
    help: 'Name of the job; with indices in brackets an array.',
    evidence: 'openlava 2.2: indices, steps, limits and complaints',
    set: (draft, value) => {
      const name = readJobName(value);
      if (typeof name === 'string') return name;
      return void (draft.name = name);
    },
  }),
  full('Jd', 'Job', {
    value: 'text',
    help: 'Description of the job.',
    set: (draft, value) => void (draft.description = value),
  }),
  full('P', 'Job', {
    value: 'project',
    help: 'Project that is charged.',
    set: (draft, value) => void (draft.project = value),
  }),
  full('K', 'Job', {
    help: 'Wait for the end of the job and exit with its status.',
    evidence: 'openlava 2.2: lines on stderr and status',
    set: (draft) => void (draft.isWaiting = true),
  }),
  full('env', 'Job', {
    value: 'all|none,...',
    help: 'Variables of the environment that the job gets.',
    set: (draft, value) => void draft.environments.push(value),
  }),
  full('cwd', 'Job', {
    value: 'directory',
    help: 'Working directory of the job; %U is the user.',
    set: (draft, value) => {
      if (/%[JI]/.test(value)) return '%J and %I are not supported in the working directory';
      return void (draft.workingDirectory = value);
    },
  }),
];

const PLACEMENT: readonly Row[] = [
  full('q', 'Placement', {
    value: 'queue ...',
    help: 'Queue, or several of which the first that accepts the job is taken.',
    evidence: 'openlava 2.2: answer and complaints',
    set: (draft, value) => void (draft.queues = value.trim().split(/\s+/)),
  }),
  full('n', 'Placement', {
    value: 'min[,max]',
    help: 'Number of slots; the smaller number is used.',
    evidence: 'openlava 2.2: complaints',
    set: setTasks,
  }),
  full('R', 'Placement', {
    value: 'requirement',
    help: 'Resource requirement; strings of several -R are joined.',
    set: (draft, value) => {
      draft.requirements.push(value);
      return readRequirement([value]) === undefined ? BAD_REQUIREMENT : undefined;
    },
  }),
  full('m', 'Placement', {
    value: 'host ...',
    help: 'Hosts on which the job may run; preferences are ignored.',
    set: (draft, value) => {
      return void (draft.hosts = value
        .trim()
        .split(/\s+/)
        .map((host) => host.replace(/[!]|\+\d*/g, '')));
    },
  }),
  full('nnodes', 'Placement', {
    value: 'number',
    help: 'Number of hosts.',
    set: (draft, value) => {
      if (!isPositive(value)) return 'Bad argument for option -nnodes';
      return void (draft.nodes = Number(value));
    },
  }),
  full('x', 'Placement', {
    help: 'The hosts of the job take no other job.',
    set: (draft) => void (draft.isExclusive = true),
  }),
];

const SCHEDULING: readonly Row[] = [
  full('w', 'Scheduling', {
    value: 'condition',
    help: 'Start when the condition on other jobs is true.',
    evidence: 'LSF 10.1 reference, bsub -w; openlava 2.2: unknown ids',
    set: (draft, value) => {
      const expression = readDependency(value);
      if (expression === undefined) return `${value}: ${BAD_DEPENDENCY}`;
      return void (draft.dependency = { text: value, expression });
    },
  }),
  full('ti', 'Scheduling', {
    help: 'End the job when its condition can never become true.',
    set: (draft) => void (draft.cancelWhenNeverSatisfied = true),
  }),
  full('b', 'Scheduling', {
    value: '[[[year:]month:]day:]hour:minute',
    help: 'Do not start before this time.',
    evidence: 'openlava 2.2: text on stderr',
    set: (draft, value) => {
      const at = pointInTime(value, draft.now, draft.zone);
      if (at === undefined) return `${value}: Bad time specification`;
      return void (draft.beginAt = at);
    },
  }),
  full('H', 'Scheduling', {
    help: 'Hold the job until bresume.',
    set: (draft) => void (draft.isHeld = true),
  }),
  full('sp', 'Scheduling', {
    value: 'priority',
    help: 'Priority among the jobs of the user.',
    set: (draft, value) => {
      if (!isPositive(value)) return 'Bad user priority';
      return void (draft.userPriority = Number(value));
    },
  }),
  full('r', 'Scheduling', {
    help: 'Run the job again when its host fails.',
    set: (draft) => void (draft.isRerunnable = true),
  }),
  full('rn', 'Scheduling', {
    help: 'Never run the job again.',
    set: (draft) => void (draft.isRerunnable = false),
  }),
];

const FILES: readonly Row[] = [
  full('i', 'Files', {
    value: 'file',
    help: 'Standard input; %J and %I are job id and index.',
    set: (draft, value) => void (draft.stdin = value),
  }),
  ...(['o', 'oo'] as const).map((long) =>
    full(long, 'Files', {
      value: 'file',
      help: `Standard output, ${long === 'o' ? 'appended' : 'overwritten'}.`,
      set: (draft, path) => void (draft.stdout = { path, isOverwritten: long === 'oo' }),
    }),
  ),
  ...(['e', 'eo'] as const).map((long) =>
    full(long, 'Files', {
      value: 'file',
      help: `Standard error, ${long === 'e' ? 'appended' : 'overwritten'}.`,
      set: (draft, path) => void (draft.stderr = { path, isOverwritten: long === 'eo' }),
    }),
  ),
];

const LIMITS: readonly Row[] = [
  full('W', 'Limits', {
    value: '[hours:]minutes',
    help: 'Run limit.',
    evidence: 'openlava 2.2: complaint; decimals as batchtools sends them',
    set: (draft, value) => {
      const ms = minutesMs(value);
      if (ms === undefined || ms === 0) return `${value}: Bad RUNLIMIT specification`;
      return void (draft.wallTimeMs = ms);
    },
  }),
  full('M', 'Limits', {
    value: 'memory',
    help: 'Memory limit of the job; a bare number by LSF_UNIT_FOR_LIMITS, else in KB.',
    evidence: 'LSF 10.1 reference, bsub -M; openlava 2.2: complaint',
    set: (draft, value) => {
      const mib = memoryMib(value, draft.limitUnitMib);
      if (mib === undefined || mib === 0) {
        return `${value}: MEMLIMT value should be a positive integer`;
      }
      return void (draft.memoryLimitMib = Math.ceil(mib));
    },
  }),
  full('c', 'Limits', {
    value: '[hours:]minutes',
    help: 'CPU time of each process.',
    evidence: 'openlava 2.2: complaint',
    set: (draft, value) => {
      const ms = minutesMs(value);
      if (ms === undefined || ms === 0) return `${value}: Bad CPULIMIT specification`;
      return void (draft.resourceLimits['cpu'] = Math.ceil(ms / 1000));
    },
  }),
  ...(
    [
      ['C', 'core', 'CORELIMIT', 'Size of core files'],
      ['D', 'data', 'DATALIMIT', 'Data segment'],
      ['F', 'fsize', 'FILELIMIT', 'Size of files'],
      ['S', 'stack', 'STACKLIMIT', 'Stack'],
      ['v', 'as', 'SWAPLIMIT', 'Virtual memory'],
    ] as const
  ).map(([long, limit, word, what]) =>
    full(long, 'Limits', {
      value: 'size',
      help: `${what} of each process.`,
      set: (draft, value) => {
        const mib = memoryMib(value, draft.limitUnitMib);
        if (mib === undefined) return `${value}: ${word} value should be a positive integer`;
        return void (draft.resourceLimits[limit] = Math.ceil(mib * 1024 * 1024));
      },
    }),
  ),
  full('wa', 'Limits', {
    value: 'signal',
    help: 'Signal that warns the job before its run limit.',
    set: (draft, value) => {
      const signal = signalNumber(value);
      if (signal === undefined) return `${value}: Illegal signal value`;
      return void (draft.warning = { ...draft.warning, signal });
    },
  }),
  full('wt', 'Limits', {
    value: '[hours:]minutes',
    help: 'How long before its run limit the job is warned.',
    set: (draft, value) => {
      const ms = minutesMs(value);
      if (ms === undefined) return `${value}: Bad job warning time`;
      return void (draft.warning = { ...draft.warning, beforeMs: ms });
    },
  }),
];

const OTHER: readonly Row[] = [
  full('h', 'Other', {
    help: 'Show this text.',
    directive: false,
    set: (draft) => void (draft.wanted = 'help'),
  }),
  full('V', 'Other', {
    help: 'Show the version that is imitated.',
    directive: false,
    set: (draft) => void (draft.wanted = 'version'),
  }),
];

/** Rows with an effect. */
export const BSUB_FULL: readonly Row[] = [
  ...JOB,
  ...PLACEMENT,
  ...SCHEDULING,
  ...FILES,
  ...LIMITS,
  ...OTHER,
];

function setTasks(draft: BsubDraft, value: string): string | undefined {
  const parts = /^\s*(-?\d+)\s*(?:,\s*(-?\d+)\s*)?$/.exec(value);
  if (parts === null) return 'Bad argument for option -n';
  const least = Number(parts[1]);
  const most = Number(parts[2] ?? least);
  if (least < 1 || most < 1) return 'The number of processors must be a positive integer';
  if (most < least) return 'Bad argument for option -n';
  draft.tasks = least;
  return undefined;
}

function isPositive(value: string): boolean {
  return /^\d{1,9}$/.test(value) && Number(value) > 0;
}
