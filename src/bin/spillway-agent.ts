#!/usr/bin/env node
// The agent on a node: takes orders from the daemon and runs jobs. Stops on SIGTERM, when the
// daemon tells it to, and when its directory is gone; attempts run on without it.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { GatewayError } from '../base/gateway-error.ts';
import { Agent } from '../execution/agent/node-agent.ts';
import { lockDirectory } from '../execution/agent/agent-lock.ts';
import { lineLog } from '../execution/agent/line-log.ts';
import { NoOpRunner } from '../execution/agent/no-op-runner.ts';
import { agentSettings } from '../execution/agent/options.ts';
import { processes } from '../execution/agent/processes.ts';
import { openCgroups } from '../execution/agent/cgroups.ts';

try {
  const settings = agentSettings(process.argv.slice(2));
  const log = lineLog(
    (line) => process.stderr.write(line),
    process.env['SPILLWAY_LOG_LEVEL'] === 'debug',
    { part: 'agent', node: settings.node },
  );
  const lockFile = path.join(settings.stateDirectory, `agent-${settings.node}.lock`);
  if (!lockDirectory(lockFile)) {
    log.info('another agent serves this node', { lockFile });
    process.exit(0);
  }
  const cgroups = await openCgroups(settings.stateDirectory);
  const agent = new Agent(settings, {
    log,
    bootId: fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    makeRunner: (parts) =>
      settings.noOp ? new NoOpRunner(parts.outbox, parts) : processes(settings, cgroups, parts),
    finished: (why) => void leave(why === 'refused' ? 1 : 0),
  });
  const leave = async (status: number): Promise<void> => {
    await agent.stop();
    await cgroups.removeRoots();
    process.exit(status);
  };
  process.once('SIGTERM', () => void leave(0));
  process.once('SIGINT', () => void leave(0));
  // Nobody may read the log any more once the daemon is gone.
  process.stderr.on('error', () => {});
  await agent.start();
} catch (error) {
  if (!(error instanceof GatewayError)) throw error;
  process.stderr.write(`spillway-agent: ${error.message}\n`);
  process.exit(2);
}
