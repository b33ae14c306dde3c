// Views of rows: finished jobs that left memory, and accounting.

import type { Instant } from '../../base/brand.ts';
import { OUTCOME_KINDS } from '../../model/array-record.ts';
import { jobId, nodeName } from '../../model/ids.ts';
import { indexCount } from '../../model/index-set.ts';
import type { JobRecord } from '../../model/record.ts';
import type { JobView } from '../../model/view.ts';

type Open<T> = { -readonly [K in keyof T]: T[K] };

/** Everything that a row shows: an array its waiting rest, its running and its ended elements. */
export function* viewsOfRecord(record: JobRecord): Generator<JobView> {
  const view = baseView(record);
  const { elements } = record;
  if (elements === undefined) {
    yield view;
    return;
  }
  const waitingCount = indexCount(elements.waiting);
  if (waitingCount > 0) yield { ...view, waiting: elements.waiting };
  for (const run of elements.active) {
    yield {
      ...view,
      id: run.job,
      element: run.index,
      state: run.state,
      attempt: 1,
      allocation: run.allocation,
      startedAt: run.startedAt ?? run.allocatedAt,
    };
  }
  for (let at = 0; at < elements.ended.index.length; at++) yield endedView(record, view, at);
}

function baseView(record: JobRecord): JobView {
  const view: Open<JobView> = {
    id: record.id,
    base: record.array ?? record.id,
    request: record.request,
    owner: record.owner,
    state: record.state,
    priority: record.priority,
    submittedAt: record.submittedAt,
    attempt: record.attempt,
    earlierAttempts: record.details?.earlierAttempts ?? [],
  };
  if (record.element !== undefined) view.element = record.element;
  if (record.eligibleAt !== undefined) view.eligibleAt = record.eligibleAt;
  if (record.startedAt !== undefined) view.startedAt = record.startedAt;
  if (record.endedAt !== undefined) view.endedAt = record.endedAt;
  if (record.allocation !== undefined) view.allocation = record.allocation;
  if (record.outcome !== undefined) view.outcome = record.outcome;
  if (record.usage !== undefined) view.usage = record.usage;
  if (record.details?.heldBy !== undefined) view.heldBy = record.details.heldBy;
  return view;
}

function endedView(record: JobRecord, view: JobView, at: number): JobView {
  const columns = record.elements?.ended;
  if (columns === undefined) return view;
  const { resources } = record.request;
  const cpus = resources.tasks * resources.cpusPerTask;
  const memoryMib = resources.memoryMibPerNode ?? (resources.memoryMibPerCpu ?? 0) * cpus;
  const node = nodeName(columns.nodes[columns.node[at] as number] ?? '');
  return {
    ...view,
    id: jobId(columns.job[at] as number),
    element: columns.index[at] as number,
    state: 'finished',
    attempt: 1,
    startedAt: columns.startedAt[at] as Instant,
    endedAt: columns.endedAt[at] as Instant,
    outcome: {
      kind: OUTCOME_KINDS[columns.outcome[at] as number] ?? 'exited',
      exitCode: columns.exitCode[at] as number,
      signal: columns.signal[at] as number,
    },
    usage: {
      userCpuMs: columns.userCpuMs[at] as number,
      systemCpuMs: columns.systemCpuMs[at] as number,
      maxMemoryKib: columns.maxMemoryKib[at] as number,
    },
    allocation: [{ node, cpus, memoryMib, tasks: resources.tasks }],
  };
}
