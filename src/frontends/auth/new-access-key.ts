// Makes key pairs. The secret is 240 random bits; the id looks like AWS's, with a prefix of our
// own.

import { randomBytes, randomInt } from 'node:crypto';
import type { Instant } from '../../base/brand.ts';
import type { AccessKey } from '../../model/access-key.ts';
import type { Owner } from '../../model/user.ts';

const ID_PREFIX = 'SPWY';
const ID_LETTERS = 16;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SECRET_BYTES = 30;

/** A fresh pair for the owner; nothing knows it until the engine has committed it. */
export function newAccessKey(owner: Owner, createdAt: Instant): AccessKey {
  const letters = Array.from({ length: ID_LETTERS }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return {
    accessKeyId: ID_PREFIX + letters.join(''),
    secretAccessKey: randomBytes(SECRET_BYTES).toString('base64url'),
    owner,
    createdAt,
  };
}
