// Reads the body of a request, up to a limit.

import type { IncomingMessage } from 'node:http';

/** Why there is no body. */
export type NoBody = 'tooLarge' | 'encoded' | 'lost';

/** The whole body. A compressed one is refused rather than unpacked: no SDK sends one here. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | NoBody> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return Promise.resolve('encoded');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('tooLarge');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else {
        request.pause();
        request.removeAllListeners('data');
        resolve('tooLarge');
      }
    });
    request.once('end', () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    );
    request.once('error', () => resolve('lost'));
    request.once('close', () => resolve('lost'));
  });
}
