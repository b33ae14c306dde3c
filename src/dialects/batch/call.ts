// What an operation is: a generator that asks commands and queries of the gateway and returns what
// the door is to answer. Never knows HTTP beyond a status.

import type { Instant } from '../../base/brand.ts';
import type { JobId } from '../../model/ids.ts';
import type { Site } from '../../model/site.ts';
import type { Identity } from '../../model/user.ts';
import type { Answer, Step } from '../kit/dialog.ts';

/** Who calls, from where and when. */
export interface BatchCall {
  readonly identity: Identity;
  /** The region of the signature; it is in every ARN. */
  readonly region: string;
  /** The same for all repeats of one call, and no other's. */
  readonly requestId?: string;
  readonly now: Instant;
  readonly site: Site;
  readonly settings: BatchSettings;
}

/** What a site may choose. */
export interface BatchSettings {
  /** AWS refuses time-outs of less than 60 seconds. */
  readonly minimumTimeoutSeconds: number;
}

export const BATCH_DEFAULTS: BatchSettings = { minimumTimeoutSeconds: 60 };

/** What the door answers. */
export type Reply =
  | { readonly kind: 'ok'; readonly body: object }
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly type: string;
      readonly message: string;
    };

/**
 * At most `mostBytes` of an attempt's spooled output from a byte on, or up to one (absent: the
 * end). The answer is an OutputPart; undefined: there is none that belongs to the user.
 */
export interface ReadOutput {
  readonly kind: 'readOutput';
  readonly job: JobId;
  readonly attempt: number;
  readonly uid: number;
  readonly part: { readonly from: number } | { readonly until: number | undefined };
  readonly mostBytes: number;
}

/** An operation under way. Of the kit's steps only `command` and `query` occur. */
export type Exchange<T = Reply> = Generator<Step | ReadOutput, T, Answer>;

export const ok = (body: object): Reply => ({ kind: 'ok', body });

/** The client asked for something that cannot be: status 400, never repeated by SDKs. */
export function clientError(message: string): Reply {
  return { kind: 'error', status: 400, type: 'ClientException', message };
}

/** It is somebody else's: status 403. */
export function accessDenied(message: string): Reply {
  return { kind: 'error', status: 403, type: 'AccessDeniedException', message };
}

/** Our own trouble: SDKs try again. */
export function serverError(message: string): Reply {
  return { kind: 'error', status: 500, type: 'ServerException', message };
}

/** May see the command, environment, parameters and log of a job of `uid`, and end it. */
export function isOwn(uid: number, { identity }: BatchCall): boolean {
  return identity.administrator || identity.uid === uid;
}
