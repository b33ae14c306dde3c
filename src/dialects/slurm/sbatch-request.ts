// A draft of sbatch to the request that the engine decides on, with Slurm's checks that need
// several options at once. Pure.

import { expandHostlist } from '../../base/hostlist.ts';
import { queueName } from '../../model/ids.ts';
import type {
  ArrayRequest,
  JobRequest,
  ResourceRequest,
  Streams,
} from '../../model/job-request.ts';
import type { Invocation } from '../kit/dialog.ts';
import { parseIndexList } from '../kit/index-list.ts';
import { parseDependency } from './dependencies.ts';
import { ENDED } from './end-plans.ts';
import type { SbatchDraft } from './sbatch-draft.ts';

/** Where the script came from. */
export interface ScriptSource {
  /** Resolved path; absent for standard input and --wrap. */
  readonly path?: string;
  readonly arguments: readonly string[];
}

/** A request, or what sbatch says instead, with its status. */
export type RequestResult =
  | { readonly kind: 'request'; readonly request: JobRequest; readonly defaultQueue: boolean }
  | { readonly kind: 'complaint'; readonly text: string; readonly status: number };

/** Reads the draft into a request. */
export function buildRequest(
  call: Invocation,
  draft: SbatchDraft,
  script: ScriptSource,
): RequestResult {
  const checked = checkedParts(call, draft);
  if ('complaint' in checked) {
    return { kind: 'complaint', text: checked.complaint, status: checked.status ?? 1 };
  }
  const [queue, ...others] = (draft.partition ?? call.site.defaultQueue).split(',');
  const command =
    script.path === undefined ? (draft.wrap ?? '') : [script.path, ...script.arguments].join(' ');
  const request: JobRequest = {
    dialect: 'slurm',
    name: draft.jobName ?? defaultName(draft, script),
    queue: queueName(queue ?? ''),
    command,
    launch: 'script',
    arguments: script.arguments,
    resources: checked.resources,
    limits: typeof draft.timeLimit === 'number' ? { wallTimeMs: draft.timeLimit } : {},
    streams: streamsOf(draft),
    workingDirectory: directoryOf(call.workingDirectory, draft.chdir),
    umask: call.umask,
    resourceLimits: propagated(call, draft.propagate),
    submitHost: call.host,
    timeLimitPlan: ENDED,
    fallbackDirectory: true,
    ...checked.rest,
    ...optional(draft),
    ...heldBy(draft),
    extras: extrasOf(call, draft, script, others.length > 0),
  };
  return { kind: 'request', request, defaultQueue: draft.partition === undefined };
}

/** Fields that are simply there or not. */
function optional(draft: SbatchDraft): Partial<JobRequest> {
  return {
    ...(draft.account === undefined ? {} : { account: draft.account }),
    ...(draft.comment === undefined ? {} : { comment: draft.comment }),
    ...(draft.beginAt === undefined || draft.beginAt <= draft.now
      ? {}
      : { beginAt: draft.beginAt }),
    ...(draft.nice === undefined || draft.nice === 0 ? {} : { nice: draft.nice }),
    ...(draft.signal === undefined ? {} : { warningSignal: draft.signal }),
    ...(draft.requeue === undefined ? {} : { rerunnable: draft.requeue }),
    ...(draft.killOnInvalidDependency === true ? { cancelWhenNeverSatisfied: true } : {}),
  };
}

/** --hold; a priority of 0 holds too, any other is for administrators. */
function heldBy(draft: SbatchDraft): Partial<JobRequest> {
  if (draft.hold === true || draft.priority === 0) return { held: 'user' };
  return draft.priority !== undefined && draft.isRoot ? { userPriority: draft.priority } : {};
}

interface Checked {
  readonly resources: ResourceRequest;
  readonly rest: Partial<JobRequest>;
}
interface Complaint {
  readonly complaint: string;
  readonly status?: number;
}

function checkedParts(call: Invocation, draft: SbatchDraft): Checked | Complaint {
  if (draft.memoryTwice === true) {
    return {
      complaint: 'fatal: --mem, --mem-per-cpu, and --mem-per-gpu are mutually exclusive.',
    };
  }
  const resources = resourcesOf(draft);
  if ('complaint' in resources) return resources;
  if (draft.partition === '') {
    return failed(
      'Invalid partition name specified',
      'error: invalid partition specified: (null)\n',
    );
  }
  if (draft.deadlineAt !== undefined && draft.deadlineAt < call.now) {
    return failed('Requested time limit is invalid (missing or exceeds some limit)');
  }
  const { timeLimit, timeMinimum } = draft;
  if (typeof timeLimit === 'number' && typeof timeMinimum === 'number' && timeMinimum > timeLimit) {
    return failed("Invalid time-min specification (exceeds job's time or other limits)");
  }
  const array = arrayOf(draft.array);
  if (array === 'malformed') return failed('Invalid job array specification');
  const dependency =
    draft.dependency === undefined || draft.dependency === ''
      ? 'none'
      : parseDependency(draft.dependency);
  if (dependency === undefined) return failed('Job dependency problem');
  return {
    resources,
    rest: {
      ...(array === undefined ? {} : { array }),
      ...(dependency === 'none' ? {} : { dependency }),
    },
  };
}

