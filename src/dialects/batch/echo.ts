// What only DescribeJobs shows again, kept in the request's extras as one JSON text.

import type { JobRequest } from '../../model/job-request.ts';
import { bytesOf, textOf } from '../../base/byte-text.ts';

/** The part of a submission that the engine has no use for. */
export interface Echo {
  /** `NAME:REVISION`. */
  readonly definition: string;
  /** container of JobDetail without command, environment and what the attempt adds. */
  readonly container: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly propagateTags: boolean;
  readonly dependsOn?: readonly unknown[];
  readonly platformCapabilities: readonly string[];
  /**
   * How many of the environment's first variables are not the user's. Absent: it is not shown at
   * all.
   */
  readonly ownVariables?: number;
}

const KEY = 'batch.echo';

/** The extras that hold it. */
export function echoOf(echo: Echo): Readonly<Record<string, string>> {
  return { [KEY]: bytesOf(JSON.stringify(echo)) };
}

/**
 * What a job's submission said. A job of another dialect has a definition by the name of its
 * dialect, revision 1, that was never registered, and what it asked for as requirements.
 */
export function echoIn(request: JobRequest): Echo {
  const kept = request.extras?.[KEY];
  if (typeof kept === 'string') return JSON.parse(textOf(kept)) as Echo;
  const { tasks, cpusPerTask, memoryMibPerNode, memoryMibPerCpu } = request.resources;
  const cpus = tasks * cpusPerTask;
  const memory =
    memoryMibPerNode ?? (memoryMibPerCpu === undefined ? undefined : memoryMibPerCpu * cpus);
  return {
    definition: `spillway-${request.dialect}:1`,
    container: {
      image: 'host',
      resourceRequirements: [
        { type: 'VCPU', value: String(cpus) },
        ...(memory === undefined ? [] : [{ type: 'MEMORY', value: String(memory) }]),
      ],
    },
    parameters: {},
    tags: {},
    propagateTags: false,
    platformCapabilities: ['EC2'],
  };
}
