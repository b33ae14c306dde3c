// The Batch API: verifies the signature, reads the JSON, drives the operation's generator with the
// gateway, answers. Bare node:http all the way, since every submit comes through here. Holds no
// rule of Batch; those are in dialects/batch.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { unreachable } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import {
  type BatchCall,
  type Exchange,
  type ReadOutput,
  type Reply,
  clientError,
  serverError,
} from '../../dialects/batch/call.ts';
import { logOperationAt } from '../../dialects/batch/log-events.ts';
import type { OperationRow } from '../../dialects/batch/operation.ts';
import { operationAt, perform } from '../../dialects/batch/operations.ts';
import type { Answer, OutputPart, Step } from '../../dialects/kit/dialog.ts';
import type { Gateway } from '../../engine/api.ts';
import type { AccessKey } from '../../model/access-key.ts';
import type { Identity, Owner } from '../../model/user.ts';
import { verifySignature } from '../auth/signed-request.ts';
import { sendError, sendReply } from './json-answer.ts';
import { type NoBody, readBody } from './request-body.ts';
import type { HttpDoorSettings } from './settings.ts';

/** What the API is given. */
export interface BatchApiParts {
  readonly gateway: Gateway;
  /** The living key of an id; asked anew for each request. */
  readonly keyOf: (accessKeyId: string) => AccessKey | undefined;
  /** Groups and home of a key's owner; undefined: this user may not come in. */
  readonly identify: (owner: Owner) => Promise<Identity | undefined>;
  /** Reads spooled output, safely: the file may be a user's. */
  readonly readOutput: (wish: ReadOutput) => Promise<OutputPart | undefined>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Names the operation of a request to `/`. */
export const OPERATION_HEADER = 'x-amz-target';
/** A request id of a client: printable, of a sane length. */
const REQUEST_ID = /^[!-~]{1,128}$/;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

export class BatchApi {
  readonly #settings: HttpDoorSettings;
  readonly #parts: BatchApiParts;

  constructor(settings: HttpDoorSettings, parts: BatchApiParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** Answers one request under /v1/, or one that names its operation in a header. Never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request, this.#settings.maxBodyBytes);
      if (typeof body === 'string') sendNoBody(response, body);
      else await this.#answer(request, response, body);
    } catch (error) {
      this.#parts.log.error('batch request failed', { error, url: request.url });
      sendReply(response, serverError('Internal error'));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { method = '', url: target = '', headers } = request;
    const { keyOf, identify, clock } = this.#parts;
    const now = clock.now();
    const verdict = await verifySignature({ method, target, headers, body }, keyOf, now);
    if (verdict.kind === 'refused') return sendError(response, 403, verdict.type, verdict.message);
    const found = operationOf(method, target, headers);
    if (found === undefined) return sendUnknownPath(response);
    const identity = await identify(verdict.key.owner);
    if (identity === undefined) {
      return sendError(
        response,
        403,
        'UnrecognizedClientException',
        "The access key's user is not known here",
      );
    }
    const asked = readRequest(found.resourceArn, body);
    const requestId = requestIdOf(headers, verdict.key);
    if (asked === undefined)
      return sendError(response, 400, 'SerializationException', 'The body is not JSON in UTF-8');
    if (requestId === false) return sendReply(response, clientError('The request id is malformed'));
    const call: BatchCall = {
      identity,
      region: verdict.region,
      now,
      site: this.#parts.gateway.site,
      settings: this.#settings.batch,
      ...(requestId === undefined ? {} : { requestId }),
    };
    sendReply(response, await this.#drive(found.row, asked.value, call));
  }

  async #drive(row: OperationRow, body: unknown, call: BatchCall): Promise<Reply> {
    const exchange: Exchange = perform(row, body, call);
    let next = exchange.next();
    while (next.done !== true) next = exchange.next(await this.#take(next.value, call.identity));
    return next.value;
  }

  #take(step: Step | ReadOutput, by: Identity): Promise<Answer> {
    if (step.kind === 'command') return this.#parts.gateway.command(step.command, by);
    if (step.kind === 'query') return this.#parts.gateway.query(step.query, by);
    if (step.kind === 'readOutput') return this.#parts.readOutput(step);
    return unreachable(step as never);
  }
}

/** The JSON of a body, or the ARN of a tags path, as `value`; undefined: it is neither. */
function readRequest(
  resourceArn: string | undefined,
  body: Buffer,
): { readonly value: unknown } | undefined {
  try {
    if (resourceArn !== undefined)
      return { value: { resourceArn: decodeURIComponent(resourceArn) } };
    return { value: body.length === 0 ? {} : (JSON.parse(UTF8.decode(body)) as unknown) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof URIError)
      return undefined;
    throw error;
  }
}

/**
 * What makes a repeat the same call: our header, else the id that SDKs keep over the retries of a
 * call; each key has its own. `false`: malformed.
 */
function requestIdOf(
  headers: IncomingHttpHeaders,
  { accessKeyId }: AccessKey,
): string | undefined | false {
  const given = headers['x-spillway-request-id'] ?? headers['amz-sdk-invocation-id'];
  if (given === undefined) return undefined;
  return typeof given === 'string' && REQUEST_ID.test(given) ? `${accessKeyId}/${given}` : false;
}

/** Batch's operations have paths, those of the logs a header. */
function operationOf(
  method: string,
  target: string,
  headers: IncomingHttpHeaders,
): { readonly row: OperationRow; readonly resourceArn?: string } | undefined {
  const named = headers[OPERATION_HEADER];
  if (named === undefined || target !== '/') return operationAt(method, pathOf(target));
  const row = method === 'POST' ? logOperationAt(String(named)) : undefined;
  return row === undefined ? undefined : { row };
}

function pathOf(target: string): string {
  const at = target.indexOf('?');
  return at < 0 ? target : target.slice(0, at);
}

function sendNoBody(response: ServerResponse, why: NoBody): void {
  if (why === 'tooLarge')
    sendError(response, 413, 'RequestEntityTooLargeException', 'The request is too large');
  if (why === 'encoded')
    sendError(response, 415, 'UnsupportedMediaTypeException', 'The body must not be compressed');
}

/** AWS's answer to an operation that it does not know. */
export function sendUnknownPath(response: ServerResponse): void {
  sendError(response, 404, 'UnknownOperationException', 'There is nothing at this path');
}
