// What the gateway knows before a case begins, by name.

import { instant } from '../../../src/base/brand.ts';
import { jobId, nodeName } from '../../../src/model/ids.ts';
import { type Outcome } from '../../../src/model/outcome.ts';
import type { JobView } from '../../../src/model/view.ts';
import type { Exchange } from '../../../src/dialects/batch/call.ts';
import { type BatchCall, BATCH_DEFAULTS } from '../../../src/dialects/batch/call.ts';
import { OPERATIONS, perform } from '../../../src/dialects/batch/operations.ts';
import { FAKE_SITE, FakeGateway, identityOf } from '../../support/fake-gateway.ts';

export const ALICE = identityOf('alice', 1001);
export const BOB = identityOf('bob', 1002);

/** Calls an operation as the door would. */
export async function call(gateway: FakeGateway, name: string, body: unknown, identity = ALICE) {
  const row = OPERATIONS.find((each) => each.name === name);
  if (row === undefined) throw new Error(`no operation ${name}`);
  const context: BatchCall = {
    identity,
    region: 'us-east-1',
    now: gateway.now,
    site: FAKE_SITE,
    settings: BATCH_DEFAULTS,
  };
  const exchange: Exchange = perform(row, body, context);
  let next = exchange.next();
  while (next.done !== true) {
    const step = next.value;
    if (step.kind === 'command')
      next = exchange.next(await gateway.command(step.command, identity));
    else if (step.kind === 'query') next = exchange.next(await gateway.query(step.query, identity));
    else throw new Error(`a Batch operation asked for ${step.kind}`);
  }
  // As the wire has it: without members that are undefined.
  return JSON.parse(JSON.stringify(next.value)) as unknown;
}

const CONTAINER = {
  image: 'busybox',
  command: ['echo', 'Ref::in', 'Ref::input'],
  vcpus: 1,
  memory: 128,
};

async function defined(): Promise<FakeGateway> {
  const gateway = new FakeGateway();
  await call(gateway, 'RegisterJobDefinition', {
    jobDefinitionName: 'hello',
    type: 'container',
    containerProperties: {
      ...CONTAINER,
      environment: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    },
    parameters: { in: 'short', input: 'long' },
    retryStrategy: { attempts: 2 },
    timeout: { attemptDurationSeconds: 120 },
    tags: { team: 'blue' },
    propagateTags: true,
  });
  await call(
    gateway,
    'RegisterJobDefinition',
    { jobDefinitionName: 'bobs', type: 'container', containerProperties: CONTAINER },
    BOB,
  );
  return gateway;
}

const CANCELLED = { kind: 'cancelled', by: 'owner', uid: 1001, exitCode: 0, signal: 15 } as const;

/**
 * Jobs 1 to 9, one for each way of ending; 10 bob's, not launched; 11 waits; 12 runs; 13 an array;
 * 14 and 15 of other dialects; 16 a cancelled array; 17 one
 * that ended.
 */
async function busy(): Promise<FakeGateway> {
  const gateway = await defined();
  const submit = (name: string, more: object = {}, by = ALICE) =>
    call(
      gateway,
      'SubmitJob',
      { jobName: name, jobQueue: 'normal', jobDefinition: 'hello', ...more },
      by,
    );
  const outcomes: readonly Outcome[] = [
    { kind: 'exited', exitCode: 0, signal: 0 },
    { kind: 'exited', exitCode: 7, signal: 0 },
    { kind: 'exited', exitCode: 0, signal: 11 },
    { ...CANCELLED, why: 'no longer needed' },
    { kind: 'timedOut', exitCode: 0, signal: 15 },
    { kind: 'outOfMemory', exitCode: 0, signal: 9 },
    { kind: 'nodeFailed', node: 'n1' },
    { kind: 'launchFailed', why: 'exec', errno: 2, path: 'nothing' },
    { kind: 'neverStarted', why: 'dependency' },
  ];
  for (const [i, outcome] of outcomes.entries()) {
    await submit(outcome.kind);
    const view = gateway.view(i + 1);
    gateway.change(
      view.id,
      outcome.kind === 'neverStarted' ? unstarted(view, outcome) : ended(view, outcome),
    );
  }
  await submit('of-bob', {}, BOB);
  gateway.change(
    jobId(10),
    ended(gateway.view(10), { kind: 'launchFailed', why: 'exec', errno: 2, path: 'secret' }),
  );
  await submit('waits', { dependsOn: [{ jobId: '01234567-89ab-8cde-8f00-000000000010' }] });
  await submit('runs');
  gateway.change(jobId(12), started(gateway.view(12)));
  await submit('array', { arrayProperties: { size: 4 } });
  const parent = gateway.view(13);
  const array = { size: 4, pending: 2, running: 1, succeeded: 1, failed: 0 };
  const { waiting: _waiting, ...child } = { ...parent, array };
  gateway.change(
    jobId(13),
    { ...parent, array, waiting: [{ first: 2, count: 2, step: 1 }] },
    { ...ended(child, { kind: 'exited', exitCode: 0, signal: 0 }), id: jobId(21), element: 0 },
    { ...started(child), id: jobId(22), element: 1 },
  );
  const { array: counted, ...cancelled } = gateway.view(13);
  gateway.change(jobId(16), {
    ...unstarted(cancelled, { ...CANCELLED, why: 'all of it' }),
    id: jobId(16),
    base: jobId(16),
    ...(counted === undefined ? {} : { array: { ...counted, running: 0 } }),
  });
  const all = { size: 2, pending: 0, running: 0, succeeded: 1, failed: 1 };
  for (const [element, exitCode] of [0, 5].entries()) {
    const view = {
      ...ended(child, { kind: 'exited', exitCode, signal: 0 }),
      id: jobId(30 + element),
    };
    const others = gateway.jobs.get(jobId(17)) ?? [];
    gateway.change(jobId(17), ...others, { ...view, base: jobId(17), element, array: all });
  }
  for (const [id, dialect] of [
    [14, 'slurm'],
    [15, 'lsf'],
  ] as const) {
    const { extras: _extras, ...request } = parent.request;
    const { array: _array, waiting: _rest, ...view } = parent;
    gateway.change(jobId(id), {
      ...started(view),
      id: jobId(id),
      base: jobId(id),
      request: {
        ...request,
        dialect,
        name: 'n\xc3\xa4me',
        launch: 'script',
        command: 'run.sh',
        arguments: ['a'],
      },
    });
  }
  return gateway;
}

function started(view: JobView): JobView {
  return {
    ...view,
    state: 'running',
    attempt: 1,
    startedAt: instant(view.submittedAt + 1000),
    allocation: [{ node: nodeName('n1'), cpus: 1, memoryMib: 128, tasks: 1 }],
  };
}

function ended(view: JobView, outcome: Outcome): JobView {
  return {
    ...started(view),
    state: 'finished',
    endedAt: instant(view.submittedAt + 3000),
    outcome,
    usage: { userCpuMs: 1, systemCpuMs: 1, maxMemoryKib: 1024 },
  };
}

function unstarted(view: JobView, outcome: Outcome): JobView {
  return { ...view, state: 'finished', endedAt: instant(view.submittedAt + 3000), outcome };
}

export const SITUATIONS: Readonly<Record<string, () => Promise<FakeGateway>>> = {
  empty: () => Promise.resolve(new FakeGateway()),
  defined,
  busy,
};
