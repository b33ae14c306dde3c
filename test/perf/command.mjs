// One command as a whole process, from its start to its end, beside the same of a real Slurm: while
// little is known, and the listings again, with an empty answer, while 100,000 jobs wait.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { PerfGateway, SHIMS } from './gateway.mjs';
import { submitLoad } from './load.mjs';
import { timesOf } from './native.mjs';
import { median, quantile, show, table } from './numbers.mjs';
import { SLURM_ENVIRONMENT, whyNoSlurm, withSlurm } from './slurm.mjs';

const ROUNDS = 10;
const KNOWN = 100_000;

/** Ours, and what real Slurm is asked beside it. */
const FEW = [
  { ours: ['sbatch', '--hold', 'job.sh'], theirs: ['sbatch', '--hold', 'job.sh'] },
  { ours: ['bsub', '-H', 'true'], theirs: ['sbatch', '--hold', 'job.sh'] },
  { ours: ['squeue', '-h', '-t', 'R'], theirs: ['squeue', '-h', '-t', 'R'] },
  { ours: ['bjobs', '-r'], theirs: ['squeue', '-h', '-t', 'R'] },
];
/** Its 100,000 are one array, as submitting so many jobs would take it minutes: easy for it. */
const MANY = [
  { ours: ['squeue', '-h', '-t', 'R'], theirs: ['squeue', '-h', '-t', 'R'] },
  { ours: ['bjobs', '-r'], theirs: ['squeue', '-h', '-t', 'R'] },
];

function compared(gateway, pairs, each, hasSlurm) {
  const cwd = gateway.directory;
  const found = pairs.map(() => ({ ours: [], theirs: [] }));
  const timed = (words, env) => timesOf(words, each, { cwd, env }).map((t) => t.ended - t.began);
  for (let round = 0; round <= ROUNDS; round++) {
    pairs.forEach(({ ours: [program, ...words], theirs }, at) => {
      const ours = timed([path.join(SHIMS, program), ...words], gateway.environment);
      const slurm = hasSlurm
        ? timed([`/usr/bin/${theirs[0]}`, ...theirs.slice(1)], SLURM_ENVIRONMENT)
        : [];
      // The first round warms up.
      if (round === 0) return;
      found[at].ours.push(...ours);
      found[at].theirs.push(...slurm);
    });
  }
  return pairs.map(({ ours, theirs }, at) => {
    const { ours: a, theirs: b } = found[at];
    const ratio = show(median(a) / median(b));
    const peer = hasSlurm ? [show(median(b)), show(quantile(b, 0.99)), ratio] : [];
    const words = hasSlurm ? `${ours.join(' ')} / ${theirs.join(' ')}` : ours.join(' ');
    return [words, show(median(a)), show(quantile(a, 0.99)), ...peer];
  });
}

export async function measure(say, { scale }) {
  const each = Math.max(5, Math.round(50 * scale));
  const why = whyNoSlurm();
  const hasSlurm = why === undefined;
  const gateway = await PerfGateway.start({
    cpus: 2,
    settings: 'queues: [{name: normal, active: false}]\n',
  });
  const job = path.join(gateway.directory, 'job.sh');
  fs.writeFileSync(job, '#!/bin/sh\ntrue\n');
  const head = [
    'ms, whole process',
    'median',
    'p99',
    ...(hasSlurm ? ['Slurm', 'p99', 'ratio'] : []),
  ];
  const all = async () => {
    say(table(head, compared(gateway, FEW, each, hasSlurm)));
    await submitLoad(gateway, { jobs: KNOWN, perMessage: 500, window: 16 });
    const array = ['/usr/bin/sbatch', '--hold', `--array=1-${KNOWN}`, job];
    if (hasSlurm) timesOf(array, 1, { cwd: '/', env: SLURM_ENVIRONMENT });
    const withMany = [`with ${KNOWN.toLocaleString('en')} waiting`, ...head.slice(1)];
    say(table(withMany, compared(gateway, MANY, each, hasSlurm)));
  };
  try {
    if (hasSlurm) await withSlurm(all);
    else await all();
  } finally {
    await gateway.stop();
  }
  say(`${ROUNDS} rounds of ${each} each, in turn; goal: a ratio of at most 1\n`);
  if (!hasSlurm) say(`no real Slurm beside it: ${why}\n`);
}
