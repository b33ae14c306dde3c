// Makes the request of a job from the options and the command.

import type { JobRequest, ResourceRequest, Streams } from '../../../model/job-request.ts';
import { queueName } from '../../../model/ids.ts';
import type { Invocation } from '../../kit/dialog.ts';
import { RUN_LIMIT_PLAN } from '../end-plans.ts';
import { isYes, limitUnitMib, setting } from '../settings.ts';
import { LONGEST_COMMAND } from './command-line.ts';
import type { BsubDraft } from './draft.ts';
import { BAD_REQUIREMENT, demandOf, readRequirement } from './resource-requirement.ts';

/** What is run, as bsub found it. */
export interface JobCommand {
  /** As listings show it. */
  readonly shown: string;
  /** The line or the whole script, one character a byte. */
  readonly script: string;
  readonly launch: 'script' | 'shell';
  readonly arguments: readonly string[];
}

/** The request for one queue, without its dependency; a string is LSF's complaint. */
export function requestOf(
  draft: BsubDraft,
  command: JobCommand,
  call: Invocation,
): JobRequest | string {
  const resources = resourcesOf(draft, call);
  if (typeof resources === 'string') return resources;
  const { name, wallTimeMs, memoryLimitMib, warning } = draft;
  return {
    dialect: 'lsf',
    name: (name?.name || command.shown).slice(0, LONGEST_COMMAND),
    queue: queueName(call.site.defaultQueue),
    command: command.shown.slice(0, LONGEST_COMMAND),
    launch: command.launch,
    arguments: command.arguments,
    resources,
    limits: {
      ...(wallTimeMs === undefined ? {} : { wallTimeMs }),
      ...(memoryLimitMib === undefined ? {} : { memoryMib: memoryLimitMib }),
    },
    streams: streamsOf(draft),
    workingDirectory: workingDirectoryOf(draft, call),
    umask: call.umask,
    resourceLimits: resourceLimitsOf(draft, call),
    submitHost: call.host,
    account: draft.project ?? call.environment.get('LSB_DEFAULTPROJECT') ?? 'default',
    timeLimitPlan: RUN_LIMIT_PLAN,
    fallbackDirectory: !isYes(setting(call, 'LSB_EXIT_IF_CWD_NOTEXIST')),
    report: isReported(draft, call),
    extras: extrasOf(draft, command, call),
    ...(draft.description === undefined ? {} : { comment: draft.description }),
    ...(name?.array === undefined ? {} : { array: name.array }),
    ...(draft.cancelWhenNeverSatisfied ? { cancelWhenNeverSatisfied: true } : {}),
    ...(draft.beginAt === undefined ? {} : { beginAt: draft.beginAt }),
    ...(draft.isHeld ? { held: 'user' as const } : {}),
    ...(draft.userPriority === undefined ? {} : { userPriority: draft.userPriority }),
    ...(draft.isRerunnable ? { rerunnable: true } : {}),
    ...(warning?.signal === undefined || warning.beforeMs === undefined
      ? {}
      : {
          warningSignal: { signal: warning.signal, beforeMs: warning.beforeMs, script: true },
        }),
  };
}

function resourcesOf(draft: BsubDraft, call: Invocation): ResourceRequest | string {
  const requirement = readRequirement(draft.requirements);
  if (requirement === undefined) return BAD_REQUIREMENT;
  const tasks = draft.tasks ?? 1;
  const demand = demandOf(requirement, tasks, {
    bareMib: limitUnitMib(call.site) ?? 1,
    isPerTask: isYes(call.site.lsf['RESOURCE_RESERVE_PER_TASK']),
  });
  if (demand === undefined) return BAD_REQUIREMENT;
  const { cpusPerTask = 1, nodeNames, ...others } = demand;
  const hosts = hostsOf(draft, call) ?? nodeNames;
  return {
    tasks,
    cpusPerTask,
    ...others,
    ...(draft.nodes === undefined ? {} : { nodes: { min: draft.nodes, max: draft.nodes } }),
    ...(hosts === undefined ? {} : { nodeNames: hosts }),
    ...(draft.isExclusive ? { exclusive: true } : {}),
  };
}

/** Host names of -m; `all`, `others` and the cluster's own name mean any host. */
function hostsOf({ hosts }: BsubDraft, call: Invocation): readonly string[] | undefined {
  const isAny = hosts?.some((host) => ['all', 'others', call.site.cluster].includes(host));
  return isAny ? undefined : hosts;
}

function streamsOf({ stdin, stdout, stderr: asked }: BsubDraft): Streams {
  // The same file for both is LSF's way to join them.
  const stderr = asked?.path === stdout?.path ? undefined : asked;
  return {
    openMode: stdout?.isOverwritten ? 'truncate' : 'append',
    ...(stdin === undefined ? {} : { stdin }),
    ...(stdout === undefined ? {} : { stdout: fileIn(stdout.path, 'out') }),
    ...(stderr === undefined
      ? {}
      : {
          stderr: fileIn(stderr.path, 'err'),
          stderrOpenMode: stderr.isOverwritten ? ('truncate' as const) : ('append' as const),
        }),
  };
}

/** In a directory (known by its slash) the file is called after the job. */
function fileIn(path: string, extension: string): string {
  return path.endsWith('/') ? `${path}%J.${extension}` : path;
}

function workingDirectoryOf({ workingDirectory }: BsubDraft, call: Invocation): string {
  if (workingDirectory === undefined) return call.workingDirectory;
  const path = workingDirectory.replaceAll('%U', call.identity.user);
  if (path.startsWith('/')) return path;
  let joined = `${call.workingDirectory.replace(/\/$/, '')}/${path}`;
  while (joined.endsWith('/.')) joined = joined.slice(0, -2);
  return joined || '/';
}

function resourceLimitsOf(
  draft: BsubDraft,
  call: Invocation,
): Readonly<Record<string, readonly [number, number]>> {
  const limits: Record<string, readonly [number, number]> = { ...call.resourceLimits };
  for (const [name, soft] of Object.entries(draft.resourceLimits)) {
    limits[name] = [soft, call.resourceLimits[name]?.[1] ?? -1];
  }
  return limits;
}

function isReported({ stdout }: BsubDraft, call: Invocation): boolean {
  return stdout?.path !== '/dev/null' && !/^n$/i.test(setting(call, 'LSB_JOB_REPORT_MAIL') ?? '');
}

function extrasOf(
  draft: BsubDraft,
  command: JobCommand,
  call: Invocation,
): Readonly<Record<string, string | number | boolean>> {
  const extras: Record<string, string | number | boolean> = {};
  const home = call.environment.get('HOME');
  if (home !== undefined) extras['lsf.home'] = home;
  if (draft.name !== undefined && draft.name.name !== '') extras['lsf.named'] = true;
  if (command.launch === 'script') extras['lsf.spooled'] = true;
  if (draft.workingDirectory !== undefined) extras['lsf.submitDirectory'] = call.workingDirectory;
  if (draft.requirements.length > 0)
    extras['lsf.requirement'] = draft.requirements.join(' ').trim();
  if (draft.dependency !== undefined) extras['lsf.dependency'] = draft.dependency.text;
  for (const [name, value] of Object.entries(draft.shown)) extras[`lsf.${name}`] = value;
  return extras;
}
