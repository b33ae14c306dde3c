// Output of a Batch job, read through the API while it runs and after its attempt is forgotten.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  BatchClient,
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
} from '@aws-sdk/client-batch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Endpoints } from '../../src/daemon/endpoints.ts';
import { signedHeaders } from '../../src/frontends/auth/sign-request.ts';
import { TestGateway } from '../support/test-gateway.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../dist/bin/spillway.js');
const region = 'us-east-1';

interface Events {
  readonly events: readonly { readonly message: string; readonly timestamp: number }[];
  readonly nextForwardToken: string;
  readonly nextBackwardToken: string;
}

let gateway: TestGateway;
let credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
let http: string;
let client: BatchClient;

beforeAll(async () => {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  gateway = await TestGateway.start();
  const env = { PATH: process.env['PATH'], SPILLWAY_SOCKET: gateway.socket };
  const words = [PROGRAM, 'keys', 'create', '--json'];
  credentials = JSON.parse(execFileSync(process.execPath, words, { env, encoding: 'utf8' }));
  const endpoints = fs.readFileSync(path.join(gateway.state, 'endpoints.json'), 'utf8');
  ({ http } = JSON.parse(endpoints) as Endpoints);
  client = new BatchClient({ endpoint: http, region, credentials });
});
afterAll(async () => {
  client.destroy();
  await gateway.close();
});

/** A call of the logs' API; the body of the answer. */
async function logs<T>(operation: string, asked: object): Promise<T> {
  const url = new URL('/', http);
  const body = JSON.stringify({ logGroupName: '/aws/batch/job', ...asked });
  const target = { 'x-amz-target': `Logs_20140328.${operation}` };
  const headers = await signedHeaders({ url, body, region, headers: target }, credentials);
  const answer = await fetch(url, { method: 'POST', body, headers });
  return (await answer.json()) as T;
}

async function submit(script: string): Promise<string> {
  const containerProperties = {
    image: 'busybox',
    command: ['sh', '-c', script],
    resourceRequirements: [
      { type: 'VCPU' as const, value: '1' },
      { type: 'MEMORY' as const, value: '16' },
    ],
  };
  const jobDefinitionName = 'talker';
  const definition = { jobDefinitionName, type: 'container' as const, containerProperties };
  await client.send(new RegisterJobDefinitionCommand(definition));
  const job = { jobName: 'j', jobQueue: 'normal', jobDefinition: jobDefinitionName };
  return (await client.send(new SubmitJobCommand(job))).jobId ?? '';
}

async function described(id: string) {
  return (await client.send(new DescribeJobsCommand({ jobs: [id] }))).jobs?.[0];
}

test('the output of a job can be followed while it runs, and read when it is over', async () => {
  const go = path.join(gateway.work, 'go');
  const id = await submit(
    `echo one; echo two; while [ ! -e ${go} ]; do sleep 0.05; done; echo end`,
  );
  await gateway.until(async () => (await described(id))?.status === 'RUNNING');
  const logStreamName = (await described(id))?.container?.logStreamName ?? '';
  expect(logStreamName).toMatch(/^talker\/default\/\d+\.1$/);
  const read = (more: object) => logs<Events>('GetLogEvents', { logStreamName, ...more });
  const messages = ({ events }: Events) => events.map(({ message }) => message);
  await gateway.until(async () => messages(await read({})).length === 2);
  const first = await read({ startFromHead: true });
  expect(messages(first)).toEqual(['one', 'two']);
  fs.writeFileSync(go, '');
  await gateway.until(async () => (await described(id))?.status === 'SUCCEEDED');
  const kept = path.join(gateway.state, 'logs', `${logStreamName.split('/').at(-1)}.log`);
  await gateway.until(() => fs.existsSync(kept));
  expect(fs.statSync(kept).mode & 0o777).toBe(0o600);
  expect(fs.readFileSync(kept, 'utf8')).toBe('one\ntwo\nend\n');
  const rest = await read({ nextToken: first.nextForwardToken });
  expect(messages(rest)).toEqual(['end']);
  const over = await read({ nextToken: rest.nextForwardToken });
  expect(over).toMatchObject({ events: [], nextForwardToken: rest.nextForwardToken });
  expect(messages(await read({ limit: 1 }))).toEqual(['end']);
  expect(messages(await read({ nextToken: rest.nextBackwardToken }))).toEqual(['one', 'two']);
  const streams = await logs<{ logStreams: readonly { logStreamName: string }[] }>(
    'DescribeLogStreams',
    { logStreamNamePrefix: 'talker/' },
  );
  expect(streams.logStreams.map((stream) => stream.logStreamName)).toEqual([logStreamName]);
});

test('what is no stream of ours is not found, and a link is not followed', async () => {
  const ask = (logStreamName: string) => logs('GetLogEvents', { logStreamName });
  expect(await ask('x/default/999.1')).toMatchObject({ __type: 'ResourceNotFoundException' });
  expect(await ask('../../etc/passwd')).toMatchObject({ __type: 'ResourceNotFoundException' });
  const id = await submit('echo secret');
  await gateway.until(async () => (await described(id))?.status === 'SUCCEEDED');
  const logStreamName = (await described(id))?.container?.logStreamName ?? '';
  const kept = path.join(gateway.state, 'logs', `${logStreamName.split('/').at(-1)}.log`);
  await gateway.until(() => fs.existsSync(kept));
  fs.renameSync(kept, `${kept}.moved`);
  fs.symlinkSync(`${kept}.moved`, kept);
  expect(await ask(logStreamName)).toMatchObject({ events: [] });
});
