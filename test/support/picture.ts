// Scheduling pictures: a small cluster in a table, with the expected outcome beside each job.
//
//   node   n1 cpus=4
//   job    a  cpus=4 prio=9          -> n1
//   job    b  cpus=8 prio=8          -> pending resources
//   job    c  cpus=2 limit=5m        -> n2
//   at 10m a ends                    -> b n1,n2
//
// All jobs above a line `at` are submitted before the first pass. An `at` line moves the clock, lets a
// job end, makes a pass, and then checks what stands behind its arrow.

import { expect } from 'vitest';
import type { JobRequest } from '../../src/model/job-request.ts';
import { queueName, type JobId } from '../../src/model/ids.ts';
import { indexRange } from '../../src/model/index-set.ts';
import type { JobView } from '../../src/model/view.ts';
import { CoreWorld, ROOT } from './core-world.ts';

/** Runs a picture and compares every arrow. */
export function picture(text: string): CoreWorld {
  const world = new CoreWorld();
  const jobs = new Map<string, JobId>();
  const expected: [line: string, name: string, want: string][] = [];
  let hasRun = false;
  const settle = () => {
    world.schedule();
    for (const [line, name, want] of expected.splice(0)) {
      expect(describe(world, jobs.get(name) as JobId), line.trim()).toBe(want);
    }
    hasRun = true;
  };
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const [left = '', right = ''] =
      line
        .split('#')[0]
        ?.split('->')
        .map((part) => part.trim()) ?? [];
    const [verb, name = '', ...rest] = left.split(/\s+/);
    const fields = Object.fromEntries(rest.map((word) => word.split('=') as [string, string]));
    if (verb === 'node') world.addNode(name, Number(fields['cpus']), Number(fields['mem'] ?? 1e6));
    else if (verb === 'queue') world.addQueue(name, Number(fields['prio'] ?? 30));
    else if (verb === 'job') {
      jobs.set(name, world.submit(requestOf(name, fields, jobs), ROOT));
      if (right !== '') expected.push([line, name, right]);
    } else if (verb === 'at') {
      if (!hasRun) settle();
      const [who, what] = rest;
      world.advance(durationMs(name) - world.steadyMs);
      if (what === 'ends') world.end(jobs.get(who as string) as JobId);
      if (what === 'fails') world.end(jobs.get(who as string) as JobId, 1);
      if (what === 'starts') world.start(jobs.get(who as string) as JobId);
      for (const part of right.split(';').filter((one) => one !== '')) {
        const [job = '', ...want] = part.trim().split(/\s+/);
        expected.push([line, job, want.join(' ')]);
      }
      settle();
    } else throw new Error(`what is this: ${line}`);
  }
  if (expected.length > 0) settle();
  return world;
}

function requestOf(
  name: string,
  fields: Record<string, string>,
  jobs: ReadonlyMap<string, JobId>,
): Partial<JobRequest> {
  const limit = fields['limit'];
  const after = fields['after'];
  return {
    name,
    resources: {
      tasks: Number(fields['tasks'] ?? 1),
      cpusPerTask: Number(fields['cpus'] ?? 1),
      ...(fields['mem'] !== undefined && { memoryMibPerNode: Number(fields['mem']) }),
      ...(fields['nodes'] !== undefined && {
        nodes: { min: Number(fields['nodes']), max: Number(fields['nodes']) },
      }),
      ...(fields['exclusive'] !== undefined && { exclusive: true }),
      ...(fields['on'] !== undefined && { nodeNames: [fields['on']] }),
    },
    limits: limit === undefined ? {} : { wallTimeMs: durationMs(limit) },
    ...(fields['queue'] !== undefined && { queue: queueName(fields['queue']) }),
    ...(fields['prio'] !== undefined && { userPriority: Number(fields['prio']) }),
    ...(fields['hold'] !== undefined && { held: 'user' as const }),
    ...(fields['array'] !== undefined && {
      array: {
        indices: indexRange(1, Number(fields['array'])),
        ...(fields['most'] !== undefined && { limit: Number(fields['most']) }),
      },
    }),
    ...(after !== undefined && {
      dependency: { kind: 'condition', job: jobs.get(after) as JobId, when: 'succeeded' },
    }),
  };
}

/** `n1,n2` · `pending resources` · `done` · for an array `2 on n1, 4 wait`. */
function describe(world: CoreWorld, id: JobId): string {
  const job = world.state.jobs.get(id);
  if (job?.elements !== undefined && job.state.kind !== 'finished') {
    const nodes = new Map<string, number>();
    for (const run of job.elements.active.values()) {
      const node = run.allocation[0]?.node ?? '';
      nodes.set(node, (nodes.get(node) ?? 0) + 1);
    }
    const parts = [...nodes].map(([node, count]) => `${count} on ${node}`);
    return [...parts, `${job.elements.waitingCount} wait`].join(', ');
  }
  const view: JobView = world.view(id);
  if (view.state === 'pending') return `pending ${view.reason}`;
  if (view.state === 'finished') return 'done';
  return (view.allocation ?? []).map((part) => part.node).join(',');
}

function durationMs(text: string): number {
  const [, number, unit] = /^(\d+)([smh]?)$/.exec(text) ?? [];
  return Number(number) * ({ s: 1000, m: 60_000, h: 3_600_000 }[unit ?? ''] ?? 60_000);
}
