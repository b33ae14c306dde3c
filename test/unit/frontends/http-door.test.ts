// The HTTP door under requests that no SDK sends, over raw sockets, and what it does with repeats.

import { connect, type Socket } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sha256 } from '../../../src/frontends/auth/sha256.ts';
import { keyOf, type RunningDoor, startBatchDoor } from '../../support/batch-door.ts';

let running: RunningDoor;
beforeAll(async () => {
  running = await startBatchDoor({
    headersLimitMs: 500,
    requestLimitMs: 1000,
    maxBodyBytes: 100_000,
  });
});
afterAll(async () => {
  await running.stop();
});

/** Everything that comes back until the door closes the connection. */
function raw(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(running.door.port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(answer);
      else reject(error);
    });
  });
}

async function post(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const { accessKeyId, secretAccessKey } = keyOf('alice');
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region: 'us-east-1',
    service: 'batch',
    sha256: Sha256,
  });
  const { host, hostname } = new URL(running.url);
  const signed = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    path,
    query: {},
    headers: { host, 'content-type': 'application/json' },
    body,
  });
  const { host: _host, ...sent } = signed.headers;
  const response = await fetch(running.url + path, {
    method: 'POST',
    headers: { ...sent, ...headers },
    body,
  });
  const type = response.headers.get('x-amzn-errortype');
  return {
    status: response.status,
    type,
    json: (await response.json()) as Record<string, unknown>,
  };
}

const SUBMIT = JSON.stringify({ jobName: 'j', jobQueue: 'normal', jobDefinition: 'd' });
const DEFINE = JSON.stringify({
  jobDefinitionName: 'd',
  type: 'container',
  containerProperties: { image: 'i', vcpus: 1, memory: 16, command: ['true'] },
});

test('health and metrics answer without credentials, everything else does not', async () => {
  const healthz = await fetch(`${running.url}/healthz`);
  expect([healthz.status, await healthz.json()]).toEqual([200, { status: 'ok' }]);
  expect(await (await fetch(`${running.url}/metrics`)).text()).toBe('up 1\n');
  for (const path of ['/', '/nothing', '/healthz/x', '/METRICS2']) {
    const response = await fetch(running.url + path);
    expect(response.status).toBe(404);
    expect(await response.json()).toHaveProperty('message');
  }
  const unsigned = await fetch(`${running.url}/v1/listjobs`, { method: 'POST', body: '{}' });
  expect([unsigned.status, unsigned.headers.get('x-amzn-errortype')]).toEqual([
    403,
    'MissingAuthenticationTokenException',
  ]);
  expect(await post('/v1/nosuchoperation', '{}')).toMatchObject({
    status: 404,
    type: 'UnknownOperationException',
  });
});

test('a repeat with the same request id answers with the same job, by each kind of id and for each key', async () => {
  await post('/v1/registerjobdefinition', DEFINE);
  const submit = async (headers: Record<string, string>) =>
    (await post('/v1/submitjob', SUBMIT, headers)).json['jobId'];
  const sdk = { 'amz-sdk-invocation-id': 'aaaa' };
  const first = await submit(sdk);
  expect(await submit(sdk)).toBe(first);
  const ours = await submit({ ...sdk, 'x-spillway-request-id': 'mine' });
  expect(ours).not.toBe(first);
  expect(await submit({ 'x-spillway-request-id': 'mine' })).toBe(ours);
  expect(new Set([await submit({}), await submit({}), first, ours]).size).toBe(4);
  const bob = running.client('SPWYBOB');
  bob.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-spillway-request-id'] =
        'mine';
      return next(args);
    },
    { step: 'build' },
  );
  const { SubmitJobCommand } = await import('@aws-sdk/client-batch');
  const { jobId } = await bob.send(
    new SubmitJobCommand({ jobName: 'j', jobQueue: 'normal', jobDefinition: 'd' }),
  );
  expect(jobId).not.toBe(ours);
  expect(
    await post('/v1/submitjob', SUBMIT, { 'x-spillway-request-id': 'x'.repeat(129) }),
  ).toMatchObject({
    status: 400,
    type: 'ClientException',
  });
});

test('a body that is no JSON object in UTF-8 is refused with 400', async () => {
  const cases: [string | Buffer, string][] = [
    ['{', 'SerializationException'],
    ['nul', 'SerializationException'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'SerializationException'],
    ['[]', 'ClientException'],
    ['null', 'ClientException'],
    ['"x"', 'ClientException'],
    [`{"jobs":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, 'ClientException'],
    ['{"__proto__":{"jobs":["x"]}}', 'ClientException'],
    ['{"jobs":["x"],"constructor":1}', 'ClientException'],
  ];
  for (const [body, type] of cases)
    expect(await post('/v1/describejobs', body)).toMatchObject({ status: 400, type });
  expect(await post('/v1/listjobs', '')).toMatchObject({ status: 400, type: 'ClientException' });
});

test('what is no HTTP, or tries to be two requests at once, is closed with JSON', async () => {
  const cases: [string, RegExp][] = [
    ['hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [`GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    [
      'GET http://127.0.0.1/v1/listjobs HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      /^HTTP\/1\.1 404 /,
    ],
    [
      'POST /v1/listjobs HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999999\r\n\r\n',
      /^HTTP\/1\.1 413 /,
    ],
    [
      'POST /v1/listjobs HTTP/1.1\r\nhost: x\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\n',
      /^HTTP\/1\.1 415 /,
    ],
    [
      `POST /v1/listjobs HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n30d40\r\n${'z'.repeat(200_000)}\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 413 /,
    ],
  ];
  for (const [bytes, first] of cases) {
    const answer = await raw(bytes);
    expect(answer).toMatch(first);
    expect(answer).toContain('{"message":');
  }
});

test('silent and slow connections are closed, while others are served', async () => {
  const sockets: Socket[] = [];
  const closed: Promise<unknown>[] = [];
  for (let i = 0; i < 300; i++) {
    const socket = connect(running.door.port, '127.0.0.1');
    socket.on('error', () => undefined);
    closed.push(new Promise((resolve) => socket.once('close', resolve)));
    socket.resume();
    if (i % 3 === 1) socket.write('POST /v1/listjobs HTTP/1.1\r\nhost: x\r\n');
    if (i % 3 === 2)
      socket.write('POST /v1/listjobs HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nslow');
    sockets.push(socket);
  }
  expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  await Promise.all(closed);
  expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
}, 15_000);
