// Trouble outside of us: the disk, a socket, a cloud. The caller decides whether to try again.

/**
 * Something outside failed. `code` is a constant word, `retryable` says whether time may heal it.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, words: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(words, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
