// The real Slurm beside us, where it is installed and root runs the benchmarks.

import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { usageOfMs } from './cpu.mjs';
import { hasAlice } from './users.mjs';

const FOLDER = path.join(import.meta.dirname, 'slurm');
let isUp = false;

const GROUPS = ['slurmctld', 'slurmd', 'slurmdbd', 'mariadb', 'munge'];

/** Why there is no Slurm to compare with; undefined: there is one. */
export function whyNoSlurm() {
  if (!hasAlice()) return 'needs root';
  const isThere = (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
  const missing = ['sbatch', 'slurmctld', 'slurmdbd', 'munged', 'mariadbd'].find(
    (n) => !isThere(n),
  );
  return missing === undefined ? undefined : `${missing} is not installed`;
}

/** Starts it and gives it to `use`; stops it whatever happens. */
export async function withSlurm(use) {
  isUp = true;
  try {
    run('up');
    return await use();
  } finally {
    stopSlurm();
  }
}

/** Stops it if it runs. */
export function stopSlurm() {
  if (isUp) run('down');
  isUp = false;
}

/** CPU of its parts so far, in milliseconds. */
export function slurmCpuMs() {
  return Object.fromEntries(GROUPS.map((name) => [name, usageOfMs(`slurmlab/${name}`)]));
}

/** The environment of its clients. */
export const SLURM_ENVIRONMENT = { PATH: '/usr/bin:/bin', HOME: '/', TZ: 'UTC', LC_ALL: 'C.UTF-8' };

function run(script) {
  const { status } = spawnSync(path.join(FOLDER, script), {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`slurm/${script} ended with ${status}`);
}
