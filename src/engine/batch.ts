// One batch: what was decided together, is committed together and answered together.

import type { Instant } from '../base/brand.ts';
import { actOnInstances, actOnRuns } from '../core/act.ts';
import { recordOf } from '../core/record.ts';
import type { Elements, Job, State, Writable } from '../core/state.ts';
import type { Effect } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import type { EventRecord } from '../model/record.ts';
import type { Commit } from './ports.ts';

/** Decisions on their way to the disk. */
export interface Batch {
  readonly events: Event[];
  /** Effects that no state asks for: attempts that nobody waits for. */
  readonly strays: Effect[];
  /** What to do once it is on the disk. */
  readonly answers: (() => void)[];
}

/** A batch that is closed: its transaction, and what follows it. */
export interface ClosedBatch {
  readonly commit: Commit;
  readonly effects: readonly Effect[];
  readonly answers: readonly (() => void)[];
  readonly changedJobs: readonly Job[];
}

/** A batch in which nothing was decided yet. */
export function emptyBatch(): Batch {
  return { events: [], strays: [], answers: [] };
}

/** Takes everything that the batch changed out of the state. */
export function closeBatch(state: State, batch: Batch, at: Instant): ClosedBatch {
  const changedJobs = state.changedJobs;
  const changedRuns = new Set(state.changedRuns);
  const instances = new Set(state.changedInstances);
  const jobs = changedJobs.map(recordOf);
  for (const job of changedJobs) markStored(job);
  state.changedJobs = [];
  state.changedRuns = [];
  state.changedInstances = [];
  state.batch++;
  const commit = { at, jobs, ...detailsOf(state, batch, instances) };
  const effects = [...actOnRuns(changedRuns), ...actOnInstances(state, instances), ...batch.strays];
  return { commit, effects, answers: batch.answers, changedJobs };
}

function markStored(job: Job): void {
  (job as Writable<Job>).isStored = true;
  if (job.elements === undefined) return;
  (job.elements as Writable<Elements>).storedEnds = job.elements.ended.index.length;
}

type Details = Omit<Commit, 'at' | 'jobs'>;

function detailsOf(state: State, batch: Batch, instances: ReadonlySet<number>): Details {
  const events: EventRecord[] = [];
  const specs: Commit['specs'][number][] = [];
  const definitions: Commit['definitions'][number][] = [];
  const keys: Commit['keys'][number][] = [];
  const deletedKeys: string[] = [];
  const settings: Record<string, string> = { nextJobId: String(state.nextJobId) };
  for (const event of batch.events) {
    if (event.kind === 'jobSubmitted' && event.content !== undefined) {
      const { spec: key, content } = event;
      specs.push({ key, request: JSON.stringify(event.request), content });
    } else if (event.kind === 'definitionRegistered') definitions.push(event.definition);
    else if (event.kind === 'keyCreated') keys.push(event.key);
    else if (event.kind === 'keyDeleted') deletedKeys.push(event.accessKeyId);
    else if (event.kind === 'nodeChanged') {
      settings[`node.${event.node.name}`] = JSON.stringify(event.node);
    }
    const record = recordOfEvent(event);
    if (record !== undefined) events.push(record);
  }
  for (const request of instances) {
    const instance = state.instances.get(request);
    settings[`instance.${request}`] = instance === undefined ? '' : JSON.stringify(instance);
  }
  return { events, specs, definitions, keys, deletedKeys, settings };
}

/**
 * What a job's history holds beside its row. Submission, eligibility, start and end of the last
 * attempt stand in the row, and earlier attempts have rows of their own: nothing is written twice.
 */
function recordOfEvent(event: Event): EventRecord | undefined {
  switch (event.kind) {
    case 'attemptEnding':
      return withData(event, event.ending);
    case 'attemptSignalled':
      return withData(event, { signal: event.signal, scope: event.scope });
    case 'jobHeld':
      return withData(event, { by: event.by });
    case 'jobReleased':
      return withData(event, { waitsFor: event.waitsFor });
    case 'elementDetached':
      return withData(event, { array: event.array, element: event.element });
    case 'elementsDetached':
      return withData({ ...event, job: event.array }, { elements: event.elements });
    case 'jobNeverEligible':
      return { job: event.job, at: event.at, kind: event.kind };
    case 'jobRequeued':
    case 'arrayClosed':
      return withData(event, event.outcome);
    default:
      return undefined;
  }
}

function withData(event: Event & { job: EventRecord['job'] }, data: unknown): EventRecord {
  return { job: event.job, at: event.at, kind: event.kind, data: JSON.stringify(data) };
}
