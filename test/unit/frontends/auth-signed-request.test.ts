// Signatures: made by an independent signer as the aws command does, and by the package that the
// JavaScript SDK uses; then everything that can be wrong with them.

import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { Sha256 } from '../../../src/frontends/auth/sha256.ts';
import { type SignedRequest, verifySignature } from '../../../src/frontends/auth/signed-request.ts';
import type { AccessKey } from '../../../src/model/access-key.ts';
import { keyOf } from '../../support/batch-door.ts';

const NOW = Date.UTC(2026, 10, 25, 12, 0, 0);
const ALICE = keyOf('alice');
const keys = new Map<string, AccessKey>([[ALICE.accessKeyId, ALICE]]);
const lookUp = (id: string) => keys.get(id);
const verify = (request: SignedRequest, now = NOW) => verifySignature(request, lookUp, now);

const sha = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Uint8Array, data: string) =>
  createHmac('sha256', key).update(data).digest();

interface Signing {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly date?: string;
  readonly service?: string;
  readonly secret?: string;
  readonly signedNames?: readonly string[];
}

/** Signs as botocore does: few headers, no hash of the body among them. */
function signedByHand(signing: Signing = {}): SignedRequest & { headers: Record<string, string> } {
  const {
    method = 'POST',
    path = '/v1/listjobs',
    query = '',
    body = '{}',
    service = 'batch',
  } = signing;
  const date = signing.date ?? '20261125T120000Z';
  const headers: Record<string, string> = {
    host: 'localhost:80',
    'content-type': 'application/json',
    'x-amz-date': date,
    ...signing.headers,
  };
  const names = [...(signing.signedNames ?? Object.keys(headers))].sort();
  const canonical = [
    method,
    path.split('/').map(encodeURIComponent).join('/'),
    query,
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'] ?? sha(body),
  ].join('\n');
  const scope = `${date.slice(0, 8)}/eu-west-1/${service}/aws4_request`;
  let key = hmac(`AWS4${signing.secret ?? ALICE.secretAccessKey}`, date.slice(0, 8));
  for (const part of ['eu-west-1', service, 'aws4_request']) key = hmac(key, part);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha(canonical)}`).toString(
    'hex',
  );
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${ALICE.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return {
    method,
    target: query === '' ? path : `${path}?${query}`,
    headers,
    body: Buffer.from(body),
  };
}

async function signedBySdk(body: string, date = new Date(NOW)): Promise<SignedRequest> {
  const { accessKeyId, secretAccessKey } = ALICE;
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region: 'us-east-1',
    service: 'batch',
    sha256: Sha256,
  });
  const headers = {
    host: 'localhost',
    'content-type': 'application/json',
    'content-length': String(body.length),
    'amz-sdk-invocation-id': '00000000-0000-4000-8000-000000000000',
    'x-amz-user-agent': 'sdk',
  };
  const path = '/v1/submitjob';
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname: 'localhost',
    path,
    headers,
    body,
    query: {},
  };
  const signed = await signer.sign(request, { signingDate: date });
  return { method: 'POST', target: path, headers: signed.headers, body: Buffer.from(body) };
}

test('a request signed as the aws command signs is its key’s', async () => {
  expect(await verify(signedByHand())).toMatchObject({
    kind: 'signed',
    key: ALICE,
    region: 'eu-west-1',
  });
  expect(await verify(signedByHand({ service: 'logs' }))).toMatchObject({ kind: 'signed' });
});

test('a request signed as the JavaScript SDK signs is its key’s', async () => {
  expect(await verify(await signedBySdk('{"a":1}'))).toMatchObject({
    kind: 'signed',
    region: 'us-east-1',
  });
});

test('encoded paths, repeated query parameters, odd blanks and unusual signed headers verify', async () => {
  const cases: Signing[] = [
    { method: 'GET', body: '', path: '/v1/tags/arn%3Aaws%3Abatch%3Ar%3A0%3Ajob%2F1' },
    {
      method: 'DELETE',
      body: '',
      path: '/v1/tags/x',
      query: 'tagKeys=a&tagKeys=b%20c&tagKeys=d%2Be',
    },
    { headers: { 'x-amz-meta': '  a   b ' } },
    { headers: { 'user-agent': 'x', connection: 'close', 'cache-control': 'no-store' } },
    { headers: { 'x-amz-content-sha256': sha('{}') } },
  ];
  for (const signing of cases)
    expect(await verify(signedByHand(signing))).toMatchObject({ kind: 'signed' });
});

test('five minutes of skew are borne in both directions, and no second more', async () => {
  const at = (ms: number) => verify(signedByHand(), NOW + ms);
  for (const ms of [-300_000, 300_000]) expect(await at(ms)).toMatchObject({ kind: 'signed' });
  for (const ms of [-301_000, 301_000, 600_000, 86_400_000]) {
    expect(await at(ms)).toMatchObject({ kind: 'refused', type: 'InvalidSignatureException' });
  }
});

test('whatever is changed after signing makes the signature wrong', async () => {
  const good = signedByHand({ query: 'a=b' });
  const sdk = await signedBySdk('{"a":1}');
  const changed: SignedRequest[] = [
    { ...sdk, body: Buffer.from('{"a":2}') },
    { ...good, method: 'PUT' },
    { ...good, target: '/v1/describejobs?a=b' },
    { ...good, target: '/v1/listjobs?a=c' },
    { ...good, target: '/v1/listjobs' },
    { ...good, body: Buffer.from('{"jobQueue":"q"}') },
    { ...good, headers: { ...good.headers, host: 'elsewhere' } },
    { ...good, headers: { ...good.headers, 'content-type': 'text/plain' } },
    { ...good, headers: { ...good.headers, 'x-amz-date': '20261125T120001Z' } },
    signedByHand({ secret: 'guessed' }),
    signedByHand({ headers: { 'x-amz-content-sha256': sha('something else') } }),
    signedByHand({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
  ];
  for (const request of changed) {
    expect(await verify(request)).toMatchObject({
      kind: 'refused',
      type: 'InvalidSignatureException',
    });
  }
});

test('a key that is unknown, deleted or has another secret now is refused at once', async () => {
  const request = signedByHand();
  const refusedAs = async (type: string) =>
    expect(await verify(request)).toMatchObject({ kind: 'refused', type });
  expect(await verify(request)).toMatchObject({ kind: 'signed' });
  keys.set(ALICE.accessKeyId, { ...ALICE, secretAccessKey: 'rotated' });
  await refusedAs('InvalidSignatureException');
  keys.delete(ALICE.accessKeyId);
  await refusedAs('UnrecognizedClientException');
  keys.set(ALICE.accessKeyId, ALICE);
  expect(await verify(request)).toMatchObject({ kind: 'signed' });
});

test('a header that is missing, malformed or not signed is named by its type', async () => {
  const good = signedByHand();
  const withHeader = (name: string, value: string | undefined): SignedRequest => {
    const { [name]: _gone, ...rest } = good.headers;
    return { ...good, headers: value === undefined ? rest : { ...rest, [name]: value } };
  };
  const authorization = good.headers['authorization'] ?? '';
  const changed = (from: string | RegExp, to: string) =>
    withHeader('authorization', authorization.replace(from, to));
  const cases: [SignedRequest, string][] = [
    [withHeader('authorization', undefined), 'MissingAuthenticationTokenException'],
    [withHeader('authorization', ''), 'IncompleteSignatureException'],
    [withHeader('authorization', 'Bearer x'), 'IncompleteSignatureException'],
    [changed(/Signature=.*/, 'Signature=00'), 'IncompleteSignatureException'],
    [changed(/Signature=.*/, `Signature=${'0'.repeat(64)}`), 'InvalidSignatureException'],
    [changed('/batch/', '/ec2/'), 'IncompleteSignatureException'],
    [changed('/20261125/', '/20261124/'), 'InvalidSignatureException'],
    [changed('host;', ''), 'IncompleteSignatureException'],
    [changed(';x-amz-date', ''), 'IncompleteSignatureException'],
    [changed('host;', 'host;other;'), 'IncompleteSignatureException'],
    [withHeader('x-amz-date', undefined), 'IncompleteSignatureException'],
    [withHeader('x-amz-date', '20261399T256199Z'), 'InvalidSignatureException'],
    [withHeader('x-amz-security-token', 'unsigned'), 'IncompleteSignatureException'],
    [{ ...good, target: '/v1/listjobs?%zz' }, 'InvalidSignatureException'],
    [signedByHand({ signedNames: ['host', 'content-type'] }), 'IncompleteSignatureException'],
  ];
  for (const [request, type] of cases)
    expect(await verify(request)).toMatchObject({ kind: 'refused', type });
});
