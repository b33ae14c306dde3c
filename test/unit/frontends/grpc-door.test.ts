// The gRPC door on TCP and on a unix socket, with a real client and a scripted gateway behind it.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { GrpcDoor } from '../../../src/frontends/grpc/door.ts';
import type { JobStates, SubmitBatchReply } from '../../../src/frontends/grpc/messages.ts';
import { GRPC_DOOR_DEFAULTS } from '../../../src/frontends/grpc/settings.ts';
import { jobId } from '../../../src/model/ids.ts';
import { keyOf } from '../../support/batch-door.ts';
import { FakeGateway, identityOf } from '../../support/fake-gateway.ts';
import { type Asked, type BatchMessage, JobsClient } from '../../support/jobs-client.ts';

const TRUE: Asked = { name: 'n', arguments: [Buffer.from('true')] };
const gateway = new FakeGateway();
const keys = new Map([keyOf('alice'), keyOf('bob')].map((key) => [key.accessKeyId, key]));
let directory: string;
let door: GrpcDoor;
let alice: JobsClient;
let local: JobsClient;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spillway-grpc-'));
  const socketPath = path.join(directory, 'jobs.sock');
  door = new GrpcDoor(
    { ...GRPC_DOOR_DEFAULTS, socketPath },
    {
      gateway,
      keyOf: (id) => keys.get(id),
      identify: ({ user, uid }) => Promise.resolve(identityOf(user, uid)),
      identifyPeer: ({ uid }) => Promise.resolve(identityOf('peer', uid)),
      clock: systemClock(),
      log: silentLogger,
    },
  );
  await door.start();
  alice = new JobsClient(`127.0.0.1:${door.port}`, keyOf('alice'));
  local = new JobsClient(`unix:${socketPath}`);
});

afterAll(async () => {
  alice.close();
  local.close();
  await door.stop();
  await rm(directory, { recursive: true });
});

/** Sends the messages and ends the stream; the replies, or the error that ended it. */
async function exchange(client: JobsClient, messages: readonly BatchMessage[]) {
  const replies: SubmitBatchReply[] = [];
  const stream = client.batch();
  stream.on('data', (reply: SubmitBatchReply) => replies.push(reply));
  const ended = once(stream, 'end').then(
    () => undefined,
    (error: Error & { code: status; details: string }) => error,
  );
  for (const message of messages) stream.write(message);
  stream.end();
  return { replies, error: await ended };
}

test('a signed submission is its owner’s job, in the shape of the model', async () => {
  const { job } = await alice.submit({
    ...TRUE,
    arguments: [Buffer.from('/bin/echo'), Buffer.from([0xff, 0x20])],
    environment: [Buffer.from('A=b=c'), Buffer.from('B=')],
    cpusPerTask: 2,
    memoryMib: 64,
    wallTimeMs: 5000,
    array: { first: 1, last: 9, step: 2, limit: 3 },
    afterSuccess: [7],
  });
  const { command, by } = gateway.received.at(-1) ?? {};
  expect(by?.user).toBe('alice');
  expect(command).toMatchObject({
    kind: 'submitJob',
    submission: {
      defaultQueue: true,
      request: {
        dialect: 'grpc',
        launch: 'exec',
        arguments: ['/bin/echo', '\xff '],
        resources: { tasks: 1, cpusPerTask: 2, memoryMibPerNode: 64 },
        limits: { wallTimeMs: 5000, memoryMib: 64 },
        array: { indices: [{ first: 1, count: 5, step: 2 }], limit: 3 },
        dependency: { kind: 'all', of: [{ kind: 'condition', job: 7, when: 'succeeded' }] },
        workingDirectory: '/home/alice',
      },
    },
  });
  const submission = command?.kind === 'submitJob' ? command.submission : undefined;
  expect(Buffer.from(submission?.content.environment ?? []).toString()).toBe('A=b=c\0B=\0');
  expect((await alice.get([job, 999_999])).jobs).toMatchObject([
    { job, state: 0, size: 5, user: 'alice' },
  ]);
});

