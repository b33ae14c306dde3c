// Puts the runner of real jobs together: launcher, control groups, accounts.

import * as path from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { entryPath } from '../../base/entry.ts';
import type { Logger } from '../../base/log.ts';
import { accountOfOneself, type Accounts, accountsOfNode } from './accounts.ts';
import type { RunnerParts } from './node-agent.ts';
import type { Cgroups } from './cgroups.ts';
import { LauncherClient } from './launcher-client.ts';
import { systemNameService } from './name-service.ts';
import { ProcessRunner } from './process-runner.ts';
import type { AgentSettings } from './settings.ts';
import { Users } from './users.ts';

/** The runner that an agent with these settings uses. */
export function processes(
  settings: AgentSettings,
  cgroups: Cgroups,
  parts: RunnerParts,
): ProcessRunner {
  const runDirectory = path.join(settings.stateDirectory, 'run');
  const program = entryPath('execution/launcher/launcher');
  const launcherSettings = { program, runDirectory, scanEveryMs: settings.times.scanMs };
  const { node, environment } = settings;
  const logDirectory = path.join(settings.stateDirectory, 'logs');
  const mailDirectory = path.join(settings.stateDirectory, 'mail');
  return new ProcessRunner(
    { node, environment, runDirectory, mailDirectory, logDirectory },
    {
      ...parts,
      accounts: accounts(parts.log),
      makeLauncher: (events) =>
        new LauncherClient(launcherSettings, { cgroups, events, log: parts.log }),
    },
  );
}

function accounts(log: Logger): Accounts {
  const users = new Users(systemNameService(), systemClock());
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) return accountsOfNode(users, log);
  const gid = process.getgid?.() ?? 0;
  return accountOfOneself({ uid, gid, groups: process.getgroups?.() ?? [gid] }, users);
}
