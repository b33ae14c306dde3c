// A user alice for benchmarks that switch users: passwd and group files of our own, bound over the
// real ones in a mount namespace that only this process and its children see.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export const ALICE = { name: 'alice', uid: 7001, gid: 7001 };
const MARK = 'SPILLWAY_PERF_USERS';

/** Whether jobs can be submitted as alice. */
export function hasAlice() {
  return process.env[MARK] !== undefined;
}

/** As root, starts this program again in such a namespace and ends with its status. */
export async function withAlice() {
  if (process.geteuid() !== 0 || hasAlice()) return;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-users-'));
  fs.chmodSync(folder, 0o755);
  const home = path.join(folder, 'alice');
  fs.mkdirSync(home);
  fs.chownSync(home, ALICE.uid, ALICE.gid);
  const line = `${ALICE.uid}:${ALICE.gid}::${home}:/bin/sh`;
  replace('/etc/passwd', path.join(folder, 'passwd'), `${ALICE.name}:x:${line}`);
  replace('/etc/group', path.join(folder, 'group'), `${ALICE.name}:x:${ALICE.gid}:`);
  const script =
    'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group && shift && exec "$@"';
  const words = ['--mount', 'sh', '-c', script, 'sh', folder, process.execPath];
  const child = spawn('unshare', [...words, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: folder },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const [status] = await once(child, 'exit');
  fs.rmSync(folder, { recursive: true, force: true });
  process.exit(status ?? 1);
}

/** The file without its line of that name, and with ours. */
function replace(file, into, line) {
  const name = line.slice(0, line.indexOf(':') + 1);
  const others = fs
    .readFileSync(file, 'latin1')
    .split('\n')
    .filter((one) => one !== '' && !one.startsWith(name));
  fs.writeFileSync(into, `${[...others, line].join('\n')}\n`, 'latin1');
}
