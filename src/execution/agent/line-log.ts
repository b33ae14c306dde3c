// The agent's log: JSON lines on stderr. A logging library would cost more memory than the rest of
// the agent.

import type { Fields, Logger } from '../../base/log.ts';

/** A log that writes lines through `write`; `debug` lines only when asked for. */
export function lineLog(
  write: (line: string) => void,
  debug: boolean,
  always: Fields = {},
): Logger {
  const line = (level: string) => (phrase: string, fields?: Fields) => {
    const time = new Date().toISOString();
    write(`${JSON.stringify({ time, level, msg: phrase, ...always, ...fields }, plain)}\n`);
  };
  return {
    error: line('error'),
    warn: line('warn'),
    info: line('info'),
    debug: debug ? line('debug') : () => {},
    child: (fields) => lineLog(write, debug, { ...always, ...fields }),
  };
}

/** Errors have no fields of their own that JSON would show. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}
