// A draft of sbatch to the request that the engine decides on, with Slurm's checks that need
// several options at once. Pure.

import { expandHostlist } from '../../base/hostlist.ts';
import type { Dependency } from '../../model/dependency.ts';
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

/**
 * A request while it is put together; fields are set one by one, which is quicker than spreading.
 */
type Growing<T> = { -readonly [K in keyof T]: T[K] };

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
  const [queue = ''] = (draft.partition ?? call.site.defaultQueue).split(',', 1);
  const request: Growing<JobRequest> = {
    dialect: 'slurm',
    name: draft.jobName ?? defaultName(draft, script),
    queue: queueName(queue),
    command: script.path === undefined ? (draft.wrap ?? '') : commandLine(script),
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
    extras: extrasOf(call, draft, script),
  };
  if (checked.array !== undefined) request.array = checked.array;
  if (checked.dependency !== undefined) request.dependency = checked.dependency;
  addOptional(request, draft);
  return { kind: 'request', request, defaultQueue: draft.partition === undefined };
}

/** Fields that are simply there or not. */
function addOptional(request: Growing<JobRequest>, draft: SbatchDraft): void {
  const { account, comment, beginAt, nice, signal, requeue, priority } = draft;
  if (account !== undefined) request.account = account;
  if (comment !== undefined) request.comment = comment;
  if (beginAt !== undefined && beginAt > draft.now) request.beginAt = beginAt;
  if (nice !== undefined && nice !== 0) request.nice = nice;
  if (signal !== undefined) request.warningSignal = signal;
  if (requeue !== undefined) request.rerunnable = requeue;
  if (draft.killOnInvalidDependency === true) request.cancelWhenNeverSatisfied = true;
  // A priority of 0 holds too, any other is for administrators.
  if (draft.hold === true || priority === 0) request.held = 'user';
  else if (priority !== undefined && draft.isRoot) request.userPriority = priority;
}

interface Checked {
  readonly resources: ResourceRequest;
  readonly array: ArrayRequest | undefined;
  readonly dependency: Dependency | undefined;
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
  return { resources, array, dependency: dependency === 'none' ? undefined : dependency };
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
  const resources: Growing<ResourceRequest> = { tasks, cpusPerTask: draft.cpusPerTask ?? 1 };
  // More nodes than tasks are never used: sbatch takes as many nodes as there are tasks.
  if (wanted !== undefined) {
    resources.nodes = wanted.min > tasks ? { min: tasks, max: tasks } : wanted;
  }
  if (memory?.kind === 'node' && memory.mib > 0) resources.memoryMibPerNode = memory.mib;
  if (memory?.kind === 'cpu' && memory.mib > 0) resources.memoryMibPerCpu = memory.mib;
  if (draft.exclusive === true) resources.exclusive = true;
  if (named !== undefined) resources.nodeNames = named;
  if (excluded !== undefined) resources.excludedNodeNames = excluded;
  return resources;
}

function hostsOf(text: string | undefined): readonly string[] | 'malformed' | undefined {
  if (text === undefined || text === '') return undefined;
  return expandHostlist(text) ?? 'malformed';
}

function streamsOf({ stdin, stdout, stderr, openMode }: SbatchDraft): Streams {
  const streams: Growing<Streams> = { openMode: openMode ?? 'truncate' };
  if (stdin !== undefined) streams.stdin = stdin;
  if (stdout !== undefined) streams.stdout = stdout;
  if (stderr !== undefined) streams.stderr = stderr;
  return streams;
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

function commandLine(script: ScriptSource): string {
  return [script.path, ...script.arguments].join(' ');
}

/** What only Slurm's own listings and variables tell again. */
function extrasOf(
  call: Invocation,
  draft: SbatchDraft,
  script: ScriptSource,
): NonNullable<JobRequest['extras']> {
  const extras: Record<string, string | number> = {
    'slurm.submitLine': `sbatch ${call.arguments.join(' ')}`,
  };
  const { ntasks, tasksPerNode, cpusPerTask, partition, qos, wckey } = draft;
  if (script.path !== undefined) extras['slurm.command'] = commandLine(script);
  if (ntasks !== undefined) extras['slurm.ntasks'] = ntasks;
  if (tasksPerNode !== undefined) extras['slurm.tasksPerNode'] = tasksPerNode;
  if (cpusPerTask !== undefined) extras['slurm.cpusPerTask'] = cpusPerTask;
  if (partition?.includes(',') === true) extras['slurm.partitions'] = partition;
  if (qos !== undefined) extras['slurm.qos'] = qos;
  if (wckey !== undefined) extras['slurm.wckey'] = wckey;
  return extras;
}
