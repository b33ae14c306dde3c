// The options of sbatch: every one of 22.05's, and those that came later up to 25.05. Only a table.

import type { OptionRow } from '../../kit/option.ts';
import { accepted, full, refused } from './rows.ts';
import {
  type SbatchDraft,
  checkedCount,
  countInto,
  invalid,
  leadingNumber,
  memoryInto,
  setNodes,
  setSignal,
  timeInto,
} from '../sbatch-draft.ts';
import { parseTimeLimit } from '../durations.ts';
import { parseMemoryMib } from '../memory.ts';

type Row = OptionRow<SbatchDraft>;
type Setter = NonNullable<Row['set']>;
type TextField = {
  [K in keyof SbatchDraft]-?: string extends SbatchDraft[K] ? K : never;
}[keyof SbatchDraft];
type FlagField = 'hold' | 'ignoreForeign' | 'parsable' | 'quiet' | 'testOnly' | 'wait';

const text =
  (field: TextField): Setter =>
  (draft, value) => {
    (draft as unknown as Record<string, string>)[field] = value;
    return undefined;
  };
const flag =
  (field: FlagField): Setter =>
  (draft) => {
    draft[field] = true;
    return undefined;
  };

/** The value must be empty: with anything in it the request cannot be met. */
const onlyEmpty =
  (complaint: string, status = 1): Setter =>
  (draft, value) => {
    if (value === '') return undefined;
    draft.complaintStatus = status;
    return complaint;
  };
const failed = (words: string) => `error: Batch job submission failed: ${words}`;

const limitInto =
  (field: 'timeLimit' | 'timeMinimum', long: string): Setter =>
  (draft, value) => {
    const limit = parseTimeLimit(value);
    if (limit === undefined) return invalid(long);
    draft[field] = limit;
    return undefined;
  };

const NO_AFFINITY = 'tasks are not bound to cores, sockets or threads';
const NO_GPUS = 'nodes have no generic resources yet';
const ONE_CLUSTER = 'there is one cluster';
const BASIC = 'Running';
const WHERE = 'Constraints';
const MEMORY = 'Memory and sharing';
const LAYOUT = 'Layout on the node';
const GPUS = 'GPUs';
const HELP = 'Help';

const row = (
  spelling: string,
  value: string | undefined,
  section: string,
  rest: Omit<Row, 'commands' | 'section' | 'long' | 'short' | 'value'>,
): Row => {
  const [long = '', short] = spelling.split(' ');
  return {
    long,
    ...(short === undefined ? {} : { short }),
    ...(value === undefined ? {} : { value }),
    commands: ['sbatch'],
    directive: true,
    section,
    ...rest,
  };
};
const env = (name: string) => ({ sbatch: name });