test('a call is refused without a signature, with a wrong one, an old one and a deleted key', async () => {
  const address = `127.0.0.1:${door.port}`;
  const good = keyOf('alice');
  const wrong = [
    undefined,
    { ...good, secretAccessKey: 'guessed' },
    { ...good, accessKeyId: 'SPWYNOBODY' },
    { ...good, skewMs: -301_000 },
    { ...good, skewMs: 301_000 },
  ];
  for (const key of wrong) {
    const client = new JobsClient(address, key);
    await expect(client.submit(TRUE)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    const { error } = await exchange(client, [{ specs: [{ handle: 1, spec: TRUE }], jobs: [1] }]);
    expect(error?.code).toBe(status.UNAUTHENTICATED);
    client.close();
  }
  const bob = new JobsClient(address, keyOf('bob'));
  await bob.submit(TRUE);
  keys.delete('SPWYBOB');
  await expect(bob.submit(TRUE)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  bob.close();
});

test('the kernel names the caller on the unix socket, whatever the metadata says', async () => {
  await local.submit(TRUE);
  expect(gateway.received.at(-1)?.by.uid).toBe(process.geteuid?.());
});

test('a message of a stream is one call of the engine, and its jobs share one request', async () => {
  gateway.batches.length = 0;
  gateway.received.length = 0;
  const jobs = new Array<number>(100).fill(4);
  const { replies, error } = await exchange(local, [
    { specs: [{ handle: 4, spec: TRUE }], jobs },
    { jobs },
    { jobs: [] },
  ]);
  expect(error).toBeUndefined();
  expect(gateway.batches).toEqual([100, 100, 0]);
  expect(replies.map((reply) => reply.jobs.length)).toEqual([100, 100, 0]);
  expect(new Set(replies.flatMap((reply) => reply.jobs)).size).toBe(200);
  expect(new Set(gateway.received.map(({ command }) => command)).size).toBe(1);
});

test('a message repeated with its request id answers with the same jobs, and only to the same user', async () => {
  const message = { specs: [{ handle: 1, spec: TRUE }], jobs: [1, 1, 1], requestId: 'again' };
  const first = await exchange(local, [message]);
  const second = await exchange(local, [message]);
  const other = await exchange(alice, [message]);
  expect(second.replies[0]?.jobs).toEqual(first.replies[0]?.jobs);
  expect(new Set(first.replies[0]?.jobs).size).toBe(3);
  const others = other.replies[0]?.jobs ?? [];
  expect(others.some((job) => first.replies[0]?.jobs.includes(job))).toBe(false);
});

test('a client is held back while many of its jobs are being decided', async () => {
  const decide = gateway.commands;
  let taken = 0;
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  gateway.commands = async (commands, by) => {
    taken += commands.length;
    await gate;
    return decide.call(gateway, commands, by);
  };
  try {
    const jobs = new Array<number>(10_000).fill(1);
    const messages = Array.from({ length: 8 }, (_, at) =>
      at === 0 ? { specs: [{ handle: 1, spec: TRUE }], jobs } : { jobs },
    );
    const exchanged = exchange(alice, messages);
    await expect.poll(() => taken).toBeGreaterThanOrEqual(20_000);
    // Later calls of the same connection are answered, so what was sent before has arrived.
    for (let i = 0; i < 5; i++) await alice.get([1]);
    expect(taken).toBeLessThanOrEqual(30_000);
    goOn();
    const { replies, error } = await exchanged;
    expect(error).toBeUndefined();
    expect(replies.map((reply) => reply.jobs.length)).toEqual(new Array(8).fill(10_000));
  } finally {
    goOn();
    gateway.commands = decide;
  }
});

test('a refused job has its place and its word, and the rest is accepted', async () => {
  gateway.refusals.push({ code: 'noSuchQueue', queue: 'q' });
  const { replies } = await exchange(local, [{ specs: [{ handle: 1, spec: TRUE }], jobs: [1, 1] }]);
  expect(replies[0]?.jobs[0]).toBe(0);
  expect(replies[0]?.jobs[1]).toBeGreaterThan(0);
  expect(replies[0]?.refused).toMatchObject([
    { position: 0, code: 'noSuchQueue', message: 'noSuchQueue {"queue":"q"}' },
  ]);
  gateway.refusals.push({ code: 'busy' });
  await expect(local.submit(TRUE)).rejects.toMatchObject({ code: status.UNAVAILABLE });
});

test('what is wrong ends the stream behind the replies before it', async () => {
  const specs = [{ handle: 1, spec: TRUE }];
  const cases: [BatchMessage, status][] = [
    [{ jobs: [2] }, status.INVALID_ARGUMENT],
    [{ specs: [{ handle: 2, spec: {} }] }, status.INVALID_ARGUMENT],
    [
      { specs: [{ handle: 2, spec: { arguments: [Buffer.from('a\0b')] } }] },
      status.INVALID_ARGUMENT,
    ],
    [
      { specs: [{ handle: 2, spec: { ...TRUE, environment: [Buffer.from('=x')] } }] },
      status.INVALID_ARGUMENT,
    ],
    [{ jobs: new Array<number>(10_001).fill(1) }, status.INVALID_ARGUMENT],
    [{ jobs: [1], requestId: 'x'.repeat(129) }, status.INVALID_ARGUMENT],
  ];
  for (const [message, code] of cases) {
    const { replies, error } = await exchange(local, [
      { specs, jobs: [1] },
      message,
      { jobs: [1] },
    ]);
    expect(replies).toHaveLength(1);
    expect(error?.code).toBe(code);
  }
});

test('a message of 5 MB is refused with RESOURCE_EXHAUSTED, and others are served', async () => {
  const spec = { ...TRUE, script: Buffer.alloc(5 * 1024 * 1024, 'x') };
  await expect(local.submit(spec)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  const { error } = await exchange(local, [{ specs: [{ handle: 1, spec }] }]);
  expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
  await expect(local.submit(TRUE)).resolves.toMatchObject({});
});

test('a watch shows every job now, then its changes, and ends with the last job', async () => {
  const { job } = await local.submit(TRUE);
  const seen: [number, number][] = [];
  const stream = local.watch([job, 888_888]);
  stream.on('data', ({ jobs }: JobStates) => {
    for (const each of jobs) {
      seen.push([each.job, each.state]);
      if (each.state === 0)
        gateway.change(jobId(job), { ...gateway.view(job), state: 'running', attempt: 1 });
      if (each.state === 2) {
        gateway.change(jobId(job), {
          ...gateway.view(job),
          state: 'finished',
          endedAt: instant(5),
          outcome: { kind: 'exited', exitCode: 3, signal: 0 },
        });
      }
    }
  });
  await once(stream, 'end');
  expect(seen).toEqual([
    [job, 0],
    [job, 2],
    [job, 4],
  ]);
  expect((await local.get([job])).jobs).toMatchObject([
    { outcome: 'exited', exitCode: 3, success: false },
  ]);
});

test('clients that reset their streams are borne, and others are served', async () => {
  // More than the streams of one connection: grpc-js's own client then waits for ever, alone.
  const hasty = new JobsClient(`unix:${path.join(directory, 'jobs.sock')}`);
  for (let i = 0; i < 100; i++) {
    const stream = hasty.batch();
    stream.on('error', () => undefined);
    stream.write({ specs: [{ handle: 1, spec: TRUE }], jobs: [1] });
    stream.cancel();
    const watch = hasty.watch([]);
    watch.on('error', () => undefined);
    watch.cancel();
  }
  await expect(local.submit(TRUE)).resolves.toMatchObject({});
  hasty.close();
});
