// The columns of squeue: every letter of -o and every field of -O that 22.05 knows (recorded:
// 08-squeue letter-*, field-*). What we have no such thing of prints what Slurm prints where it has
// none.

import { compressHostlist } from '../../base/hostlist.ts';
import type { Instant } from '../../base/brand.ts';
import type { JobView } from '../../model/view.ts';
import { visible } from '../kit/control-characters.ts';
import { dependencyText } from './dependencies.ts';
import { formatDuration } from './durations.ts';
import {
  cpuCount,
  elapsedMs,
  endOrExpected,
  memoryMib,
  nodeCount,
  nodeList,
  priorityOf,
  startOrExpected,
} from './job-facts.ts';
import { waitingList, writtenId } from './job-ids.ts';
import { formatMib } from './memory.ts';
import { nodesOrReason, reasonOf } from './reasons.ts';
import { jobState } from './states.ts';
import type { TimeWriter } from './time-format.ts';

/** What a listing is made with. */
export interface ListingContext {
  readonly now: Instant;
  readonly time: TimeWriter;
  readonly cluster: string;
  /** Length at which lists of indices are cut; 0: never. */
  readonly listLength: number;
  readonly convertUnits: boolean;
}

/** One column. */
export interface JobColumn {
  /** The letter of -o. */
  readonly letter?: string;
  /** Names of -O, lower case. */
  readonly fields: readonly string[];
  readonly header: string;
  readonly value: (view: JobView, context: ListingContext) => string;
  /** Durations and plain numbers are never cut (08-squeue/long). */
  readonly neverCut?: true;
  /** There is no such thing here: always this text, as in a Slurm without it. */
  readonly always?: string;
}

const NULL = '(null)';
const NONE = 'N/A';
/** Slurm holds an id with its indices in 32 bytes. */
const ID_LENGTH = 31;

const column = (
  letter: string,
  fields: string,
  header: string,
  value: JobColumn['value'],
): JobColumn => ({
  ...(letter === '' ? {} : { letter }),
  fields: fields.split(' '),
  header,
  value,
});
const whole = (...parts: Parameters<typeof column>): JobColumn => ({
  ...column(...parts),
  neverCut: true,
});
const fixed = (letter: string, fields: string, header: string, text: string): JobColumn => ({
  ...column(letter, fields, header, () => text),
  always: text,
});
const time = (at: Instant | undefined, { time: write }: ListingContext, otherwise = NONE) =>
  at === undefined ? otherwise : write(at);
const shown = (text: string | undefined) => (text === undefined ? NULL : visible(text));
const extra = (view: JobView, name: string) => view.request.extras?.[`slurm.${name}`];
const limitText = (view: JobView) => {
  const limit = view.request.limits.wallTimeMs;
  return limit === undefined ? 'UNLIMITED' : formatDuration(limit);
};
const arrayId = (view: JobView, context: ListingContext) => {
  const id = writtenId(view, context.listLength);
  return context.listLength === 0 ? id : id.slice(0, ID_LENGTH);
};
const partition = (view: JobView) =>
  view.state === 'pending'
    ? String(extra(view, 'partitions') ?? view.request.queue)
    : view.request.queue;
const tres = (view: JobView) => {
  const memory = memoryMib(view);
  const parts = [`cpu=${cpuCount(view)}`, ...(memory > 0 ? [`mem=${formatMib(memory)}`] : [])];
  return [...parts, `node=${nodeCount(view)}`].join(',');
};
const streamText = (view: JobView, stream: 'stdin' | 'stdout' | 'stderr') => {
  const { streams, workingDirectory, array } = view.request;
  const name =
    stream === 'stdin'
      ? (streams.stdin ?? '/dev/null')
      : (streams[stream] ?? streams.stdout ?? (array ? 'slurm-%A_%a.out' : 'slurm-%j.out'));
  const expanded = expandShown(view, name);
  return visible(expanded.startsWith('/') ? expanded : `${workingDirectory}/${expanded}`);
};