/** Every option of sbatch. */
export const SBATCH_OPTIONS: readonly Row[] = [
  row('array a', '<indexes>', BASIC, {
    help: 'Submit an array: a job for every index, %n for at most n at once.',
    support: full('03-sbatch-invalid/array-*, 07-array'),
    variables: env('SBATCH_ARRAY_INX'),
    set: text('array'),
  }),
  row('account A', '<name>', BASIC, {
    help: 'Charge the job to this account.',
    support: full('02-sbatch-options/account'),
    variables: env('SBATCH_ACCOUNT'),
    set: text('account'),
  }),
  row('acctg-freq', '<intervals>', BASIC, {
    help: 'How often usage is sampled.',
    support: accepted('usage is measured at the end, not sampled'),
    variables: env('SBATCH_ACCTG_FREQ'),
    set: (_draft, value) =>
      /^((task|energy|network|filesystem)=)?\d+(,(task|energy|network|filesystem)=\d+)*$/i.test(
        value,
      )
        ? undefined
        : `error: Invalid --acctg-freq specification: ${value}`,
  }),
  row('batch', '<features>', BASIC, {
    help: 'Features that the node of the script must have.',
    support: accepted('nodes have no features'),
    variables: env('SBATCH_BATCH'),
  }),
  row('bb', '<spec>', BASIC, {
    help: 'Burst buffer to prepare.',
    support: accepted('there are no burst buffers, as in a Slurm without the plugin'),
    variables: env('SBATCH_BURST_BUFFER'),
  }),
  row('bbf', '<file>', BASIC, {
    help: 'File with a burst buffer specification.',
    support: refused('there are no burst buffers'),
  }),
  row('begin b', '<time>', BASIC, {
    help: 'Do not start before this time.',
    support: full('02-sbatch-options/begin-*, 03-sbatch-invalid/begin-*'),
    set: timeInto('beginAt', 'begin'),
  }),
  row('chdir D', '<directory>', BASIC, {
    help: 'Run in this directory.',
    support: full('01-sbatch-basic/chdir, chdir-relative'),
    set: text('chdir'),
  }),
  row('cluster', '<names>', BASIC, {
    help: 'The same as --clusters.',
    support: full('01-sbatch-basic/cluster-unknown'),
    set: text('clusters'),
  }),
  row('clusters M', '<names>', BASIC, {
    help: 'Submit to this cluster; there is one.',
    support: full('01-sbatch-basic/cluster, cluster-unknown'),
    variables: env('SBATCH_CLUSTERS'),
    set: text('clusters'),
  }),
  row('cluster-constraint', '<list>', BASIC, {
    help: 'Features of the cluster to submit to.',
    support: accepted(ONE_CLUSTER),
  }),
  row('comment', '<text>', BASIC, {
    help: 'A remark, shown by squeue and sacct.',
    support: full('02-sbatch-options/comment'),
    variables: env('SBATCH_COMMENT'),
    set: text('comment'),
  }),
  row('container', '<bundle>', BASIC, {
    help: 'OCI bundle to run in.',
    support: refused('containers are not run'),
    variables: env('SBATCH_CONTAINER'),
  }),
  row('container-id', '<id>', BASIC, {
    since: '23.02',
    help: 'OCI container to run in.',
    support: refused('containers are not run'),
    variables: env('SBATCH_CONTAINER_ID'),
  }),
  row('cpu-freq', '<range>', BASIC, {
    help: 'CPU frequency.',
    support: accepted('frequencies are not changed'),
    variables: env('SBATCH_CPU_FREQ_REQ'),
  }),
  row('cpus-per-task c', '<number>', BASIC, {
    help: 'CPUs for every task.',
    support: full('02-sbatch-options/cpus-per-task, 03-sbatch-invalid/cpt-zero'),
    variables: env('SBATCH_CPUS_PER_TASK'),
    set: countInto('cpusPerTask', 'cpus-per-task'),
  }),
  row('deadline', '<time>', BASIC, {
    help: 'Give the job up when it cannot end before this time.',
    support: accepted('checked; a deadline in the past is refused, a later one has no effect'),
    set: timeInto('deadlineAt', 'deadline'),
  }),
  row('delay-boot', '<minutes>', BASIC, {
    help: 'How long to wait for a node with the right features.',
    support: accepted('nodes have no features'),
    variables: env('SBATCH_DELAY_BOOT'),
    set: (_draft, value) =>
      parseTimeLimit(value) === undefined ? invalid('delay-boot') : undefined,
  }),
  row('dependency d', '<type:job[,…]>', BASIC, {
    help: 'Wait for other jobs: after, afterany, afterok, afternotok, aftercorr, singleton.',
    support: full('06-dependency, 03-sbatch-invalid/dependency-*'),
    set: text('dependency'),
  }),
  row('distribution m', '<type>', BASIC, {
    help: 'How tasks are spread over nodes and sockets.',
    support: accepted(NO_AFFINITY),
    variables: env('SBATCH_DISTRIBUTION'),
  }),
  row('error e', '<file>', BASIC, {
    help: 'File of the standard error; patterns as --output.',
    support: full('04-output/separate-err, only-err'),
    variables: env('SBATCH_ERROR'),
    set: text('stderr'),
  }),
  row('export', '<names|ALL|NONE>', BASIC, {
    help: 'Variables that the job gets: ALL of the caller, NONE, or named ones.',
    support: full('05-env/export-*'),
    variables: env('SBATCH_EXPORT'),
    set: text('export'),
  }),
  row('export-file', '<file>', BASIC, {
    help: 'File with the variables that the job gets.',
    support: full('05-env/export-file, 03-sbatch-invalid/export-file-bad'),
    set: text('exportFile'),
  }),
  row('external-launcher', undefined, BASIC, {
    since: '23.11',
    help: 'Have a step launched from outside.',
    support: refused('there are no steps'),
  }),
  row('extra', '<text>', BASIC, {
    since: '23.02',
    help: 'Text for site plugins.',
    support: accepted('no plugin reads it'),
  }),
  row('get-user-env', '<seconds><mode>', BASIC, {
    optionalValue: true,
    help: 'Use the login environment.',
    support: accepted('the caller’s environment is used'),
    variables: env('SBATCH_GET_USER_ENV'),
    set: (_draft, value) => (/^\d*[SL]?$/i.test(value) ? undefined : invalid('get-user-env')),
  }),
  row('gid', '<group>', BASIC, {
    help: 'Run as this group (root).',
    support: refused('a job runs as its submitter'),
    set: (draft) => (draft.isRoot ? `error: --gid is not supported` : rootOnly('gid')),
  }),
  row('gres', '<list>', GPUS, {
    help: 'Generic resources for every node.',
    support: refused(NO_GPUS),
    variables: env('SBATCH_GRES'),
    set: onlyEmpty('error: Invalid generic resource (gres) specification'),
  }),
  row('gres-flags', '<flags>', GPUS, {
    help: 'How generic resources are bound.',
    support: accepted(NO_GPUS),
    variables: env('SBATCH_GRES_FLAGS'),
  }),
  row('hint', '<hint>', LAYOUT, {
    help: 'compute_bound, memory_bound, multithread or nomultithread.',
    support: accepted(NO_AFFINITY),
    variables: env('SBATCH_HINT'),
    set: (draft, value) => {
      if (/^(compute_bound|memory_bound|(no)?multithread)$/.test(value)) return undefined;
      draft.complaintStatus = 1;
      return `error: unrecognized --hint argument "${value}", see --hint=help`;
    },
  }),
  row('hold H', undefined, BASIC, {
    help: 'Submit, and hold until released.',
    support: full('01-sbatch-basic/hold'),
    set: flag('hold'),
  }),
  row('ignore-pbs', undefined, BASIC, {
    help: 'Read no #PBS and #BSUB lines.',
    support: full('01-sbatch-basic/pbs-ignored'),
    variables: env('SBATCH_IGNORE_PBS'),
    set: flag('ignoreForeign'),
  }),
  row('input i', '<file>', BASIC, {
    help: 'File of the standard input.',
    support: full('04-output/input'),
    variables: env('SBATCH_INPUT'),
    set: text('stdin'),
  }),
  row('job-name J', '<name>', BASIC, {
    help: 'Name of the job.',
    support: full('02-sbatch-options/jobname, 03-sbatch-invalid/jobname-empty'),
    variables: env('SBATCH_JOB_NAME'),
    set: text('jobName'),
  }),
  row('kill-on-invalid-dep', '<yes|no>', BASIC, {
    help: 'Cancel the job when its dependency can never be met.',
    support: full('06-dependency/afterok-fails-later-kill, 03-sbatch-invalid/killdep-bad'),
    set: (draft, value) => {
      if (!/^(yes|no)$/i.test(value)) return invalid('kill-on-invalid-dep');
      draft.killOnInvalidDependency = /^yes$/i.test(value);
      return undefined;
    },
  }),
  row('licenses L', '<names>', WHERE, {
    help: 'Licenses that the job holds.',
    support: refused('there are no licenses'),
    variables: env('SBATCH_LICENSES'),
    set: onlyEmpty(failed('Invalid license specification')),
  }),
  row('mail-type', '<events>', BASIC, {
    help: 'Events that are mailed.',
    support: accepted('no mail is sent'),
    set: (_draft, value) => (isMailType(value) ? undefined : invalid('mail-type')),
  }),
  row('mail-user', '<address>', BASIC, {
    help: 'Who gets the mail.',
    support: accepted('no mail is sent'),
  }),
  row('mcs-label', '<label>', BASIC, {
    help: 'Security label.',
    support: accepted('there is no label plugin, as in a Slurm without one'),
    variables: env('SBATCH_MCS_LABEL'),
  }),
  row('ntasks n', '<number>', BASIC, {
    help: 'Number of tasks.',
    support: full('02-sbatch-options/ntasks-5, 03-sbatch-invalid/ntasks-*'),
    variables: env('SBATCH_NTASKS'),
    set: countInto('ntasks', 'ntasks'),
  }),
  row('network', '<type>', BASIC, {
    help: 'Network of the job.',
    support: accepted('networks are not managed'),
    variables: env('SBATCH_NETWORK'),
  }),
  row('nice', '<number>', BASIC, {
    optionalValue: true,
    help: 'Lower the priority by this much (100).',
    support: full('02-sbatch-options/nice, nice-10, nice-neg, 03-sbatch-invalid/nice-bad'),
    set: (draft, value) => {
      draft.nice = value === '' ? 100 : leadingNumber(value);
      if (draft.nice >= 0 || draft.isRoot) return undefined;
      draft.complaintStatus = 1;
      return failed('Invalid --nice value');
    },
  }),
  row('no-kill k', 'off', BASIC, {
    optionalValue: true,
    help: 'Let the job go on when one of its nodes fails.',
    support: accepted('a job whose only node fails has nowhere to go on'),
    variables: env('SBATCH_NO_KILL'),
  }),
  row('no-requeue', undefined, BASIC, {
    help: 'Never run the job again.',
    support: full('02-sbatch-options/no-requeue'),
    variables: env('SBATCH_NO_REQUEUE'),
    set: (draft) => {
      draft.requeue = false;
      return undefined;
    },
  }),
  row('nodes N', '<min[-max]>', BASIC, {
    help: 'Number of nodes.',
    support: full('02-sbatch-options/nodes-*, 03-sbatch-invalid/nodes-*'),
    variables: env('SBATCH_NODES'),
    set: setNodes,
  }),
  row('ntasks-per-node', '<number>', LAYOUT, {
    help: 'Tasks on every node.',
    support: accepted(
      'multiplied by --nodes where --ntasks is not given; the spread is not enforced',
    ),
    variables: env('SBATCH_NTASKS_PER_NODE'),
    set: countInto('tasksPerNode', 'ntasks-per-node'),
  }),
  row('ntasks-per-core', '<number>', LAYOUT, {
    help: 'Tasks on every core.',
    support: accepted(NO_AFFINITY),
    set: checkedCount('ntasks-per-core'),
  }),
  row('ntasks-per-socket', '<number>', LAYOUT, {
    help: 'Tasks on every socket.',
    support: accepted(NO_AFFINITY),
    set: checkedCount('ntasks-per-socket'),
  }),
  row('ntasks-per-gpu', '<number>', GPUS, {
    help: 'Tasks for every GPU.',
    support: refused(NO_GPUS),
  }),
  row('ntasks-per-tres', '<number>', GPUS, {
    help: 'The same as --ntasks-per-gpu.',
    support: refused(NO_GPUS),
  }),
  row('oom-kill-step', '<0|1>', BASIC, {
    since: '24.05',
    optionalValue: true,
    help: 'Kill the whole step when the kernel kills one process for memory.',
    support: accepted('there are no steps'),
    variables: env('SBATCH_OOM_KILL_STEP'),
  }),
  row('open-mode', '<append|truncate>', BASIC, {
    help: 'What happens to output files that exist.',
    support: full('04-output/append, truncate'),
    variables: env('SBATCH_OPEN_MODE'),
    set: (draft, value) => {
      const mode = /^a/i.test(value) ? 'append' : /^t/i.test(value) ? 'truncate' : undefined;
      if (mode === undefined) return invalid('open-mode');
      draft.openMode = mode;
      return undefined;
    },
  }),
  row('output o', '<file>', BASIC, {
    help: 'File of the standard output: %j job, %A array, %a index, %x name, %u user, %% percent.',
    support: full('04-output'),
    variables: env('SBATCH_OUTPUT'),
    set: text('stdout'),
  }),
  row('overcommit O', undefined, MEMORY, {
    help: 'More tasks than CPUs.',
    support: accepted('every task gets its CPUs'),
    variables: env('SBATCH_OVERCOMMIT'),
  }),
  row('parsable', undefined, BASIC, {
    help: 'Print only the job id (and the cluster).',
    support: full('01-sbatch-basic/parsable, parsable-cluster'),
    set: flag('parsable'),
  }),
  row('partition p', '<names>', BASIC, {
    help: 'Partition, which is our queue; the first of several is used.',
    support: full('01-sbatch-basic/env-input-vars, 03-sbatch-invalid/partition-unknown'),
    variables: env('SBATCH_PARTITION'),
    set: text('partition'),
  }),
  row('power', '<flags>', BASIC, {
    help: 'Power management.',
    support: accepted('power is not managed'),
    variables: env('SBATCH_POWER'),
  }),
  row('prefer', '<list>', WHERE, {
    help: 'Features that nodes should have.',
    support: accepted('nodes have no features'),
    variables: env('SBATCH_PREFER'),
  }),
  row('priority', '<value>', BASIC, {
    help: 'Priority of the job (administrators); 0 holds it.',
    support: full('02-sbatch-options/priority, 03-sbatch-invalid/priority-bad'),
    set: (draft, value) => {
      draft.priority = /^top$/i.test(value) ? 2 ** 32 - 2 : leadingNumber(value);
      return undefined;
    },
  }),
  row('profile', '<kinds>', BASIC, {
    help: 'Detailed profiling.',
    support: accepted('no profile is taken'),
    variables: env('SBATCH_PROFILE'),
    set: (_draft, value) =>
      /^(all|none|((energy|lustre|network|task)(,|$))+)$/i.test(value)
        ? undefined
        : `error: invalid --profile=${value} option`,
  }),
  row('propagate', '<limits>', BASIC, {
    optionalValue: true,
    help: 'Which of the caller’s resource limits the job gets (all).',
    support: full('slurm.conf(5) PropagateResourceLimits, sbatch(1) --propagate'),
    set: text('propagate'),
  }),
  row('qos q', '<name>', BASIC, {
    help: 'Quality of service; there is `normal`.',
    support: accepted('shown again, no other effect'),
    variables: env('SBATCH_QOS'),
    set: text('qos'),
  }),
  row('quiet Q', undefined, BASIC, {
    help: 'Print nothing on success.',
    support: full('01-sbatch-basic/quiet, 02-sbatch-options/parsable-quiet'),
    set: flag('quiet'),
  }),
  row('reboot', undefined, BASIC, {
    help: 'Reboot the nodes first (administrators).',
    support: refused('nodes are not rebooted'),
    set: (draft) => {
      draft.complaintStatus = 1;
      return `error: rebooting of nodes is only allowed for admins\n${failed('Access/permission denied')}`;
    },
  }),
  row('requeue', undefined, BASIC, {
    help: 'Run the job again after a lost node.',
    support: full('02-sbatch-options/requeue, 03-sbatch-invalid/requeue-arg'),
    variables: env('SBATCH_REQUEUE'),
    set: (draft) => {
      draft.requeue = true;
      return undefined;
    },
  }),
  row('reservation', '<name>', WHERE, {
    help: 'Run in this reservation.',
    support: refused('there are no reservations'),
    variables: env('SBATCH_RESERVATION'),
    set: onlyEmpty(failed('Requested reservation is invalid')),
  }),
  row('resv-ports', '<count>', BASIC, {
    since: '23.11',
    optionalValue: true,
    help: 'Reserve ports.',
    support: refused('ports are not reserved'),
  }),
  row('oversubscribe s', undefined, MEMORY, {
    help: 'Share CPUs with other jobs.',
    support: accepted('every job gets its CPUs'),
  }),
  row('share', undefined, MEMORY, {
    help: 'The old name of --oversubscribe.',
    support: accepted('every job gets its CPUs'),
  }),
  row('segment', '<size>', BASIC, {
    since: '24.11',
    help: 'Size of a block of nodes.',
    support: accepted('nodes have no topology'),
    variables: env('SBATCH_SEGMENT_SIZE'),
  }),
  row('consolidate-segments', undefined, BASIC, {
    since: '25.05',
    help: 'Keep blocks together.',
    support: accepted('nodes have no topology'),
  }),
  row('spread-segments', undefined, BASIC, {
    since: '25.05',
    help: 'Keep blocks apart.',
    support: accepted('nodes have no topology'),
  }),
  row('core-spec S', '<cores>', LAYOUT, {
    help: 'Cores kept for the system.',
    support: accepted('no cores are set aside'),
    variables: env('SBATCH_CORE_SPEC'),
    set: checkedCount('core-spec', 0),
  }),
  row('thread-spec', '<threads>', LAYOUT, {
    help: 'Threads kept for the system.',
    support: accepted('no threads are set aside'),
    variables: env('SBATCH_THREAD_SPEC'),
    set: checkedCount('thread-spec', 0),
  }),
  row('signal', '<[R][B:]signal[@seconds]>', BASIC, {
    help: 'Send a signal some time before the time limit (60 s); B: to the script too.',
    support: full('02-sbatch-options/signal-*, 03-sbatch-invalid/signal-*'),
    variables: env('SBATCH_SIGNAL'),
    set: setSignal,
  }),
  row('spread-job', undefined, LAYOUT, {
    help: 'Use as many nodes as possible.',
    support: accepted('the scheduler chooses the nodes'),
    variables: env('SBATCH_SPREAD_JOB'),
  }),
  row('stepmgr', undefined, BASIC, {
    since: '24.05',
    help: 'Manage steps on the first node.',
    support: accepted('there are no steps'),
  }),
  row('switches', '<count[@time]>', WHERE, {
    help: 'How many switches lie between the nodes.',
    support: accepted('nodes have no topology'),
    variables: env('SBATCH_REQ_SWITCH'),
    set: (draft, value) => checkedCount('switches')(draft, value.split('@')[0] ?? ''),
  }),
  row('test-only', undefined, BASIC, {
    help: 'Say when the job would start, and do not submit it.',
    support: refused('start times are told by squeue --start'),
    set: flag('testOnly'),
  }),
  row('time t', '<limit>', BASIC, {
    help: 'Limit on the run time: minutes, minutes:seconds, hours:minutes:seconds, days-hours…',
    support: full('02-sbatch-options/time-*, 03-sbatch-invalid/time-*'),
    variables: env('SBATCH_TIMELIMIT'),
    set: limitInto('timeLimit', 'time'),
  }),
  row('time-min', '<limit>', BASIC, {
    help: 'The least limit that will do.',
    support: accepted('the limit of --time is used'),
    set: limitInto('timeMinimum', 'time-min'),
  }),
  row('tres-bind', '<spec>', GPUS, {
    since: '23.02',
    help: 'How tasks are bound to resources.',
    support: accepted(NO_GPUS),
  }),
  row('tres-per-task', '<spec>', GPUS, {
    since: '23.02',
    help: 'Resources for every task.',
    support: refused(NO_GPUS),
  }),
  row('uid', '<user>', BASIC, {
    help: 'Run as this user (root).',
    support: refused('a job runs as its submitter'),
    set: (draft) => (draft.isRoot ? `error: --uid is not supported` : rootOnly('uid')),
  }),
  row('use-min-nodes', undefined, LAYOUT, {
    help: 'Prefer fewer nodes.',
    support: accepted('the scheduler chooses the number of nodes'),
    variables: env('SBATCH_USE_MIN_NODES'),
  }),
  row('verbose v', undefined, BASIC, {
    help: 'Say more.',
    support: accepted('nothing more is said'),
    variables: env('SBATCH_DEBUG'),
  }),
  row('wait W', undefined, BASIC, {
    help: 'Wait for the end of the job and return its exit code.',
    support: full('01-sbatch-basic/wait, wait-array, wait-killed-by-signal'),
    variables: env('SBATCH_WAIT'),
    set: flag('wait'),
  }),
  row('wait-all-nodes', '<0|1>', BASIC, {
    help: 'Start when all nodes are ready.',
    support: accepted('a job starts when its nodes are ready'),
    variables: env('SBATCH_WAIT_ALL_NODES'),
  }),
  row('wckey', '<key>', BASIC, {
    help: 'Key for accounting.',
    support: full('02-sbatch-options/wckey'),
    variables: env('SBATCH_WCKEY'),
    set: text('wckey'),
  }),
  row('wrap', '<command>', BASIC, {
    help: 'Submit this command in a small script.',
    support: full('01-sbatch-basic/wrap, wrap-script-text'),
    set: text('wrap'),
  }),
  row('contiguous', undefined, WHERE, {
    help: 'Nodes next to each other.',
    support: accepted('nodes have no order'),
  }),
  row('constraint C', '<list>', WHERE, {
    help: 'Features that nodes must have.',
    support: refused('nodes have no features'),
    variables: env('SBATCH_CONSTRAINT'),
    set: onlyEmpty(failed('Invalid feature specification')),
  }),
  row('nodefile F', '<file>', WHERE, {
    help: 'File with names of nodes.',
    support: refused('name the nodes with --nodelist'),
  }),
  row('mem', '<size>', MEMORY, {
    help: 'Memory on every node, in megabytes or with K, M, G, T.',
    support: full('02-sbatch-options/mem-*, 03-sbatch-invalid/mem-*'),
    variables: env('SBATCH_MEM_PER_NODE'),
    set: memoryInto('node', 'mem'),
  }),
  row('mem-bind', '<type>', LAYOUT, {
    help: 'How tasks are bound to memory.',
    support: accepted(NO_AFFINITY),
    variables: env('SBATCH_MEM_BIND'),
  }),
  row('mem-per-cpu', '<size>', MEMORY, {
    help: 'Memory for every CPU.',
    support: full('02-sbatch-options/mem-per-cpu, mem-both'),
    variables: env('SBATCH_MEM_PER_CPU'),
    set: memoryInto('cpu', 'mem-per-cpu'),
  }),
  row('mem-per-gpu', '<size>', MEMORY, {
    help: 'Memory for every GPU.',
    support: refused(NO_GPUS),
    variables: env('SBATCH_MEM_PER_GPU'),
  }),
  row('mincpus', '<number>', WHERE, {
    help: 'CPUs that every node must have.',
    support: accepted(
      'checked (03-sbatch-invalid/mincpus-99); a task has its CPUs on one node anyway',
    ),
    set: countInto('mincpus', 'mincpus'),
  }),
  row('tmp', '<size>', WHERE, {
    help: 'Temporary disk space that nodes must have.',
    support: accepted('disk space is not managed'),
    set: (_draft, value) => (parseMemoryMib(value) === undefined ? invalid('tmp') : undefined),
  }),
  row('nodelist w', '<names>', WHERE, {
    help: 'Nodes that the job must have.',
    support: full('02-sbatch-options/nodes-list, 03-sbatch-invalid/nodelist-*'),
    set: text('nodelist'),
  }),
  row('exclude x', '<names>', WHERE, {
    help: 'Nodes that the job must not have.',
    support: full('02-sbatch-options/nodes-exclude'),
    set: text('exclude'),
  }),
  row('exclusive', '<user|mcs>', MEMORY, {
    optionalValue: true,
    help: 'Share the nodes with no other job.',
    support: full('02-sbatch-options/exclusive, 03-sbatch-invalid/exclusive-bad'),
    variables: env('SBATCH_EXCLUSIVE'),
    set: (draft, value) => {
      if (!/^(|exclusive|user|mcs|topo|1)$/i.test(value)) return invalid('exclusive');
      draft.exclusive = !/^topo$/i.test(value);
      return undefined;
    },
  }),
  row('extra-node-info B', '<S[:C[:T]]>', LAYOUT, {
    help: 'Sockets, cores and threads that nodes must have.',
    support: accepted(NO_AFFINITY),
    variables: env('SBATCH_EXTRA_NODE_INFO'),
  }),
  row('sockets-per-node', '<number>', LAYOUT, {
    help: 'Sockets that nodes must have.',
    support: accepted(NO_AFFINITY),
  }),
  row('cores-per-socket', '<number>', LAYOUT, {
    help: 'Cores that sockets must have.',
    support: accepted(NO_AFFINITY),
  }),
  row('threads-per-core', '<number>', LAYOUT, {
    help: 'Threads that cores must have.',
    support: accepted(NO_AFFINITY),
    variables: env('SBATCH_THREADS_PER_CORE'),
  }),
  row('cpus-per-gpu', '<number>', GPUS, {
    help: 'CPUs for every GPU.',
    support: refused(NO_GPUS),
    variables: env('SBATCH_CPUS_PER_GPU'),
  }),
  row('gpus G', '<number>', GPUS, {
    help: 'GPUs for the job.',
    support: refused(NO_GPUS),
    variables: env('SBATCH_GPUS'),
    set: (draft, value) =>
      value === '0'
        ? undefined
        : onlyEmpty(failed('Requested node configuration is not available'))(draft, value),
  }),
  row('gpu-bind', '<type>', GPUS, {
    help: 'How tasks are bound to GPUs.',
    support: accepted(NO_GPUS),
    variables: env('SBATCH_GPU_BIND'),
  }),
  row('gpu-freq', '<range>', GPUS, {
    help: 'Frequency of GPUs.',
    support: accepted(NO_GPUS),
    variables: env('SBATCH_GPU_FREQ'),
  }),
  row('gpus-per-node', '<number>', GPUS, {
    help: 'GPUs on every node.',
    support: refused(NO_GPUS),
    variables: env('SBATCH_GPUS_PER_NODE'),
  }),
  row('gpus-per-socket', '<number>', GPUS, {
    help: 'GPUs on every socket.',
    support: refused(NO_GPUS),
    variables: env('SBATCH_GPUS_PER_SOCKET'),
  }),
  row('gpus-per-task', '<number>', GPUS, {
    help: 'GPUs for every task.',
    support: refused(NO_GPUS),
    variables: env('SBATCH_GPUS_PER_TASK'),
  }),
  row('help h', undefined, HELP, {
    help: 'Show this text.',
    support: full('15-help/sbatch--help, sbatch-h'),
    set: (draft) => show(draft, 'help'),
  }),
  row('usage', undefined, HELP, {
    help: 'Show the options in short.',
    support: full('15-help/sbatch--usage'),
    set: (draft) => show(draft, 'usage'),
  }),
  row('version V', undefined, HELP, {
    help: 'Show the version.',
    support: full('01-sbatch-basic/version'),
    set: (draft) => show(draft, 'version'),
  }),
];

function show(draft: SbatchDraft, what: NonNullable<SbatchDraft['show']>): undefined {
  draft.show ??= what;
}

function rootOnly(long: string): string {
  return `error: --${long} only permitted by root user`;
}

const MAIL_TYPES =
  /^(NONE|BEGIN|END|FAIL|REQUEUE|ALL|STAGE_OUT|INVALID_DEPEND|TIME_LIMIT(_90|_80|_50)?|ARRAY_TASKS)$/i;

/** As Slurm: good if any of the types is known. */
function isMailType(value: string): boolean {
  return value.split(',').some((type) => MAIL_TYPES.test(type));
}
