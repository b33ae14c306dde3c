// An array of a million elements: until it is acknowledged, which is durable; what the daemon's memory
// grows by while it waits; no-op elements ended, in the accounting, a second.

import { difference } from './cpu.mjs';
import { PerfGateway, pause } from './gateway.mjs';
import { submitLoad } from './load.mjs';
import { cpuSplit, median, show } from './numbers.mjs';

const WAITING = 'queues: [{name: normal, active: false}]\n';
const CPUS = 4096;

async function waiting(elements) {
  const gateway = await PerfGateway.start({ cpus: CPUS, noOp: true, settings: WAITING });
  try {
    const one = { jobs: 1, perMessage: 1, window: 1 };
    // A first small one, as in a daemon that runs.
    for (let i = 0; i < 20; i++) await submitLoad(gateway, { ...one, lastIndex: 10 });
    await pause(1000);
    const before = gateway.daemonRssMib;
    const times = [];
    for (let round = 0; round < 5; round++) {
      const { began, answered } = await submitLoad(gateway, { ...one, lastIndex: elements });
      times.push(answered - began);
    }
    await pause(1000);
    return { times, mib: (gateway.daemonRssMib - before) / times.length };
  } finally {
    await gateway.stop();
  }
}

async function ended(elements) {
  const gateway = await PerfGateway.start({ cpus: CPUS, noOp: true });
  try {
    const one = { jobs: 1, perMessage: 1, window: 1 };
    await submitLoad(gateway, { ...one, lastIndex: 100_000 });
    await gateway.untilAllEnded();
    const before = gateway.cpuMs();
    const { began } = await submitLoad(gateway, { ...one, lastIndex: elements });
    await gateway.untilAllEnded();
    const ms = performance.timeOrigin + performance.now() - began;
    const cpu = difference(gateway.cpuMs(), before);
    const count = gateway.database.prepare('SELECT sum(count) FROM array_chunk').pluck().get();
    if (count !== elements + 100_000) throw new Error(`${count} elements in the accounting`);
    return { rate: (elements * 1000) / ms, cpu, mib: gateway.daemonRssMib };
  } finally {
    await gateway.stop();
  }
}

export async function measure(say, { scale }) {
  const elements = Math.round(1_000_000 * scale);
  const { times, mib } = await waiting(elements);
  const runs = [];
  for (let round = 0; round < 3; round++) runs.push(await ended(elements));
  const rate = median(runs.map((run) => run.rate));
  const count = elements.toLocaleString('en');
  say(
    `array of ${count}: acknowledged in ${show(median(times))} ms (${times.map(show).join(' ')}; goal 100)\n`,
  );
  say(`while it waits ${show(mib)} MiB more (goal 50)\n`);
  say(
    `no-op elements ended/s: ${show(rate)} (${runs.map((run) => show(run.rate)).join(' ')}; aim 1,000,000); `,
  );
  say(`daemon ${show(median(runs.map((run) => run.mib)))} MiB at the end\n`);
  say(`${cpuSplit(runs.at(-1).cpu, elements, 'us')}\n`);
}
