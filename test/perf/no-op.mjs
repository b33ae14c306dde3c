// No-op jobs through everything but the start of a process: the batch stream, the engine, the disk,
// the agent's protocol, the accounting. The same with a disk whose every sync takes 1 ms longer.

import { difference } from './cpu.mjs';
import { PerfGateway } from './gateway.mjs';
import { submitLoad } from './load.mjs';
import { slowSync } from './native.mjs';
import { cpuSplit, median, show, table } from './numbers.mjs';

const CPUS = 4096;

/** One run; jobs a second and the CPU of each group. */
async function run(jobs, environment) {
  const gateway = await PerfGateway.start({ cpus: CPUS, noOp: true, environment });
  try {
    const load = { jobs: Math.min(jobs, 20_000), perMessage: 500, window: 16 };
    // Compilers and caches warm up first, as in a daemon that runs.
    await submitLoad(gateway, load);
    await gateway.untilAllEnded();
    const before = gateway.cpuMs();
    const { began, answered, refused } = await submitLoad(gateway, { ...load, jobs });
    await gateway.untilAllEnded();
    const ended = performance.timeOrigin + performance.now();
    const cpu = difference(gateway.cpuMs(), before);
    const lost = jobs + load.jobs - refused - gateway.succeeded();
    if (refused > 0 || lost > 0) throw new Error(`refused ${refused}, lost ${lost}`);
    const perSecond = (ms) => (jobs * 1000) / ms;
    const rssMib = gateway.daemonRssMib;
    return { rate: perSecond(ended - began), acked: perSecond(answered - began), cpu, rssMib };
  } finally {
    await gateway.stop();
  }
}

export async function measure(say, { scale }) {
  const jobs = Math.round(300_000 * scale);
  const slow = slowSync(1);
  const runs = { 'disk as it is': [], 'with 1 ms a sync': [] };
  for (let round = 0; round < 3; round++) {
    runs['disk as it is'].push(await run(jobs, {}));
    runs['with 1 ms a sync'].push(await run(jobs, slow));
  }
  const rows = Object.entries(runs).map(([what, all]) => [
    what,
    show(median(all.map((one) => one.rate))),
    show(median(all.map((one) => one.acked))),
    show(median(all.map((one) => one.rssMib))),
    all.map((one) => show(one.rate)).join(' '),
  ]);
  say(`${jobs.toLocaleString('en')} no-op jobs, 500 a message, 16 messages under way\n`);
  say(table(['', 'ended/s', 'acknowledged/s', 'daemon MiB', 'single runs'], rows));
  const [fast, slowed] = Object.values(runs);
  const rate = (all) => median(all.map((one) => one.rate));
  say(`ratio with 1 ms a sync: ${show(rate(slowed) / rate(fast))} (goal 0.4)\n`);
  say(`${cpuSplit(fast.at(-1).cpu, jobs, 'us')}\n`);
  say('goal 50,000/s, aim 100,000/s; a prototype without policy reached 234,000/s\n');
}
