// A commit as it is posted to the writer: few flat arrays, bytes copied once into one buffer that
// changes hands. Never looks at what a record means.

import type { Commit } from '../engine/ports.ts';
import type { AccessKey } from '../model/access-key.ts';
import type { JobDefinition } from '../model/job-definition.ts';
import type { EventRecord } from '../model/record.ts';
import { type JobColumns, packJobs } from './job-columns.ts';

/** Events: job, time and position of the kind, three numbers each. */
export interface EventColumns {
  readonly count: number;
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly kinds: readonly string[];
  /** Absent: no event of the batch has any. */
  readonly data?: readonly (string | null)[];
}

/** New specifications; `lengths` has the bytes of script and environment of each, in turn. */
export interface SpecColumns {
  readonly keys: readonly string[];
  readonly requests: readonly string[];
  readonly lengths: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A whole commit. */
export interface CommitMessage {
  readonly jobs: JobColumns;
  readonly events: EventColumns;
  readonly specs: SpecColumns;
  readonly definitions: readonly JobDefinition[];
  readonly keys: readonly AccessKey[];
  readonly deletedKeys: readonly string[];
  readonly settings: readonly (readonly [name: string, value: string])[];
}

/** The message, and what of it is moved instead of copied. */
export function packCommit(commit: Commit): { message: CommitMessage; moved: ArrayBuffer[] } {
  const jobs = packJobs(commit.jobs);
  const events = packEvents(commit.events);
  const specs = packSpecs(commit.specs);
  const message = {
    jobs,
    events,
    specs,
    definitions: commit.definitions,
    keys: commit.keys,
    deletedKeys: commit.deletedKeys,
    settings: Object.entries(commit.settings),
  };
  const moved = [jobs.numbers.buffer, events.numbers.buffer, specs.bytes.buffer];
  return { message, moved };
}

function packEvents(events: readonly EventRecord[]): EventColumns {
  const numbers = new Float64Array(events.length * 3);
  const kinds: string[] = [];
  const positions = new Map<string, number>();
  let data: (string | null)[] | undefined;
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as EventRecord;
    let kind = positions.get(event.kind);
    if (kind === undefined) {
      kind = kinds.push(event.kind) - 1;
      positions.set(event.kind, kind);
    }
    numbers[i * 3] = event.job;
    numbers[i * 3 + 1] = event.at;
    numbers[i * 3 + 2] = kind;
    if (event.data !== undefined) {
      data ??= new Array<string | null>(events.length).fill(null);
      data[i] = event.data;
    }
  }
  return { count: events.length, numbers, kinds, ...(data && { data }) };
}

function packSpecs(specs: Commit['specs']): SpecColumns {
  const lengths = specs.flatMap(({ content }) => [
    content.script.byteLength,
    content.environment.byteLength,
  ]);
  const bytes = new Uint8Array(lengths.reduce((total, length) => total + length, 0));
  let at = 0;
  for (const { content } of specs) {
    bytes.set(content.script, at);
    bytes.set(content.environment, at + content.script.byteLength);
    at += content.script.byteLength + content.environment.byteLength;
  }
  const keys = specs.map((spec) => spec.key);
  return { keys, requests: specs.map((spec) => spec.request), lengths, bytes };
}
