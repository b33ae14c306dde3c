// A key pair that signs HTTP requests for a user.

import type { Instant } from '../base/brand.ts';
import type { Owner } from './user.ts';

/**
 * An active key. The secret is needed to verify signatures, so it is kept, readable by us alone.
 */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly owner: Owner;
  readonly createdAt: Instant;
}