/** Only these patterns are filled in by Slurm's listings (04-output/all-patterns). */
function expandShown(view: JobView, pattern: string): string {
  return pattern.replace(/%(\d*)([AajuxJ])/g, (whole, digits: string, letter: string) => {
    const width = Math.min(Number(digits), 10);
    if (letter === 'A') return String(view.base).padStart(width, '0');
    if (letter === 'j') return String(view.id).padStart(width, '0');
    if (letter === 'a') return String(view.element ?? 4294967294).padStart(width, '0');
    if (letter === 'u') return view.owner.user;
    return letter === 'x' ? view.request.name : whole;
  });
}

/** Every column, the letters of -o first. */
export const JOB_COLUMNS: readonly JobColumn[] = [
  column('A', 'jobid', 'JOBID', (view) => String(view.id)),
  column('a', 'account', 'ACCOUNT', (view) => shown(view.request.account)),
  column('B', 'batchhost', 'EXEC_HOST', (view) => view.allocation?.[0]?.node ?? 'n/a'),
  fixed('b', 'gres tres-per-node', 'TRES_PER_NODE', NONE),
  column('C', 'numcpus', 'CPUS', (view) => String(cpuCount(view))),
  column('c', 'mincpus', 'MIN_CPUS', (view) => String(view.request.resources.cpusPerTask)),
  column('D', 'numnodes', 'NODES', (view) => String(nodeCount(view))),
  fixed('d', 'mintmpdisk', 'MIN_TMP_DISK', '0'),
  column('E', 'dependency', 'DEPENDENCY', (view) => dependencyText(view) ?? NULL),
  column('e', 'endtime', 'END_TIME', (view, context) => {
    const end = endOrExpected(view, context.now);
    return end === 'never' ? 'NONE' : time(end, context);
  }),
  column('F', 'arrayjobid', 'ARRAY_JOB_ID', (view) => String(view.base)),
  fixed('f', 'feature', 'FEATURES', NULL),
  whole('G', 'groupid', 'GROUP', (view) => String(view.owner.gid)),
  column('g', 'groupname', 'GROUP', (view) => visible(view.owner.group)),
  fixed('H', 'sockets', 'SOCKETS_PER_NODE', '*'),
  column('h', 'oversubscribe', 'OVER_SUBSCRIBE', (view) =>
    view.request.resources.exclusive === true ? 'NO' : 'OK',
  ),
  fixed('I', 'cores', 'CORES_PER_SOCKET', '*'),
  column('i', 'jobarrayid', 'JOBID', arrayId),
  fixed('J', 'threads', 'THREADS_PER_CORE', '*'),
  column('j', 'name', 'NAME', (view) => visible(view.request.name)),
  column('K', 'arraytaskid', 'ARRAY_TASK_ID', (view, context) =>
    view.element === undefined
      ? (waitingList(view, context.listLength) ?? NONE)
      : String(view.element),
  ),
  column('k', 'comment', 'COMMENT', (view) => shown(view.request.comment)),
  whole('L', 'timeleft', 'TIME_LEFT', (view, { now }) => {
    const limit = view.request.limits.wallTimeMs;
    if (limit === undefined) return 'UNLIMITED';
    return formatDuration(Math.max(0, limit - elapsedMs(view, now)));
  }),
  whole('l', 'timelimit', 'TIME_LIMIT', limitText),
  whole('M', 'timeused', 'TIME', (view, { now }) => formatDuration(elapsedMs(view, now))),
  column('m', 'minmemory', 'MIN_MEMORY', (view, { convertUnits }) => {
    const { memoryMibPerCpu, memoryMibPerNode } = view.request.resources;
    return formatMib(memoryMibPerCpu ?? memoryMibPerNode ?? 0, convertUnits);
  }),
  column('N', 'nodelist', 'NODELIST', nodeList),
  column('n', 'reqnodes schednodes_requested', 'REQ_NODES', (view) =>
    compressed(view.request.resources.nodeNames),
  ),
  fixed('O', 'contiguous', 'CONTIGUOUS', '0'),
  column('o', 'command', 'COMMAND', (view) => {
    const { dialect, command } = view.request;
    const own = extra(view, 'command');
    return shown(dialect === 'slurm' ? (own === undefined ? own : String(own)) : command);
  }),
  column('P', 'partition', 'PARTITION', (view) => visible(partition(view))),
  column('p', 'priority', 'PRIORITY', (view) => (priorityOf(view) / 2 ** 32).toFixed(14)),
  whole('Q', 'prioritylong', 'PRIORITY', (view) => String(priorityOf(view))),
  column('q', 'qos', 'QOS', (view) => visible(String(extra(view, 'qos') ?? 'normal'))),
  column('R', 'reasonlist', 'NODELIST(REASON)', (view) => nodesOrReason(view, nodeList(view))),
  column('r', 'reason', 'REASON', reasonOf),
  column('S', 'starttime', 'START_TIME', (view, context) =>
    time(startOrExpected(view, context.now), context),
  ),
  fixed('s', 'selectjobinfo', '', ''),
  column('T', 'state', 'STATE', (view) => jobState(view).name),
  column('t', 'statecompact', 'ST', (view) => jobState(view).compact),
  whole('U', 'userid', 'UID', (view) => String(view.owner.uid)),
  column('u', 'username', 'USER', (view) => visible(view.owner.user)),
  column('V', 'submittime', 'SUBMIT_TIME', (view, context) => context.time(view.submittedAt)),
  fixed('v', 'reservation', 'RESERVATION', NULL),
  fixed('W', 'licenses', 'LICENSES', NULL),
  column('w', 'wckey', 'WCKEY', (view) => {
    const key = extra(view, 'wckey');
    return shown(key === undefined ? undefined : String(key));
  }),
  fixed('X', 'corespec', 'CORE_SPEC', NONE),
  column('x', 'excnodes', 'EXC_NODES', (view) =>
    compressed(view.request.resources.excludedNodeNames),
  ),
  fixed('Y', 'schednodes', 'SCHEDNODES', NULL),
  whole('y', 'nice', 'NICE', (view) => String(view.request.nice ?? 0)),
  column('Z', 'workdir', 'WORK_DIR', (view) => visible(view.request.workingDirectory)),
  fixed('z', 'sct', 'S:C:T', '*:*:*'),
  column('', 'accruetime', 'ACCRUE_TIME', (view, context) =>
    time(view.eligibleAt ?? view.request.beginAt, context),
  ),
  fixed('', 'admin_comment', 'ADMIN_COMMENT', NULL),
  fixed('', 'allocnodes', 'ALLOC_NODES', NULL),
  fixed('', 'allocsid', 'ALLOC_SID', '0'),
  fixed('', 'associd', 'ASSOC_ID', '0'),
  column('', 'batchflag', 'BATCH_FLAG', () => '1'),
  fixed('', 'boardspernode', 'BOARDS_PER_NODE', '0'),
  fixed('', 'burstbuffer', 'BURST_BUFFER', NULL),
  fixed('', 'burstbufferstate', 'BURST_BUFFER_STATE', NULL),
  column('', 'cluster', 'CLUSTER', (_view, { cluster }) => cluster),
  fixed('', 'clusterfeature', 'CLUSTER_FEATURES', NULL),
  fixed('', 'container', 'CONTAINER', NULL),
  column('', 'cpus-per-task', 'CPUS_PER_TASK', (view) =>
    String(view.request.resources.cpusPerTask),
  ),
  fixed('', 'cpus-per-tres', 'CPUS_PER_TRES', NONE),
  fixed('', 'deadline', 'DEADLINE', NONE),
  fixed('', 'delayboot', 'DELAY_BOOT', '0:00'),
  fixed('', 'derivedec', 'DERIVED_EXIT_CODE', '0'),
  column('', 'eligibletime', 'ELIGIBLE_TIME', (view, context) =>
    time(view.eligibleAt ?? view.request.beginAt, context),
  ),
  column('', 'exit_code', 'EXIT_CODE', ({ outcome }) =>
    String(outcome !== undefined && 'exitCode' in outcome ? outcome.exitCode : 0),
  ),
  fixed('', 'hetjobid', 'HET_JOB_ID', NONE),
  fixed('', 'hetjobidset', 'HET_JOB_ID_SET', NONE),
  fixed('', 'hetjoboffset', 'HET_JOB_OFFSET', NONE),
  fixed('', 'lastschedeval', 'LAST_SCHED_EVAL', NONE),
  column('', 'maxcpus', 'MAX_CPUS', (view) => String(cpuCount(view))),
  column('', 'maxnodes', 'MAX_NODES', (view) => String(nodeCount(view))),
  fixed('', 'mcslabel', 'MCSLABEL', NONE),
  fixed('', 'minsockets', 'MIN_SOCKETS', '0'),
  fixed('', 'network', 'NETWORK', NULL),
  fixed('', 'ntpercore', 'NTASKS_PER_CORE', NONE),
  fixed('', 'ntperboard', 'NTASKS_PER_BOARD', '0'),
  column('', 'ntpernode', 'NTASKS_PER_NODE', (view) => String(extra(view, 'tasksPerNode') ?? 0)),
  fixed('', 'ntpersocket', 'NTASKS_PER_SOCKET', NONE),
  column('', 'numtasks', 'TASKS', (view) => String(view.request.resources.tasks)),
  fixed('', 'origin', 'ORIGIN', 'NA'),
  fixed('', 'originraw', 'ORIGIN_RAW', 'NA'),
  column('', 'pendingtime', 'PENDING_TIME', (view, { now }) => {
    const until = view.startedAt ?? view.endedAt ?? now;
    return String(Math.max(0, Math.floor((until - view.submittedAt) / 1000)));
  }),
  fixed('', 'preempttime', 'PREEMPT_TIME', NONE),
  fixed('', 'prefer', 'PREFER', NULL),
  fixed('', 'profile', 'PROFILE', 'NotSet'),
  fixed('', 'reboot', 'REBOOT', '0'),
  fixed('', 'reqswitch', 'REQ_SWITCH', '0'),
  column('', 'requeue', 'REQUEUE', (view) => (view.request.rerunnable === true ? '1' : '0')),
  fixed('', 'resizetime', 'RESIZE_TIME', NONE),
  column('', 'restartcnt', 'RESTART_COUNT', (view) => String(view.earlierAttempts.length)),
  fixed('', 'siblingsactive', 'ACTIVE_SIBLINGS', 'NA'),
  fixed('', 'siblingsactiveraw', 'ACTIVE_SIBLINGS_RAW', 'NA'),
  fixed('', 'siblingsviable', 'VIABLE_SIBLINGS', 'NA'),
  fixed('', 'siblingsviableraw', 'VIALBLE_SIBLINGS_RAW', 'NA'),
  fixed('', 'sperboard', 'SOCKETS_PER_BOARD', '0'),
  column('', 'stderr', 'STDERR', (view) => streamText(view, 'stderr')),
  column('', 'stdin', 'STDIN', (view) => streamText(view, 'stdin')),
  column('', 'stdout', 'STDOUT', (view) => streamText(view, 'stdout')),
  fixed('', 'switches', 'SWITCHES', NULL),
  fixed('', 'system_comment', 'SYSTEM_COMMENT', NULL),
  column('', 'tres tres-alloc', 'TRES_ALLOC', tres),
  fixed('', 'tres-bind', 'TRES_BIND', NONE),
  fixed('', 'tres-freq', 'TRES_FREQ', NONE),
  fixed('', 'tres-per-job', 'TRES_PER_JOB', NONE),
  fixed('', 'tres-per-socket', 'TRES_PER_SOCKET', NONE),
  fixed('', 'tres-per-task', 'TRES_PER_TASK', NONE),
  fixed('', 'wait4switch', 'WAIT4SWITCH', '0'),
];

function compressed(names: readonly string[] | undefined): string {
  return names === undefined ? '' : compressHostlist(names);
}
