// Real jobs, from the shell to the accounting: `true` with an output file each, submitted one by one by
// four loops at a time, as alice, with a control group each. Beside it the same by a real Slurm.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CpuGroups, difference } from './cpu.mjs';
import { PerfGateway, pause, SHIMS } from './gateway.mjs';
import { cpuSplit, median, show, table } from './numbers.mjs';
import { SLURM_ENVIRONMENT, slurmCpuMs, whyNoSlurm, withSlurm } from './slurm.mjs';
import { ALICE, hasAlice } from './users.mjs';

/** As many as the four nodes of the Slurm beside us have. */
const CPUS = 64;
const LOOPS = 4;
const SCRIPT = '#!/bin/sh\ntrue\n';

/** Four loops of the shell that submit; resolves at the end of the last one. */
async function submitAll(command, folder, { count, environment, groups }) {
  const loop = `i=0; while [ $i -lt ${count / LOOPS} ]; do ${command} || exit 1; i=$((i+1)); done`;
  const as = hasAlice()
    ? `exec setpriv --reuid ${ALICE.uid} --regid ${ALICE.gid} --clear-groups`
    : 'exec';
  const words = `${groups.joinWords('shell+shim')}; ${as} sh -c '${loop}'`;
  const loops = Array.from({ length: LOOPS }, () =>
    spawn('sh', ['-c', words], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  const statuses = await Promise.all(loops.map((child) => once(child, 'exit')));
  const failed = statuses.find(([status]) => status !== 0);
  if (failed !== undefined) throw new Error(`a loop ended with ${failed[0]}`);
}

function jobFolder(parent) {
  const folder = fs.mkdtempSync(path.join(parent, 'jobs-'));
  fs.writeFileSync(path.join(folder, 'job.sh'), SCRIPT, { mode: 0o755 });
  if (hasAlice()) fs.chownSync(folder, ALICE.uid, ALICE.gid);
  return folder;
}

async function runOurs(gateway, command, count) {
  const folder = jobFolder(gateway.directory);
  const before = gateway.cpuMs();
  const known = gateway.succeeded();
  const began = performance.now();
  const { environment, groups } = gateway;
  await submitAll(`${SHIMS}/${command}`, folder, { count, environment, groups });
  const submitted = performance.now();
  await gateway.untilAllEnded();
  const ended = performance.now();
  const cpu = difference(gateway.cpuMs(), before);
  const found = gateway.succeeded() - known;
  if (found !== count) throw new Error(`${found} of ${count} jobs succeeded`);
  const outputs = fs.readdirSync(folder).length - 1;
  if (outputs !== count) throw new Error(`${outputs} of ${count} outputs`);
  fs.rmSync(folder, { recursive: true });
  return result(count, { began, submitted, ended }, cpu);
}

async function runSlurm(count) {
  const groups = new CpuGroups();
  const folder = jobFolder('/tmp');
  const read = () => ({ ...groups.readMs(), ...slurmCpuMs() });
  const before = read();
  const known = slurmCompleted();
  const began = performance.now();
  await submitAll('sbatch job.sh', folder, { count, environment: SLURM_ENVIRONMENT, groups });
  const submitted = performance.now();
  const deadline = submitted + 180_000;
  while (slurmCompleted() - known < count) {
    if (performance.now() > deadline) throw new Error('the accounting of Slurm lacks jobs');
    await pause(100);
  }
  const ended = performance.now();
  const cpu = difference(read(), before);
  groups.remove();
  fs.rmSync(folder, { recursive: true });
  return result(count, { began, submitted, ended }, cpu);
}

/** Jobs that ended, by its database: sacct would cost as much as many jobs. */
function slurmCompleted() {
  return Number(sql('select count(*) from lab_job_table where time_end > 0'));
}

function result(count, { began, submitted, ended }, cpu) {
  return {
    rate: (count * 1000) / (ended - began),
    submits: (count * 1000) / (submitted - began),
    cpuMs: Object.values(cpu).reduce((sum, ms) => sum + ms, 0) / count,
    cpu,
  };
}

export async function measure(say, { scale }) {
  const count = Math.round(2000 * scale);
  const rounds = 3;
  const why = whyNoSlurm();
  const ours = { sbatch: [], bsub: [] };
  const theirs = [];
  const gateway = await PerfGateway.start({ cpus: CPUS });
  const all = async () => {
    await runOurs(gateway, 'sbatch job.sh', 200);
    if (why === undefined) await runSlurm(40);
    for (let round = 0; round < rounds; round++) {
      ours.sbatch.push(await runOurs(gateway, 'sbatch job.sh', count));
      if (why === undefined) theirs.push(await runSlurm(count));
      ours.bsub.push(await runOurs(gateway, 'bsub -o out.%J true', count));
    }
  };
  try {
    if (why === undefined) await withSlurm(all);
    else await all();
  } finally {
    await gateway.stop();
  }
  const rows = [
    ...Object.entries(ours).map(([name, runs]) => row(name, runs)),
    ...(why === undefined ? [row('real sbatch, profile ht', theirs)] : []),
  ];
  const user = hasAlice() ? 'as alice' : 'as the user who runs this';
  say(`${count} jobs \`true\` with output files, ${LOOPS} loops, ${CPUS} CPUs, ${user}\n`);
  say(table(['', 'jobs/s', 'submits/s', 'CPU ms a job', 'single runs'], rows));
  say(`ours, ${cpuSplit(ours.sbatch.at(-1).cpu, count)}\n`);
  if (why !== undefined) {
    say(`no real Slurm beside it: ${why}\n`);
    return;
  }
  say(`Slurm, ${cpuSplit(theirs.at(-1).cpu, count)}\n`);
  for (const [name, runs] of Object.entries(ours)) {
    const rate = show(of(runs, 'rate') / of(theirs, 'rate'));
    const cpu = show(of(runs, 'cpuMs') / of(theirs, 'cpuMs'));
    say(`${name}: ${rate} times Slurm's jobs/s (goal 7), ${cpu} of its CPU a job (goal 0.2)\n`);
  }
}

function of(runs, what) {
  return median(runs.map((run) => run[what]));
}

function row(name, runs) {
  const single = runs.map((run) => show(run.rate)).join(' ');
  return [name, show(of(runs, 'rate')), show(of(runs, 'submits')), show(of(runs, 'cpuMs')), single];
}

function sql(query) {
  const words = ['-S', '/run/slurm-lab/db/sock', '-N', '-B', 'slurm_acct_db', '-e', query];
  return execFileSync('mariadb', words, { encoding: 'latin1' }).trim();
}
