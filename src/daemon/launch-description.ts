// What a node is told of a request before it launches attempts of it: the streams in the submitting
// dialect's manner, the variables of all dialects, the bytes from the store.

import { launching as batch } from '../dialects/batch/launching.ts';
import type { Launching } from '../dialects/kit/launching.ts';
import { launching as lsf } from '../dialects/lsf/launching.ts';
import { launching as slurm } from '../dialects/slurm/launching.ts';
import { assert } from '../base/assert.ts';
import type { Instant } from '../base/brand.ts';
import type { Store } from '../engine/ports.ts';
import type { EndEffect } from '../execution/link/agent-link.ts';
import type { LaunchDescription } from '../execution/link/spec-message.ts';
import { launching as grpc } from '../frontends/grpc/launching.ts';
import type { Launch } from '../model/effect.ts';
import type { DialectName } from '../model/job-request.ts';
import type { Site } from '../model/site.ts';

const LAUNCHINGS: Readonly<Record<DialectName, Launching>> = { slurm, lsf, batch, grpc };

/** Where its jobs find the gateway again. */
export interface DescriptionParts {
  readonly store: Pick<Store, 'content'>;
  readonly site: Site;
  readonly socketPath: string;
}

/** What a job's stderr is told of an end that was ordered, in the words of its own dialect. */
export function endNote({ attempt, node, ending, dialect }: EndEffect, at: Instant): Uint8Array {
  const note = LAUNCHINGS[dialect].endNote?.({ job: attempt.job, node, ending, at });
  return Buffer.from(note ?? '', 'latin1');
}

/** Describes a launch. Rejects when the job's content cannot be read. */
export async function describeLaunch(
  { spec, request, owner }: Launch,
  { store, site, socketPath }: DescriptionParts,
): Promise<LaunchDescription> {
  const content = await store.content(spec);
  assert(content !== undefined, 'a job has no content');
  const { streams, scriptName, directoryNote } = LAUNCHINGS[request.dialect];
  const variables = Object.values(LAUNCHINGS).flatMap((one) => one.variables(request, owner, site));
  return {
    template: {
      request,
      owner,
      streams: streams(request, owner, site),
      environment: [...variables, ['SPILLWAY_SOCKET', [socketPath]]],
      scriptName,
      ...(directoryNote !== undefined && { directoryNote: directoryNote(request) }),
    },
    content,
  };
}
