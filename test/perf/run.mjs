// npm run perf [-- [--quick] name…]: the benchmarks of test/perf, all or those that are named. What they
// say goes to the screen and to test/perf/results/<name>.txt. As root they run in a private mount
// namespace that has a user alice. Needs a build. No benchmark asserts a time.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { PerfGateway } from './gateway.mjs';
import { stopSlurm } from './slurm.mjs';
import { withAlice } from './users.mjs';

const BENCHMARKS = ['command', 'real-jobs', 'no-op', 'array', 'latency', 'waiting', 'scheduling'];
const RESULTS = path.join(import.meta.dirname, 'results');

const words = process.argv.slice(2);
const isQuick = words.includes('--quick');
const named = words.filter((word) => !word.startsWith('--'));
const unknown = named.find((word) => !BENCHMARKS.includes(word));
if (unknown !== undefined) {
  process.stderr.write(`perf: no benchmark ${unknown}; there are ${BENCHMARKS.join(', ')}\n`);
  process.exit(2);
}

await withAlice();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => void leave());
}

async function leave() {
  await PerfGateway.stopAll();
  stopSlurm();
  process.exit(1);
}

fs.mkdirSync(RESULTS, { recursive: true });
for (const name of named.length > 0 ? named : BENCHMARKS) {
  const { measure } = await import(`./${name}.mjs`);
  const said = [];
  const say = (text) => {
    said.push(text);
    process.stdout.write(text);
  };
  say(`== ${name}\n${conditions()}\n`);
  try {
    await measure(say, { scale: isQuick ? 0.1 : 1 });
    say(`load at the end: ${load()}\n\n`);
    if (!isQuick) fs.writeFileSync(path.join(RESULTS, `${name}.txt`), said.join(''));
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`perf: ${name}: ${error.stack}\n`);
  }
}

/** What a reader must know to judge the numbers. */
function conditions() {
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: RESULTS });
  return [
    `commit ${String(commit.stdout).trim()}`,
    `Node ${process.version}`,
    `${os.availableParallelism()} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    `user ${os.userInfo().uid === 0 ? 'root' : 'ordinary'}`,
    `load before: ${load()}`,
  ].join('; ');
}

function load() {
  return os
    .loadavg()
    .slice(0, 2)
    .map((number) => number.toFixed(2))
    .join(' ');
}
