// Who makes a gRPC call over TCP: a key pair's HMAC over the call's path and the time, as
// proto/jobs.proto says. Compared in constant time; keys are asked for anew each time, so a deleted
// one is refused at once.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AccessKey } from '../../model/access-key.ts';

/** The metadata of a call; undefined: the entry is missing. */
export interface CallSignature {
  readonly accessKeyId: string | undefined;
  readonly date: string | undefined;
  readonly signature: string | undefined;
}

const SKEW_MS = 5 * 60_000;

/** The signature that a call must bring: lower-case hexadecimal. */
export function callSignature(secretAccessKey: string, path: string, date: string): string {
  return createHmac('sha256', secretAccessKey)
    .update(`SPILLWAY-HMAC-SHA256\n${path}\n${date}`)
    .digest('hex');
}

/** The key that signed the call, or why none did. */
export function verifyCall(
  { accessKeyId, date, signature }: CallSignature,
  path: string,
  keyOf: (accessKeyId: string) => AccessKey | undefined,
  nowMs: number,
): AccessKey | string {
  if (accessKeyId === undefined || date === undefined || signature === undefined) {
    return 'the call is not signed';
  }
  if (!/^[0-9]{1,15}$/.test(date) || Math.abs(Number(date) - nowMs) > SKEW_MS) {
    return 'x-spillway-date is not within five minutes of now';
  }
  const key = keyOf(accessKeyId);
  if (key === undefined) return 'the access key is not valid';
  const expected = Buffer.from(callSignature(key.secretAccessKey, path, date), 'latin1');
  const given = Buffer.from(signature, 'latin1');
  const isSame = given.length === expected.length && timingSafeEqual(given, expected);
  return isSame ? key : 'the signature does not match';
}