function failed(words: string, before = ''): Complaint {
  return { complaint: `${before}error: Batch job submission failed: ${words}` };
}

function arrayOf(text: string | undefined): ArrayRequest | 'malformed' | undefined {
  if (text === undefined) return undefined;
  const list = parseIndexList(text);
  if (list === undefined) return 'malformed';
  return list.indices.length === 0 ? undefined : list;
}

function resourcesOf(draft: SbatchDraft): ResourceRequest | Complaint {
  const named = hostsOf(draft.nodelist);
  const excluded = hostsOf(draft.exclude);
  if (named === 'malformed' || excluded === 'malformed') {
    return failed('Invalid node name specified');
  }
  const { nodes, memory, tasksPerNode } = draft;
  if (nodes !== undefined && named !== undefined && named.length > nodes.max) {
    return { complaint: `error: invalid number of nodes (-N ${named.length}-${nodes.max})` };
  }
  const nodeCount = Math.max(nodes?.min ?? 1, named?.length ?? 1);
  const wanted = nodes ?? (nodeCount > 1 ? { min: nodeCount, max: nodeCount } : undefined);
  const tasks = draft.ntasks ?? Math.max(nodeCount * (tasksPerNode ?? 1), wanted?.min ?? 1);
  const perNode = memory?.kind === 'node' && memory.mib > 0 ? memory.mib : undefined;
  const perCpu = memory?.kind === 'cpu' && memory.mib > 0 ? memory.mib : undefined;
  return {
    tasks,
    cpusPerTask: draft.cpusPerTask ?? 1,
    ...(wanted === undefined ? {} : { nodes: wanted }),
    ...(perNode === undefined ? {} : { memoryMibPerNode: perNode }),
    ...(perCpu === undefined ? {} : { memoryMibPerCpu: perCpu }),
    ...(draft.exclusive === true ? { exclusive: true } : {}),
    ...(named === undefined ? {} : { nodeNames: named }),
    ...(excluded === undefined ? {} : { excludedNodeNames: excluded }),
  };
}

function hostsOf(text: string | undefined): readonly string[] | 'malformed' | undefined {
  if (text === undefined || text === '') return undefined;
  return expandHostlist(text) ?? 'malformed';
}

function streamsOf(draft: SbatchDraft): Streams {
  return {
    ...(draft.stdin === undefined ? {} : { stdin: draft.stdin }),
    ...(draft.stdout === undefined ? {} : { stdout: draft.stdout }),
    ...(draft.stderr === undefined ? {} : { stderr: draft.stderr }),
    openMode: draft.openMode ?? 'truncate',
  };
}

function directoryOf(current: string, chdir: string | undefined): string {
  if (chdir === undefined || chdir === '') return current;
  return chdir.startsWith('/') ? chdir : `${current.replace(/\/$/, '')}/${chdir}`;
}

/** --propagate: all limits, none, or the named ones. */
function propagated(call: Invocation, names: string | undefined): Invocation['resourceLimits'] {
  if (names === undefined || names === '' || /^ALL$/i.test(names)) return call.resourceLimits;
  const wanted = names.toLowerCase().split(',');
  return Object.fromEntries(
    Object.entries(call.resourceLimits).filter(([name]) => wanted.includes(name.toLowerCase())),
  );
}

function defaultName(draft: SbatchDraft, script: ScriptSource): string {
  if (draft.wrap !== undefined) return 'wrap';
  return script.path === undefined ? 'sbatch' : script.path.slice(script.path.lastIndexOf('/') + 1);
}

function extrasOf(
  call: Invocation,
  draft: SbatchDraft,
  script: ScriptSource,
  hasSeveralQueues: boolean,
): NonNullable<JobRequest['extras']> {
  return {
    'slurm.submitLine': ['sbatch', ...call.arguments].join(' '),
    ...(script.path === undefined
      ? {}
      : { 'slurm.command': [script.path, ...script.arguments].join(' ') }),
    ...(draft.ntasks === undefined ? {} : { 'slurm.ntasks': draft.ntasks }),
    ...(draft.tasksPerNode === undefined ? {} : { 'slurm.tasksPerNode': draft.tasksPerNode }),
    ...(draft.cpusPerTask === undefined ? {} : { 'slurm.cpusPerTask': draft.cpusPerTask }),
    ...(hasSeveralQueues ? { 'slurm.partitions': draft.partition ?? '' } : {}),
    ...(draft.qos === undefined ? {} : { 'slurm.qos': draft.qos }),
    ...(draft.wckey === undefined ? {} : { 'slurm.wckey': draft.wckey }),
  };
}
