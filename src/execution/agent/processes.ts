// Puts the runner of real jobs together: launcher, control groups, accounts.

import * as os from 'node:os';
import * as path from 'node:path';
import { entryPath } from '../../base/entry.ts';
import { accountOfOneself, type Accounts, accountsOfNode } from './accounts.ts';
import type { RunnerParts } from './agent.ts';
import type { Cgroups } from './cgroups.ts';
import { lookUpUser } from './id-command.ts';
import { LauncherClient } from './launcher-client.ts';
import { ProcessRunner } from './process-runner.ts';
import type { AgentSettings } from './settings.ts';

/** The runner that an agent with these settings uses. */
export function processes(
  settings: AgentSettings,
  cgroups: Cgroups,
  parts: RunnerParts,
): ProcessRunner {
  const runDirectory = path.join(settings.stateDirectory, 'run');
  const program = entryPath('execution/launcher/launcher');
  const launcherSettings = { program, runDirectory, scanEveryMs: settings.times.scanMs };
  const mailDirectory = path.join(settings.stateDirectory, 'mail');
  return new ProcessRunner(
    { node: settings.node, runDirectory, mailDirectory },
    {
      ...parts,
      accounts: accounts(),
      makeLauncher: (events) =>
        new LauncherClient(launcherSettings, { cgroups, events, log: parts.log }),
    },
  );
}

function accounts(): Accounts {
  const { uid, gid, username } = os.userInfo();
  if (uid === 0) return accountsOfNode(lookUpUser);
  return accountOfOneself({ uid, gid, groups: process.getgroups?.() ?? [gid] }, username);
}
