// The daemon as a process: its start, what it says, the signals that end it.

import type { Settings } from '../config/settings.ts';
import { jsonLog } from '../observe/json-log.ts';
import { startDaemon } from './compose.ts';
import { readyLine } from './endpoints.ts';
import { greeting } from './greeting.ts';

/** How the program was asked to behave. */
export interface RunOptions {
  /** Say on stderr what can be typed next. */
  readonly greet: boolean;
  /** The folder of the commands, for the greeting. */
  readonly shims: string;
  /** Ends the process. */
  readonly end: (status: number) => never;
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Runs until a signal stops it; resolves when it accepts work. Rejects with a GatewayError when it
 * cannot start.
 */
export async function runDaemon(settings: Settings, options: RunOptions): Promise<void> {
  const { greet, shims, end } = options;
  const log = jsonLog(settings.logLevel);
  const fail = (phrase: string) => (error: unknown) => {
    log.error(phrase, { error });
    log.flush();
    end(1);
  };
  process.on('uncaughtException', fail('a fault of ours'));
  // Nobody has to read what we say.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const stopping = whenToldToStop(end);
  const daemon = await startDaemon(settings, { log, onFatal: fail('the store failed for good') });
  void stopping.then(async () => {
    await daemon.stop();
    log.flush();
    end(0);
  });
  const { socket, http } = daemon.endpoints;
  process.stdout.write(readyLine(daemon.endpoints));
  if (greet) process.stderr.write(greeting(socket, http, shims));
}

/** Resolves at the first signal; a second one ends the process at once: jobs are safe any time. */
function whenToldToStop(end: (status: number) => never): Promise<void> {
  let signals = 0;
  return new Promise((resolve) => {
    const told = () => {
      signals += 1;
      if (signals > 1) end(1);
      resolve();
    };
    for (const signal of STOP_SIGNALS) process.on(signal, told);
  });
}
