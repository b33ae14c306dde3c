// The messages of proto/agent.proto as both ends hold them. Plain objects go out; what comes in
// has a default for every field (empty arrays, 0, '', null for messages). Bytes are Uint8Arrays.

/** A 64-bit number as the decoder gives it: an object where it came in. */
export type Wide = number | { toNumber(): number };

/** What the agent sends. */
export interface FromAgent {
  readonly hello?: Hello | null;
  readonly confirmed?: Wide;
  readonly reports?: Reports | null;
  readonly heartbeat?: { readonly nowMs: number } | null;
}

/** What the daemon sends. */
export interface ToAgent {
  readonly welcome?: Welcome | null;
  readonly confirmed?: Wide;
  readonly orders?: Orders | null;
  readonly leave?: boolean;
}

/** Who dials, and what it has. */
export interface Hello {
  readonly protocol: number;
  readonly node: string;
  readonly environment: string;
  readonly bootId: string;
  readonly agent: string;
  readonly link: string;
  readonly handled: Wide;
  readonly nextReport: Wide;
  readonly cpus: number;
  readonly memoryMib: Wide;
  readonly attempts: Attempts | null;
  readonly nowMs: number;
}

/** The answer to a hello; a `refusal` that is not empty ends it. */
export interface Welcome {
  readonly refusal: string;
  readonly link: string;
}

/** Columns: entry i of both is one attempt. */
export interface Attempts {
  readonly job: readonly number[];
  readonly attempt: readonly number[];
}

/** What the node shall do. */
export interface Orders {
  readonly number: Wide;
  readonly droppedSpecs: readonly number[];
  readonly specs: readonly Spec[];
  readonly launches: readonly LaunchGroup[];
  readonly steering: readonly Steering[];
  readonly forget: Attempts | null;
}

/** What attempts of one request have in common. */
export interface Spec {
  readonly handle: number;
  readonly script: Uint8Array;
  readonly environment: Uint8Array;
  readonly variables: readonly Row[];
  readonly launch: string;
  readonly arguments: readonly Uint8Array[];
  readonly workingDirectory: Uint8Array;
  readonly fallbackDirectory: boolean;
  readonly stdin: readonly Piece[];
  readonly stdout: readonly Piece[];
  readonly spool: boolean;
  readonly stderr: readonly Piece[];
  readonly joinStderr: boolean;
  readonly appendStdout: boolean;
  readonly appendStderr: boolean;
  readonly umask: number;
  readonly limits: readonly {
    readonly name: string;
    readonly soft: number;
    readonly hard: number;
  }[];
  readonly uid: number;
  readonly gid: number;
  readonly user: Uint8Array;
  readonly memoryLimitMib: number;
  readonly report: boolean;
  readonly scriptName: Uint8Array;
  readonly rerunnable: boolean;
  readonly directoryNote: readonly Piece[];
}

/** A variable that an attempt gets. */
export interface Row {
  readonly name: Uint8Array;
  readonly value: readonly Piece[];
}

/** Text, or a hole where `hole` is not empty. */
export interface Piece {
  readonly text?: Uint8Array;
  readonly hole?: string;
  readonly width?: number;
  /** The variable is left out where the value is 0. */
  readonly unlessZero?: boolean;
}

/** Attempts that are equal in everything but their numbers. */
export interface LaunchGroup extends Attempts {
  readonly spec: number;
  readonly base: number;
  readonly index: readonly number[];
  /** The nodes of the allocation, the agent's own first: columns. */
  readonly nodes: readonly Uint8Array[];
  readonly cpus: readonly number[];
  readonly tasks: readonly number[];
  readonly memoryMib: number;
}

/** An order to one attempt: one of the last three is there. */
export interface Steering {
  readonly job: number;
  readonly attempt: number;
  readonly end?: { readonly steps: readonly Step[]; readonly note?: Uint8Array } | null;
  readonly signal?: { readonly signal: number; readonly scope: string } | null;
  readonly append?: Uint8Array;
  /** On reading: which one. */
  readonly order?: 'end' | 'signal' | 'append';
}

/** A signal so long after the first of a plan. */
export interface Step {
  readonly signal: number;
  readonly afterMs: number;
  readonly scope: string;
}

/** What happened on the node since the last report. */
export interface Reports {
  readonly number: Wide;
  readonly started: Started | null;
  readonly ended: Ended | null;
  readonly appended: Attempts | null;
  readonly unkillable?: Unkillable | null;
}

/** Columns of attempts with processes that cannot be killed, and how many. */
export interface Unkillable extends Attempts {
  readonly processes: readonly number[];
}

/** Columns of attempts that began. */
export interface Started extends Attempts {
  readonly atMs: readonly number[];
}

/** Columns; one that is empty is all zeros. */
export interface Ended extends Attempts {
  readonly startedMs: readonly number[];
  readonly endedMs: readonly number[];
  readonly status: readonly number[];
  readonly userCpuMs: readonly number[];
  readonly systemCpuMs: readonly number[];
  readonly maxMemoryKib: readonly number[];
  readonly oddities: readonly Oddity[];
}

/** What few ends have, by position in the columns. */
export interface Oddity {
  readonly position: number;
  readonly outOfMemory?: boolean;
  readonly lost?: boolean;
  readonly launchFailure?: string;
  readonly errno?: number;
  readonly path?: Uint8Array;
}

/** The number behind a 64-bit field. */
export function numberOf(value: Wide | undefined): number {
  if (value === undefined) return 0;
  return typeof value === 'number' ? value : value.toNumber();
}
