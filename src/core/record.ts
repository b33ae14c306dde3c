// Jobs as rows, both ways: what a commit writes of a job, and how a start makes jobs of rows again.

import type { ActiveElement, EndedElements } from '../model/array-record.ts';
import { noEndedElements } from '../model/array-record.ts';
import type { JobDetails, JobRecord } from '../model/record.ts';
import { stateOf } from './admission/select.ts';
import type { Elements, Job, Run } from './state.ts';

type Open<T> = { -readonly [K in keyof T]: T[K] };

/** The row of a job. Of an array's ended elements only those that the store does not have yet. */
export function recordOf(job: Job): JobRecord {
  const record: Open<JobRecord> = {
    id: job.id,
    owner: job.owner,
    spec: job.spec.key,
    request: job.spec.request,
    state: stateOf(job),
    priority: job.priority,
    submittedAt: job.submittedAt,
    attempt: job.attempt,
    isNew: !job.isStored,
  };
  if (job.array !== undefined) record.array = job.array.id;
  if (job.element !== undefined) record.element = job.element;
  if (job.requestId !== undefined) record.requestId = job.requestId;
  if (job.eligibleAt !== undefined) record.eligibleAt = job.eligibleAt;
  if (job.state.kind === 'active') addRun(record, job.state.run);
  if (job.state.kind === 'finished') {
    const { outcome, startedAt, endedAt, allocation, usage } = job.state;
    record.outcome = outcome;
    record.endedAt = endedAt;
    record.usage = usage;
    if (startedAt !== undefined) record.startedAt = startedAt;
    if (allocation !== undefined) record.allocation = allocation;
  }
  const details = detailsOf(job);
  if (details !== undefined) record.details = details;
  if (job.elements !== undefined) {
    record.elements = {
      waiting: job.elements.waiting,
      active: [...job.elements.active.values()].map(activeElement),
      ended: newEnds(job.elements),
    };
  }
  return record;
}

function addRun(record: Open<JobRecord>, run: Run): void {
  record.allocation = run.allocation;
  record.startedAt = run.startedAt ?? run.allocatedAt;
  if (run.ended === undefined) return;
  record.outcome = run.ended.outcome;
  record.usage = run.ended.usage;
  record.endedAt = run.ended.at;
}

/** What few jobs have; undefined for most. */
function detailsOf(job: Job): JobDetails | undefined {
  const run = job.state.kind === 'active' ? job.state.run : undefined;
  const { closed, closedAt } = job.elements ?? {};
  const isPlain =
    job.heldBy === undefined &&
    job.notBefore === undefined &&
    job.earlierAttempts.length === 0 &&
    job.spec.request.dependency === undefined &&
    run?.ending === undefined &&
    (run === undefined || run.owedSignals.length === 0) &&
    closed === undefined;
  if (isPlain) return undefined;
  const details: Open<JobDetails> = {};
  if (job.heldBy !== undefined) details.heldBy = job.heldBy;
  if (job.notBefore !== undefined) details.notBefore = job.notBefore;
  if (job.earlierAttempts.length > 0) details.earlierAttempts = job.earlierAttempts;
  if (job.spec.request.dependency !== undefined || job.notBefore !== undefined) {
    details.waitsFor = job.waitsFor;
  }
  if (run?.ending !== undefined) details.ending = run.ending;
  if (run && run.owedSignals.length > 0) details.owedSignals = run.owedSignals;
  if (closed !== undefined) details.closed = closed;
  if (closedAt !== undefined) details.closedAt = closedAt;
  return details;
}

function activeElement(run: Run): ActiveElement {
  return {
    index: run.element as number,
    job: run.id,
    state: run.phase === 'gone' ? 'completing' : run.phase,
    startedAt: run.startedAt,
    allocatedAt: run.allocatedAt,
    allocation: run.allocation,
    ...(run.ended !== undefined && { ended: run.ended }),
  };
}

/** The tail of the columns that is not on the disk. */
function newEnds({ ended, storedEnds }: Elements): EndedElements {
  if (storedEnds === ended.index.length) return noEndedElements();
  return {
    index: ended.index.slice(storedEnds),
    job: ended.job.slice(storedEnds),
    startedAt: ended.startedAt.slice(storedEnds),
    endedAt: ended.endedAt.slice(storedEnds),
    exitCode: ended.exitCode.slice(storedEnds),
    signal: ended.signal.slice(storedEnds),
    outcome: ended.outcome.slice(storedEnds),
    userCpuMs: ended.userCpuMs.slice(storedEnds),
    systemCpuMs: ended.systemCpuMs.slice(storedEnds),
    maxMemoryKib: ended.maxMemoryKib.slice(storedEnds),
    node: ended.node.slice(storedEnds),
    nodes: [...ended.nodes],
  };
}
