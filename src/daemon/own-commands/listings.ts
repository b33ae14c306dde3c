// Queues, nodes, jobs and keys in no dialect's words: as JSON, whose members follow the model, or
// as a table. Pure; secrets of keys are in neither.

import { textOf } from '../../base/byte-text.ts';
import type { Instant } from '../../base/brand.ts';
import { formatIndices } from '../../dialects/kit/index-list.ts';
import { civil, type Zone } from '../../dialects/kit/time-zone.ts';
import type { AccessKey } from '../../model/access-key.ts';
import type { Outcome, Usage } from '../../model/outcome.ts';
import type { PendingReason } from '../../model/pending-reason.ts';
import type { ArrayCounts, JobView, NodeView, QueueView } from '../../model/view.ts';
import { table } from './table.ts';

/** A listing in its two forms. */
export interface Listing {
  readonly rows: readonly object[];
  readonly table: string;
}

/** A job, an element, or the waiting rest of an array, as JSON shows it. */
export interface JobRow {
  readonly id: number;
  /** The array's number, for an element that started. */
  readonly array: number | undefined;
  readonly element: number | undefined;
  /** The indices that did not start yet, such as `3-8`. */
  readonly waiting: string | undefined;
  readonly elements: ArrayCounts | undefined;
  readonly name: string;
  readonly user: string;
  readonly queue: string;
  readonly dialect: string;
  readonly command: string;
  readonly state: JobView['state'];
  readonly reason: PendingReason | undefined;
  readonly priority: number;
  readonly attempt: number;
  readonly cpus: number;
  readonly nodes: readonly string[] | undefined;
  readonly submittedAt: string | undefined;
  readonly eligibleAt: string | undefined;
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  readonly outcome: Outcome | undefined;
  readonly usage: Usage | undefined;
}

/** Queues, the first served first. */
export function queueListing(queues: readonly QueueView[]): Listing {
  const rows = queues.toSorted((a, b) => b.priority - a.priority);
  const lines = rows.map((queue) => [
    queue.isDefault ? `${queue.name} *` : queue.name,
    queue.priority,
    `${queue.open ? 'open' : 'closed'}, ${queue.active ? 'active' : 'inactive'}`,
    queue.maxWallTimeMs === undefined ? 'none' : duration(queue.maxWallTimeMs),
    queue.pending,
    queue.running,
  ]);
  const headers = ['QUEUE', 'PRIORITY', 'STATE', 'LIMIT', 'WAITING', 'RUNNING'];
  return { rows, table: table(headers, lines, 'No queue.') };
}

/** Nodes by name, with what is free on them. */
export function nodeListing(nodes: readonly NodeView[]): Listing {
  const rows = nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const lines = rows.map((node) => [
    node.name,
    node.environment,
    node.drained === undefined ? node.state : `${node.state}, drained: ${node.drained}`,
    `${node.freeCpus}/${node.size.cpus}`,
    `${node.freeMemoryMib}/${node.size.memoryMib}`,
    node.running,
  ]);
  const headers = ['NODE', 'ENVIRONMENT', 'STATE', 'FREE CPUS', 'FREE MIB', 'RUNNING'];
  return {
    rows: rows.map(({ bootId: _, ...node }) => node),
    table: table(headers, lines, 'No node.'),
  };
}

/** Jobs by number; an array's waiting rest is one row. */
export function jobListing(jobs: readonly JobView[], zone: Zone): Listing {
  const lines = jobs.map((job) => [
    jobNumber(job),
    job.request.name,
    job.owner.user,
    job.request.queue,
    job.request.dialect,
    job.state,
    job.reason ?? (job.outcome && outcomeWords(job.outcome)),
    clockTime(job.startedAt ?? job.submittedAt, zone),
  ]);
  const headers = ['JOB', 'NAME', 'USER', 'QUEUE', 'FROM', 'STATE', 'WHY', 'SINCE'];
  return { rows: jobs.map(jobRow), table: table(headers, lines, 'No job waits or runs.') };
}

/** Keys by age, without their secrets. */
export function keyListing(keys: readonly AccessKey[], zone: Zone): Listing {
  const sorted = keys.toSorted((a, b) => a.createdAt - b.createdAt);
  const lines = sorted.map((key) => [
    key.accessKeyId,
    key.owner.user,
    clockTime(key.createdAt, zone),
  ]);
  return {
    rows: sorted.map(({ accessKeyId, owner, createdAt }) => {
      return { accessKeyId, user: textOf(owner.user), createdAt: iso(createdAt) };
    }),
    table: table(['ACCESS KEY', 'USER', 'CREATED'], lines, 'No key: make one with `keys create`.'),
  };
}

/** The members of a job that do not depend on a dialect; times in ISO form, text in UTF-16. */
export function jobRow(job: JobView): JobRow {
  const { request, owner } = job;
  return {
    id: job.id,
    array: job.base === job.id ? undefined : job.base,
    element: job.element,
    waiting: job.waiting && formatIndices(job.waiting),
    elements: job.array,
    name: textOf(request.name),
    user: textOf(owner.user),
    queue: request.queue,
    dialect: request.dialect,
    command: textOf(request.command),
    state: job.state,
    reason: job.reason,
    priority: job.priority,
    attempt: job.attempt,
    cpus: request.resources.tasks * request.resources.cpusPerTask,
    nodes: job.allocation?.map((part) => part.node),
    submittedAt: iso(job.submittedAt),
    eligibleAt: iso(job.eligibleAt),
    startedAt: iso(job.startedAt),
    endedAt: iso(job.endedAt),
    outcome: job.outcome,
    usage: job.usage,
  };
}

/** `12`, `12[3]` for an element, `12[4-8]` for the rest of an array. */
export function jobNumber(job: JobView): string {
  if (job.element !== undefined) return `${job.base}[${job.element}]`;
  return job.waiting === undefined ? `${job.id}` : `${job.id}[${formatIndices(job.waiting)}]`;
}

/** How it ended, in a few words. */
export function outcomeWords(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'exited':
      if (outcome.signal !== 0) return `ended by signal ${outcome.signal}`;
      return outcome.exitCode === 0 ? 'succeeded' : `exit code ${outcome.exitCode}`;
    case 'cancelled':
      return `cancelled by ${outcome.by}`;
    case 'timedOut':
      return 'ended at its time limit';
    case 'outOfMemory':
      return 'ended at its memory limit';
    case 'nodeFailed':
      return `lost with node ${outcome.node}`;
    case 'launchFailed':
      return `could not be started (${outcome.why})`;
    case 'neverStarted':
      return outcome.why === 'deadline' ? 'not started in time' : 'its dependency failed';
    default:
      return outcome satisfies never;
  }
}

/** Date and time on the caller's clock. */
export function clockTime(at: Instant, zone: Zone): string {
  const { year, month, day, hour, minute, second } = civil(at, zone);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

function iso(at: Instant | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h${minutes % 60 || ''}`;
}
