// Jobs that wait: the memory of a million, and a restart after kill -9 with 100,000, until the daemon
// says that it accepts work.

import { PerfGateway, pause } from './gateway.mjs';
import { submitLoad } from './load.mjs';
import { median, show } from './numbers.mjs';

const SETTINGS = 'queues: [{name: normal, active: false}]\n';
const RESTARTS = 100_000;

export async function measure(say, { scale }) {
  const jobs = Math.round(1_000_000 * scale);
  const load = { perMessage: 500, window: 16 };
  const gateway = await PerfGateway.start({ cpus: 64, noOp: true, settings: SETTINGS });
  try {
    const before = gateway.daemonRssMib;
    const { began, answered, refused } = await submitLoad(gateway, { ...load, jobs });
    if (refused > 0) throw new Error(`${refused} refused`);
    const atOnce = gateway.daemonRssMib;
    await pause(3000);
    const later = gateway.daemonRssMib;
    const rate = show((jobs * 1000) / (answered - began));
    say(
      `${jobs.toLocaleString('en')} waiting jobs: daemon ${show(before)} MiB before, ${show(atOnce)} MiB `,
    );
    say(
      `at the last answer, ${show(later)} MiB 3 s later (goal 1,000 MB); submitted at ${rate}/s\n`,
    );
  } finally {
    await gateway.stop();
  }
  await restarts(say, load);
}

async function restarts(say, load) {
  const gateway = await PerfGateway.start({ cpus: 64, noOp: true, settings: SETTINGS });
  try {
    const empty = [];
    for (let round = 0; round < 3; round++) empty.push(await restarted(gateway));
    await submitLoad(gateway, { ...load, jobs: RESTARTS });
    const full = [];
    for (let round = 0; round < 3; round++) full.push(await restarted(gateway));
    const words = `${show(median(full))} ms (${full.map(show).join(' ')})`;
    say(
      `restart after kill -9 with ${RESTARTS.toLocaleString('en')} waiting jobs: ${words}, goal 5,000; `,
    );
    say(`with none ${show(median(empty))} ms\n`);
  } finally {
    await gateway.stop();
  }
}

async function restarted(gateway) {
  await gateway.endDaemon('SIGKILL');
  return gateway.startDaemon();
}
