#!/usr/bin/env node
// `npm run demo`: shows what this is, on this machine, with real jobs. Status 0 only if everything
// was as it must be.

import { GatewayError } from '../base/gateway-error.ts';
import { runDemo } from '../daemon/demo/run-demo.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stop.abort());
}
const { stdout } = process;
const isTerminal = stdout.isTTY && process.env['TERM'] !== 'dumb';
try {
  const isWell = await runDemo(
    {
      write: (text) => stdout.write(text),
      isTerminal,
      hasColors: isTerminal && (process.env['NO_COLOR'] ?? '') === '',
      columns: isTerminal ? stdout.columns : 0,
    },
    stop.signal,
  );
  process.exitCode = isWell ? 0 : 1;
} catch (error) {
  if (!(error instanceof GatewayError)) throw error;
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = 1;
}
