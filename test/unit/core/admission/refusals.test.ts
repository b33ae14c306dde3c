// Every refusal that the core can give, and that a refused wish changes nothing.

import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../../src/core/context.ts';
import type { Command } from '../../../../src/model/command.ts';
import { JOB_ID_MAX, jobId, queueName } from '../../../../src/model/ids.ts';
import { indexRange, indexSetOf } from '../../../../src/model/index-set.ts';
import type { JobRequest } from '../../../../src/model/job-request.ts';
import type { Refusal } from '../../../../src/model/refusal.ts';
import type { Identity } from '../../../../src/model/user.ts';
import { ALICE, BOB, CoreWorld, request, ROOT } from '../../../support/core-world.ts';

const EMPTY = { script: new Uint8Array(), environment: new Uint8Array() };
const LARGE = new Uint8Array(11);

const submit = (fields: Partial<JobRequest> = {}, content = EMPTY): Command => ({
  kind: 'submitJob',
  submission: { request: request(fields), content },
});

interface Case {
  readonly command: Command;
  readonly refusal: Refusal;
  readonly policy?: Partial<Policy>;
  readonly by?: Identity;
  readonly prepare?: (world: CoreWorld) => void;
}

const queueOf = (world: CoreWorld, fields: object) => {
  const queue = world.state.queues.get('normal');
  if (queue !== undefined) world.state.queues.set('normal', { ...queue, ...fields });
};

const resources = (fields: object): Partial<JobRequest> => ({
  resources: { tasks: 1, cpusPerTask: 1, ...fields },
});

const CASES: readonly Case[] = [
  { command: submit({ queue: queueName('no') }), refusal: { code: 'noSuchQueue', queue: 'no' } },
  {
    command: submit(),
    refusal: { code: 'queueClosed', queue: 'normal' },
    prepare: (world) => queueOf(world, { open: false }),
  },
  {
    command: submit(),
    refusal: { code: 'userNotAllowed', why: 'root' },
    policy: { minimumUid: 1000 },
    by: ROOT,
  },
  {
    command: submit(),
    refusal: { code: 'userNotAllowed', why: 'uidTooLow' },
    policy: { minimumUid: 5000 },
  },
  {
    command: submit({}, { ...EMPTY, script: LARGE }),
    refusal: { code: 'tooLarge', what: 'script', maximumBytes: 10 },
    policy: { maxScriptBytes: 10 },
  },
  {
    command: submit({}, { ...EMPTY, environment: LARGE }),
    refusal: { code: 'tooLarge', what: 'environment', maximumBytes: 10 },
    policy: { maxEnvironmentBytes: 10 },
  },
  {
    command: submit(),
    refusal: { code: 'tooManyJobs', maximum: 1 },
    policy: { maxJobs: 1 },
    prepare: (world) => world.submit(),
  },
  {
    command: submit(),
    refusal: { code: 'jobIdsExhausted' },
    prepare: (world) => {
      world.state.nextJobId = JOB_ID_MAX + 1;
    },
  },
  {
    command: submit({ limits: { wallTimeMs: 60_001 } }),
    refusal: { code: 'wallTimeTooLong', queue: 'normal', maximumMs: 60_000 },
    prepare: (world) => queueOf(world, { maxWallTimeMs: 60_000 }),
  },
  { command: submit(resources({ tasks: 0 })), refusal: { code: 'invalidResources', why: 'tasks' } },
  {
    command: submit(resources({ cpusPerTask: 0 })),
    refusal: { code: 'invalidResources', why: 'cpus' },
  },
  {
    command: submit(resources({ nodes: { min: 3, max: 2 } })),
    refusal: { code: 'invalidResources', why: 'nodes' },
  },
  { command: submit({ array: { indices: [] } }), refusal: { code: 'emptyArray' } },
  {
    command: submit({ array: { indices: indexRange(0, 10) } }),
    refusal: { code: 'arrayTooLarge', maximum: 10 },
    policy: { maxArraySize: 10 },
  },
  {
    command: submit({ array: { indices: indexSetOf([1, 10]) } }),
    refusal: { code: 'arrayTooLarge', maximum: 10 },
    policy: { maxArraySize: 10 },
  },
  {
    command: submit({ dependency: { kind: 'condition', job: jobId(1), when: 'ended' } }),
    refusal: { code: 'noSuchDependency', job: 1 },
  },
  {
    command: { kind: 'deregisterDefinition', name: 'a', revision: 2 },
    refusal: { code: 'noSuchDefinition', definition: 'a:2' },
    prepare: (world) => world.wish({ kind: 'registerDefinition', name: 'a', properties: {} }),
  },
  {
    command: { kind: 'registerDefinition', name: 'a', properties: {} },
    refusal: { code: 'definitionNotOwned', definition: 'a' },
    by: BOB,
    prepare: (world) => world.wish({ kind: 'registerDefinition', name: 'a', properties: {} }),
  },
  {
    command: { kind: 'deregisterDefinition', name: 'a', revision: 1 },
    refusal: { code: 'definitionNotOwned', definition: 'a' },
    by: BOB,
    prepare: (world) => world.wish({ kind: 'registerDefinition', name: 'a', properties: {} }),
  },
  {
    command: { kind: 'deleteKey', accessKeyId: 'K' },
    refusal: { code: 'noSuchKey', accessKeyId: 'K' },
  },
  {
    command: { kind: 'cancelJobs', selection: {}, plan: { signals: [] } },
    refusal: { code: 'noMatchingJob' },
  },
];

describe('a wish that is not granted', () => {
  it.each(CASES)('$refusal', ({ command, refusal, policy = {}, by = ALICE, prepare }) => {
    const world = new CoreWorld(policy);
    prepare?.(world);
    const before = world.events.length;
    expect(world.wish(command, by)).toEqual({ kind: 'refused', refusal });
    expect(world.events.length).toBe(before);
  });
});

describe('a granted submission', () => {
  it('is answered with the first job when it is repeated, for each user apart', () => {
    const world = new CoreWorld();
    const again = { ...submit(), kind: 'submitJob' } as Command & { kind: 'submitJob' };
    const command = { ...again, submission: { ...again.submission, requestId: 'r1' } };
    expect(world.wish(command)).toMatchObject({ job: 1, repeated: false });
    expect(world.wish(command)).toMatchObject({ job: 1, repeated: true });
    expect(world.wish(command, BOB)).toMatchObject({ job: 2, repeated: false });
    expect(world.events).toHaveLength(2);
  });

  it.each([9, 10])('may use the highest index below the limit: %i of 10', (last) => {
    const world = new CoreWorld({ maxArraySize: 10 });
    const result = world.wish(submit({ array: { indices: indexRange(last, last) } }));
    expect(result.kind).toBe(last < 10 ? 'submitted' : 'refused');
  });

  it('keeps its bytes only where the specification is new', () => {
    const world = new CoreWorld();
    world.submit();
    expect(world.events[0]).toMatchObject({ kind: 'jobSubmitted', content: EMPTY });
  });
});
