// What the engine needs from outside, as small as it can be. Each port has a fake and a contract
// suite that the fake and the real one both pass (test/contract).

import type { Instant } from '../base/brand.ts';
import type { AccessKey } from '../model/access-key.ts';
import type { Effect } from '../model/effect.ts';
import type { EventRecord, JobRecord } from '../model/record.ts';
import type { JobId, SpecKey } from '../model/ids.ts';
import type { JobContent } from '../model/job-request.ts';
import type { JobDefinition } from '../model/job-definition.ts';
import type { Report } from '../model/report.ts';
import type { JobSelection } from '../model/selection.ts';
import type { Examination } from '../model/view.ts';

/** Everything one batch changed: one transaction. */
export interface Commit {
  readonly at: Instant;
  readonly jobs: readonly JobRecord[];
  readonly events: readonly EventRecord[];
  /** Specifications first seen in this batch. */
  readonly specs: readonly {
    readonly key: SpecKey;
    readonly request: string;
    readonly content: JobContent;
  }[];
  readonly definitions: readonly JobDefinition[];
  readonly keys: readonly AccessKey[];
  readonly deletedKeys: readonly string[];
  /** Counters and small facts by name. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What a start finds on the disk. */
export interface Loaded {
  /**
   * By id: unfinished jobs, finished ones that ended at `finishedSince` or later, the arrays of
   * elements among these, and all elements with records of their own of arrays that are loaded.
   */
  readonly jobs: readonly JobRecord[];
  /** Of the newest jobs, finished ones too: a client may repeat a request after a restart. */
  readonly requestIds: readonly (readonly [requestId: string, job: JobId])[];
  readonly definitions: readonly JobDefinition[];
  readonly keys: readonly AccessKey[];
  readonly settings: Readonly<Record<string, string>>;
}

/** Which finished jobs of accounting. Sorted by id; at most `limit`, from behind `after`. */
export interface HistoryQuery {
  readonly selection: JobSelection;
  /** Jobs that were there at some time in this window. */
  readonly from: Instant;
  readonly to: Instant;
  readonly after?: JobId;
  readonly limit: number;
}

/** The durable memory. */
export interface Store {
  load(finishedSince: Instant): Promise<Loaded>;
  /**
   * Resolves when it is on the disk. A request id that an older job has is kept with that job
   * alone. Rejects with GatewayError `diskFull` (retryable) or for good.
   */
  commit(commit: Commit): Promise<void>;
  /** Reads what was committed, in its own thread. */
  history(query: HistoryQuery): Promise<readonly JobRecord[]>;
  content(key: SpecKey): Promise<JobContent | undefined>;
  /** The job that was submitted with this request id, however long ago. */
  jobOfRequest(requestId: string): Promise<JobId | undefined>;
  /** Copies what is committed to a new file, and examines the copy. */
  backup(to: string): Promise<void>;
  /** Reads everything for damage. */
  examine(): Promise<Examination>;
  /**
   * False from the moment the disk's reserve is used up until there is room: refuse submissions.
   */
  hasRoom(): boolean;
}

/** The nodes, reached through their agents. */
export interface Execution {
  /**
   * Takes effects for delivery: in order for each attempt, each applied once, across reconnections,
   * while the node counts as connected (from its `nodeConnected` to its `nodeDisconnected`).
   * An effect for any other node is dropped: `nodeConnected` is the moment to derive again
   * everything that the node is owed. A repeated launch of an attempt that the node has is ignored.
   */
  perform(effects: readonly Effect[]): void;
  /**
   * Where reports go; called once, before anything else. The promise resolves when the report is
   * committed (or found stale); only then is it confirmed to the node. If it rejects, the node
   * reports again, so a report may come twice.
   */
  deliverTo(take: (report: Report) => Promise<void>): void;
}

/** Instances that can be bought. */
export interface Capacity {
  perform(effects: readonly Effect[]): void;
  deliverTo(take: (report: Report) => void): void;
}
