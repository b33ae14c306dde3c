// The real log: JSON lines on stderr, each behind the priority that journald reads (`<3>`). A
// reader that does not read costs lines, never time: what does not fit into the buffer is dropped
// and counted.

import pino from 'pino';
import type { Fields, Logger } from '../base/log.ts';

/** From the fewest lines to the most. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

/** One of them. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The syslog priority of each level. */
const PRIORITIES: Readonly<Record<LogLevel, string>> = {
  error: '<3>',
  warn: '<4>',
  info: '<6>',
  debug: '<7>',
};
const BUFFER_BYTES = 4 * 1024 * 1024;

/** A log whose level can change while it runs, for all its children too. */
export interface Log extends Logger {
  setLevel(level: LogLevel): void;
  /** Writes what is buffered, at once: before the process ends. */
  flush(): void;
}

/** Where lines go; `write` takes one with its line feed. */
export interface LogSink {
  write(line: string): void;
  flush(): void;
}

/** Makes a log of `level` on stderr, or on another sink. */
export function jsonLog(level: LogLevel, sink: LogSink = stderrSink()): Log {
  const threshold = { level };
  let priority = '';
  const lines = pino(
    {
      level: 'debug',
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err, cause: pino.stdSerializers.err },
    },
    { write: (line: string) => sink.write(priority + line) },
  );
  const logger = (to: pino.Logger): Logger => {
    const at = (of: LogLevel) => (phrase: string, fields?: Fields) => {
      if (LOG_LEVELS.indexOf(of) > LOG_LEVELS.indexOf(threshold.level)) return;
      priority = PRIORITIES[of];
      to[of]({ ...fields }, phrase);
    };
    return {
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      child: (fields) => logger(to.child({ ...fields })),
    };
  };
  return {
    ...logger(lines),
    setLevel(next) {
      threshold.level = next;
    },
    flush: () => sink.flush(),
  };
}

function stderrSink(): LogSink {
  const destination = pino.destination({ fd: 2, sync: false, maxLength: BUFFER_BYTES });
  let dropped = 0;
  destination.on('drop', () => {
    dropped += 1;
  });
  destination.on('drain', () => {
    if (dropped === 0) return;
    const count = dropped;
    dropped = 0;
    destination.write(`<4>{"level":"warn","message":"log lines dropped","count":${count}}\n`);
  });
  return {
    write(line) {
      destination.write(line);
    },
    flush: () => destination.flushSync(),
  };
}
