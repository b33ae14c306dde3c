#!/usr/bin/env node
// The daemon. Says one line on stdout when it accepts work; stops on SIGTERM, SIGINT and SIGHUP,
// and leaves the jobs running.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { GatewayError } from '../base/gateway-error.ts';
import { runDaemon } from '../daemon/run.ts';
import { explainConfig, loadSettings } from '../config/load-settings.ts';

const PACKAGE = path.resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(fs.readFileSync(path.join(PACKAGE, 'package.json'), 'utf8')) as {
  readonly version: string;
};

try {
  const loaded = loadSettings({
    argv: process.argv.slice(2),
    environment: process.env,
    readFile: (file) => fs.readFileSync(file, 'utf8'),
    version,
  });
  if (loaded.kind === 'print') process.stdout.write(`${loaded.text}\n`);
  else if (loaded.explain) process.stdout.write(explainConfig(loaded.explanation));
  else
    await runDaemon(loaded.settings, {
      greet: loaded.greet,
      shims: path.join(PACKAGE, 'shims/bin'),
      end: (status) => process.exit(status),
    });
} catch (error) {
  if (!(error instanceof GatewayError)) throw error;
  for (const line of error.message.split('\n')) process.stderr.write(`spillwayd: ${line}\n`);
  process.exit(error.code === 'settings' ? 2 : 1);
}
