// The interface that every part logs through. The real one lives in observe.
// The message is a constant phrase; whatever varies is a field.

/** Facts beside a log phrase. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * `error`: somebody must act; `warn`: may become one; `info`: rare and about the whole; `debug`:
 * per job.
 */
export interface Logger {
  error(phrase: string, fields?: Fields): void;
  warn(phrase: string, fields?: Fields): void;
  info(phrase: string, fields?: Fields): void;
  debug(phrase: string, fields?: Fields): void;
  /** The same log with `fields` on every line. */
  child(fields: Fields): Logger;
}

/** A log that keeps nothing. */
export const silentLogger: Logger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  child: () => silentLogger,
};
