// On an idle node: from the start of the submitting command to the first thing that its job does, and
// from the job's end to the return of the command that waits for it.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { PerfGateway, SHIMS, pause } from './gateway.mjs';
import { stampProgram, timesOf } from './native.mjs';
import { quantile, show, table } from './numbers.mjs';
import { SLURM_ENVIRONMENT, whyNoSlurm, withSlurm } from './slurm.mjs';
import { ALICE, hasAlice } from './users.mjs';

/** One waiting submission after another; milliseconds to the start, and from the end. */
async function waits(folder, words, { count, env }) {
  const started = [];
  const returned = [];
  for (let i = 0; i < count; i++) {
    const output = path.join(folder, `out.${i}`);
    const run = words(output);
    const [{ began, ended }] = timesOf(run, 1, { cwd: folder, env });
    const stamp = Number(BigInt(fs.readFileSync(output, 'latin1').split('\n')[0]) / 1000n) / 1000;
    started.push(stamp - began);
    returned.push(ended - stamp);
    fs.rmSync(output);
    // Idle again.
    await pause(5);
  }
  return { started, returned };
}

function row(name, { started, returned }) {
  const both = [started, returned].flatMap((ms) => [quantile(ms, 0.5), quantile(ms, 0.99)]);
  return [name, ...both.map(show), started.length];
}

export async function measure(say, { scale }) {
  const count = Math.max(20, Math.round(300 * scale));
  const why = whyNoSlurm();
  const stamp = stampProgram();
  const gateway = await PerfGateway.start({ cpus: 2 });
  const folder = fs.mkdtempSync(path.join(gateway.directory, 'jobs-'));
  if (hasAlice()) fs.chownSync(folder, ALICE.uid, ALICE.gid);
  const rows = [];
  try {
    const ours = { count, env: gateway.environment };
    const sbatch = (output) => [`${SHIMS}/sbatch`, '--wait', '-o', output, '--wrap', stamp];
    const bsub = (output) => [`${SHIMS}/bsub`, '-K', '-o', output, stamp];
    await waits(folder, sbatch, { ...ours, count: 20 });
    rows.push(row('sbatch --wait', await waits(folder, sbatch, ours)));
    rows.push(row('bsub -K', await waits(folder, bsub, ours)));
    if (why === undefined) {
      await withSlurm(async () => {
        const theirs = (output) => ['/usr/bin/sbatch', '--wait', '-o', output, '--wrap', stamp];
        const few = { count: Math.max(3, Math.round(10 * scale)), env: SLURM_ENVIRONMENT };
        rows.push(row('real sbatch --wait', await waits(folder, theirs, few)));
      });
    }
  } finally {
    await gateway.stop();
  }
  say(table(['ms', 'start p50', 'p99', 'return p50', 'p99', 'runs'], rows));
  say(
    `start: command begun to job begun (goal 10, p99 50); return: job's end to command's end (goal 20)\n`,
  );
  say(`a process by itself here: ${show(emptyProcessMs())} ms\n`);
  if (why !== undefined) say(`no real Slurm beside it: ${why}\n`);
}

function emptyProcessMs() {
  const times = timesOf(['true'], 200, { env: { PATH: '/usr/bin:/bin' } });
  return quantile(
    times.map((time) => time.ended - time.began),
    0.5,
  );
}
