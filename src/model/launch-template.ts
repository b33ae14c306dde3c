// What the attempts of a request have in common, with holes for what differs: made once for each
// request and sent once to each node, so that an order to launch is a few numbers.

import type { JobRequest } from './job-request.ts';
import type { Owner } from './user.ts';

/**
 * `job` the raw id · `base` the array's or the job's id · `index` the element (0 outside an array)
 * · `attempt` from 1 · `restarts` attempt - 1 · `node` the first node's name · `nodes` all of them,
 * by blanks · `cpus` CPUs on the first node · `tasks` tasks on the first node · `memory` MiB there
 * · `directory` the attempt's own directory on the node · `environment` the name of the node's
 * compute environment · `nodeCount` number of nodes · `nodeList` their names compressed (`n[1-3]`)
 * · `cpusByNode`, `tasksByNode` counts in the order of the nodes (`4(x3),8`); base/hostlist.ts
 * writes the last three · `pid` the job's first process, as the whole value of a variable · `error`
 * the system's words, in a directory note.
 */
export type HoleName =
  | 'job'
  | 'base'
  | 'index'
  | 'attempt'
  | 'restarts'
  | 'node'
  | 'nodes'
  | 'cpus'
  | 'tasks'
  | 'memory'
  | 'directory'
  | 'environment'
  | 'nodeCount'
  | 'nodeList'
  | 'cpusByNode'
  | 'tasksByNode'
  | 'pid'
  | 'error';

/** A value that an attempt brings; numbers are filled with zeros to `width`. */
export interface Hole {
  readonly hole: HoleName;
  readonly width?: number;
  /** In a variable: the variable is left out where the value is 0. */
  readonly unlessZero?: true;
}

/** Text and holes, joined without anything between. */
export type Template = readonly (string | Hole)[];

/** `NAME` and its value. */
export type EnvironmentRow = readonly [name: string, value: Template];

/**
 * Where the standard streams go. Absent stdout: a spool file that is mailed; absent stderr: with
 * stdout.
 */
export interface StreamTemplates {
  readonly stdin: Template;
  readonly stdout?: Template;
  readonly stderr?: Template;
}

/** Everything that a node must know of a request before it can launch an attempt of it. */
export interface LaunchTemplate {
  readonly request: JobRequest;
  readonly owner: Owner;
  readonly streams: StreamTemplates;
  /** Added to (and winning over) the submitted environment. */
  readonly environment: readonly EnvironmentRow[];
  /** Name of the script's file, `argv[0]`'s last part. */
  readonly scriptName: string;
  /** Written to stderr where the working directory cannot be entered and another one serves. */
  readonly directoryNote?: Template;
}
