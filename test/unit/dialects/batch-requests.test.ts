// Every member of every operation under values that no client should send: the answer is always one
// of ours, never an exception, and what reaches the engine never holds a NUL where none may be.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/dialects/batch/operations.ts';
import type { Members } from '../../../src/dialects/batch/shape.ts';
import { call } from '../../dialect/batch/situations.ts';
import { SITUATIONS } from '../../dialect/batch/situations.ts';
import type { FakeGateway } from '../../support/fake-gateway.ts';

const CONTAINER = { image: 'i', command: ['true'], vcpus: 1, memory: 64 };
const ID = '01234567-89ab-8cde-8f00-000000000013';

/** Requests that succeed, for the fuzz to change one thing in. */
const GOOD: Readonly<Record<string, Record<string, unknown>>> = {
  RegisterJobDefinition: {
    jobDefinitionName: 'd',
    type: 'container',
    containerProperties: CONTAINER,
  },
  SubmitJob: {
    jobName: 'j',
    jobQueue: 'normal',
    jobDefinition: 'hello',
    arrayProperties: { size: 3 },
  },
  DeregisterJobDefinition: { jobDefinition: 'hello:1' },
  DescribeJobs: { jobs: [ID] },
  ListJobs: { jobQueue: 'normal' },
  CancelJob: { jobId: ID, reason: 'r' },
  TerminateJob: { jobId: ID, reason: 'r' },
  ListTagsForResource: { resourceArn: `arn:aws:batch:r:0:job/${ID}` },
};

const ODD = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    '\0',
    'a\0b',
    '\n\x1b[2J',
    '\ud800',
    '../../etc',
    "x' or 1=1--",
    '%',
    '*',
    'Ref::',
    'a=b',
    '9'.repeat(400),
    'x'.repeat(40_000),
    -1,
    0,
    1.5,
    2 ** 53,
    1e308,
    true,
    null,
    [],
    {},
    [[]],
    [null],
    { '': '' },
    [''],
    JSON.parse('{"__proto__":"x","constructor":"y","toString":"z"}'),
    [{ name: 'A\0', value: 'x' }],
    [{ jobId: `${ID}:99999`, type: 'N_TO_N' }],
    [{ type: 'SEQUENTIAL' }],
    [{ name: 'JOB_NAME', values: [] }],
    [{ name: 'BEFORE_CREATED_AT', values: ['1e999'] }],
  ),
  fc.jsonValue({ maxDepth: 4 }),
  fc.string({ unit: 'binary' }),
);

async function answered(gateway: FakeGateway, name: string, request: unknown) {
  const reply = (await call(gateway, name, request)) as {
    kind: string;
    status?: number;
    message?: string;
  };
  if (reply.kind === 'ok') return reply;
  expect([400, 403]).toContain(reply.status);
  expect(reply.message).toBeTruthy();
  return reply;
}

test('the requests that the fuzz begins with succeed', async () => {
  for (const [name, request] of Object.entries(GOOD)) {
    const gateway = await SITUATIONS['busy']?.();
    expect(await answered(gateway as FakeGateway, name, request), name).toMatchObject({
      kind: 'ok',
    });
  }
});

test('one odd value anywhere is answered in words', async () => {
  const gateway = (await SITUATIONS['busy']?.()) as FakeGateway;
  for (const { name, members } of OPERATIONS.filter((row) => row.start !== undefined)) {
    for (const path of pathsOf(members)) {
      await fc.assert(
        fc.asyncProperty(ODD, async (value) => {
          await answered(gateway, name, placed(GOOD[name] ?? {}, path, value));
        }),
        { numRuns: 25 },
      );
    }
  }
  for (const { command } of gateway.received) {
    if (command.kind !== 'submitJob') continue;
    const { request } = command.submission;
    expect([request.name, request.queue, ...request.arguments].join('')).not.toContain('\0');
  }
}, 60_000);

test('any JSON at all is answered in words', async () => {
  const gateway = (await SITUATIONS['defined']?.()) as FakeGateway;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...OPERATIONS.map(({ name }) => name)),
      ODD,
      async (name, body) => {
        await answered(gateway, name, body);
      },
    ),
    { numRuns: 500 },
  );
});

/** Every member as the names that lead to it; a list is entered by its first entry. */
function pathsOf(members: Members): string[][] {
  return Object.entries(members).flatMap(([name, { shape }]) => [
    [name],
    ...pathsOf(shape.members ?? {}).map((path) => [name, ...path]),
  ]);
}

const LISTS = ['environment', 'resourceRequirements', 'evaluateOnExit', 'dependsOn', 'filters'];

function placed(
  request: Record<string, unknown>,
  [name = '', ...rest]: string[],
  value: unknown,
): object {
  if (rest.length === 0) return { ...request, [name]: value };
  const inner = (request[name] ?? {}) as Record<string, unknown>;
  const changed = placed(inner, rest, value);
  return { ...request, [name]: LISTS.includes(name) ? [changed] : changed };
}
