// What the door serves beside the Batch API, with express: health and metrics, the only two paths
// that answer without credentials. Submits never come here: express costs six times bare node:http.

import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Logger } from '../../base/log.ts';
import { sendUnknownPath } from './batch-api.ts';
import { sendError } from './json-answer.ts';

/** What the pages are given. */
export interface PagesParts {
  /** The text of /metrics with its content type. */
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>;
  readonly log: Logger;
}

/** The application behind the paths that are not the Batch API's. */
export function pages({ metrics, log }: PagesParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/metrics', async (_request, response) => {
    const { text, contentType } = await metrics();
    response.type(contentType).send(text);
  });
  app.use((_request, response) => sendUnknownPath(response));
  // Express knows an error handler by its four parameters.
  const failed: ErrorRequestHandler = (error, request, response, _next) => {
    log.error('page failed', { error, url: request.url });
    sendError(response, 500, 'ServerException', 'Internal error');
  };
  app.use(failed);
  return app;
}
