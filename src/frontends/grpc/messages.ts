// The messages of proto/jobs.proto as the door holds them. What comes in has a default for every
// field.

/** A 64-bit number as the decoder gives it: an object where it came in. */
export type Wide = number | { toNumber(): number };

/** What to run, and how. */
export interface JobSpec {
  readonly name: string;
  readonly queue: string;
  readonly arguments: readonly Uint8Array[];
  readonly script: Uint8Array;
  readonly environment: readonly Uint8Array[];
  readonly workingDirectory: Uint8Array;
  readonly stdin: Uint8Array;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly tasks: number;
  readonly cpusPerTask: number;
  readonly memoryMib: number;
  readonly wallTimeMs: Wide;
  readonly array: ArraySpec | null;
  readonly afterSuccess: readonly number[];
  readonly afterEnd: readonly number[];
  readonly account: string;
  readonly comment: string;
  readonly nice: number;
  readonly rerunnable: boolean;
  readonly held: boolean;
}

/** Which elements. */
export interface ArraySpec {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly limit: number;
}

/** One job. */
export interface SubmitRequest {
  readonly spec: JobSpec | null;
  readonly requestId: string;
}

/** Its number. */
export interface SubmitReply {
  readonly job: number;
}

/** Specs by handle, and the handle of each job. */
export interface SubmitBatchRequest {
  readonly specs: readonly { readonly handle: number; readonly spec: JobSpec | null }[];
  readonly jobs: readonly number[];
  readonly requestId: string;
}

/** The number of each job, 0 for a refused one. */
export interface SubmitBatchReply {
  readonly jobs: readonly number[];
  readonly refused?: readonly Refused[];
}

/** Why a job of a message was refused. */
export interface Refused {
  readonly position: number;
  readonly code: string;
  readonly message: string;
}

/** Which jobs. */
export interface GetRequest {
  readonly jobs: readonly number[];
}

/** Jobs as they stand. */
export interface JobStates {
  readonly jobs: readonly JobState[];
}

/** Absent fields are their defaults on the wire. */
export interface JobState {
  readonly job: number;
  readonly array?: number | undefined;
  readonly index?: number | undefined;
  readonly state: number;
  readonly reason?: string | undefined;
  readonly name: string;
  readonly user: string;
  readonly attempt: number;
  readonly submittedMs: number;
  readonly startedMs?: number | undefined;
  readonly endedMs?: number | undefined;
  readonly outcome?: string | undefined;
  readonly success?: boolean | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: number | undefined;
  readonly node?: string | undefined;
  readonly size?: number | undefined;
  readonly sizePending?: number | undefined;
  readonly sizeRunning?: number | undefined;
  readonly sizeSucceeded?: number | undefined;
  readonly sizeFailed?: number | undefined;
}
