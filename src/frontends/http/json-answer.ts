// Answers in AWS's JSON form. Every answer of the door is JSON, errors and unknown paths too: an
// HTML page makes an SDK say "SyntaxError".

import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Reply } from '../../dialects/batch/call.ts';

/** Sends a reply; members that are undefined are left out. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  if (reply.kind === 'ok') send(response, 200, undefined, reply.body);
  else sendError(response, reply.status, reply.type, reply.message);
}

/** Sends an error by its type, which SDKs read from the header. */
export function sendError(
  response: ServerResponse,
  status: number,
  type: string,
  message: string,
): void {
  // Clients of the logs read the type in the body.
  send(response, status, type, { message, __type: type });
}

function send(
  response: ServerResponse,
  status: number,
  type: string | undefined,
  body: object,
): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
    ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
    // The rest of a body that nobody reads must not be taken for the next request.
    ...(response.req.complete ? {} : { connection: 'close' }),
  });
  response.end(text);
}
