// Who signed an HTTP request (AWS Signature Version 4): the request is signed again with the key's
// secret, over exactly the headers that it says it signed, and the results are compared in constant
// time. Nothing is remembered of a signature or a key here: a key that is deleted is refused at
// once, and an SDK may repeat a signed request (the request id makes that one job).

import { createHash, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AccessKey } from '../../model/access-key.ts';
import { Sha256 } from './sha256.ts';

/** A request as it came in. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, still percent-encoded. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

/** Whose request it is, or why it is nobody's, in AWS's type names. */
export type Verdict =
  | { readonly kind: 'signed'; readonly key: AccessKey; readonly region: string }
  | { readonly kind: 'refused'; readonly type: RefusalType; readonly message: string };

type RefusalType =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'UnrecognizedClientException'
  | 'InvalidSignatureException';

const SERVICES = ['batch', 'logs'];
const SKEW_MS = 5 * 60_000;
const DATE = 'x-amz-date';
const BODY_HASH = 'x-amz-content-sha256';
const CREDENTIAL =
  /^([\w-]{1,128})\/([0-9]{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request$/;
const TIME = /^([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z$/;

/** Verifies the Authorization header. `nowMs` is the wall clock. */
export async function verifySignature(
  request: SignedRequest,
  keyOf: (accessKeyId: string) => AccessKey | undefined,
  nowMs: number,
): Promise<Verdict> {
  const claim = claimOf(request);
  if ('kind' in claim) return claim;
  const late = dateComplaint(claim, nowMs);
  if (late !== undefined) return refused('InvalidSignatureException', late);
  const key = keyOf(claim.accessKeyId);
  if (key === undefined)
    return refused('UnrecognizedClientException', 'The access key is not valid');
  const expected = await signatureOf(request, claim, key);
  if (expected === undefined || !isSame(expected, claim.signature)) {
    return refused(
      'InvalidSignatureException',
      'The signature does not match the request and the secret access key',
    );
  }
  return { kind: 'signed', key, region: claim.region };
}

/** What the request says of its own signature. */
interface Claim {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signed: ReadonlySet<string>;
  readonly signature: string;
  readonly time: string;
}

function claimOf({ headers }: SignedRequest): Claim | Verdict {
  const { authorization } = headers;
  if (typeof authorization !== 'string') {
    return refused('MissingAuthenticationTokenException', 'The request is not signed');
  }
  const [, fields] = /^AWS4-HMAC-SHA256\s+(.*)$/s.exec(authorization) ?? [];
  const parts = new Map(
    (fields ?? '').split(',').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );
  const [, accessKeyId, day, region, service] =
    CREDENTIAL.exec(parts.get('Credential') ?? '') ?? [];
  const signature = parts.get('Signature') ?? '';
  const signed = new Set((parts.get('SignedHeaders') ?? '').split(';'));
  const time = headers[DATE];
  if (
    !accessKeyId ||
    !day ||
    !region ||
    !service ||
    !SERVICES.includes(service) ||
    !/^[0-9a-f]{64}$/.test(signature)
  ) {
    return incomplete('The Authorization header is malformed, or for another service');
  }
  if (typeof time !== 'string') return incomplete('The request has no x-amz-date');
  for (const name of Object.keys(headers)) {
    const mustBeSigned = name === 'host' || name.startsWith('x-amz-');
    if (mustBeSigned && !signed.has(name)) return incomplete(`${name} is not signed`);
  }
  for (const name of signed) {
    if (headers[name] === undefined) return incomplete('A signed header is missing');
  }
  return { accessKeyId, day, region, service, signed, signature, time };
}

function dateComplaint({ time, day }: Claim, nowMs: number): string | undefined {
  const at = timeOf(time);
  if (Number.isNaN(at) || !time.startsWith(day))
    return 'x-amz-date is not a date, or not that of the credential';
  if (at < nowMs - SKEW_MS) return 'Signature expired: x-amz-date is more than five minutes ago';
  if (at > nowMs + SKEW_MS)
    return 'Signature not yet current: x-amz-date is more than five minutes ahead';
  return undefined;
}

function timeOf(text: string): number {
  const [, ...parts] = TIME.exec(text) ?? [];
  const [year = NaN, month = NaN, day, hour, minute, second] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** What the signature must be; undefined where the request cannot have been signed so. */
async function signatureOf(
  request: SignedRequest,
  claim: Claim,
  key: AccessKey,
): Promise<string | undefined> {
  const headers: Record<string, string> = {};
  for (const name of claim.signed) headers[name] = headerText(request.headers[name]);
  const hash = headers[BODY_HASH];
  // The signer believes this header; the body has to bear it out.
  if (hash !== undefined && hash !== createHash('sha256').update(request.body).digest('hex'))
    return undefined;
  const [path = '', search = ''] = splitOnce(request.target, '?');
  const query = queryOf(search);
  if (query === undefined) return undefined;
  const signer = new SignatureV4({
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
    region: claim.region,
    service: claim.service,
    sha256: Sha256,
    applyChecksum: false,
  });
  const again = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: '',
      path,
      query,
      headers,
      body: request.body,
    },
    { signingDate: new Date(timeOf(claim.time)), signableHeaders: new Set(claim.signed) },
  );
  return again.headers['authorization']?.split('Signature=')[1];
}

function headerText(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function queryOf(search: string): Record<string, string | string[]> | undefined {
  const values = new Map<string, string[]>();
  try {
    for (const part of search.split('&')) {
      if (part === '') continue;
      const [name = '', value = ''] = splitOnce(part, '=').map(decodeURIComponent);
      values.set(name, [...(values.get(name) ?? []), value]);
    }
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
  return Object.fromEntries(values);
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a, 'latin1');
  const right = Buffer.from(b, 'latin1');
  return left.length === right.length && timingSafeEqual(left, right);
}

const incomplete = (message: string) => refused('IncompleteSignatureException', message);

function refused(type: RefusalType, message: string): Verdict {
  return { kind: 'refused', type, message };
}
