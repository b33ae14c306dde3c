// Small records and commits for the tests of the store.

import { createHash } from 'node:crypto';
import { instant } from '../../src/base/brand.ts';
import type { Commit } from '../../src/engine/ports.ts';
import { jobId, queueName, type SpecKey, specKey } from '../../src/model/ids.ts';
import type { JobContent, JobRequest } from '../../src/model/job-request.ts';
import type { JobRecord } from '../../src/model/record.ts';
import type { Owner } from '../../src/model/user.ts';

export const OWNERS: readonly Owner[] = [
  { uid: 1000, gid: 100, user: 'alice', group: 'users' },
  { uid: 1001, gid: 100, user: 'bob', group: 'users' },
  { uid: 1002, gid: 100, user: 'o\xff', group: '\xc3\xa9' },
];

/** A request of that name, under its key. */
export function requestOf(
  name: string,
  more: { queue?: string; account?: string } = {},
): { spec: SpecKey; key: SpecKey; request: JobRequest } {
  const request: JobRequest = {
    dialect: 'slurm',
    name,
    queue: queueName(more.queue ?? 'normal'),
    command: 'true',
    launch: 'script',
    arguments: ['a\xffb'],
    resources: { tasks: 1, cpusPerTask: 1 },
    limits: {},
    streams: { openMode: 'truncate' },
    workingDirectory: '/home/caf\xe9',
    umask: 0o22,
    submitHost: 'host',
    ...(more.account !== undefined && { account: more.account }),
  };
  const key = specKey(createHash('sha256').update(JSON.stringify(request)).digest('hex'));
  return { spec: key, key, request };
}

/** The specification of a name, or of a record. */
export function specFor(
  name: string,
  content: Partial<JobContent> = {},
  of: { spec: SpecKey; request: JobRequest } = requestOf(name),
) {
  const bytes = { script: new Uint8Array(), environment: new Uint8Array(), ...content };
  return { key: of.spec, request: JSON.stringify(of.request), content: bytes };
}

/** The first record of a job that waits. */
export function newJob(id: number, more: Partial<JobRecord> = {}): JobRecord {
  const { spec, request } = requestOf('job');
  return {
    id: jobId(id),
    isNew: true,
    owner: OWNERS[0] as Owner,
    spec,
    request,
    state: 'pending',
    priority: 30,
    submittedAt: instant(id * 1000),
    attempt: 0,
    ...more,
  };
}

/** A commit of the jobs with all their specifications. */
export function commitOf(jobs: readonly JobRecord[], more: Partial<Commit> = {}): Commit {
  const specs = new Map(jobs.map((job) => [job.spec, specFor('', {}, job)]));
  return {
    at: instant(1),
    jobs,
    events: jobs.map((job) => ({ job: job.id, at: instant(1), kind: 'changed' })),
    specs: [...specs.values()],
    definitions: [],
    keys: [],
    deletedKeys: [],
    settings: {},
    ...more,
  };
}
