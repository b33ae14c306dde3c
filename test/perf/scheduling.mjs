// The core alone, in this process: placements a second on 10,000 nodes that are nearly full, beside a
// naive scan of the same nodes, and one pass over 100,000 jobs that do not fit but backfill may try.

import { seededRandom } from '../../dist/base/random.js';
import { decide, observe } from '../../dist/core/decide.js';
import { evolve } from '../../dist/core/evolve.js';
import { schedule } from '../../dist/core/scheduling/schedule.js';
import { emptyState } from '../../dist/core/state.js';
import { median, show } from './numbers.mjs';

const NODES = 10_000;
const CPUS = 64;
const JOB_CPUS = [1, 2, 4, 8, 16, 32];
const BY = { user: 'a', uid: 1001, gid: 1001, group: 'a', groups: [1001], administrator: false };
const POLICY = {
  maxArraySize: 4_000_001,
  maxJobs: 10_000_000,
  maxScriptBytes: 2 ** 22,
  maxEnvironmentBytes: 2 ** 22,
  minimumUid: 0,
  leaseMs: 660_000,
  nodeLostAfterMs: 86_400_000,
  requeueDelayMs: { slurm: 0, lsf: 0, batch: 0, grpc: 0 },
  bootMs: 600_000,
  retryWords: () => ({ statusReason: '', reason: '', exitCode: '' }),
};

/** A state with its nodes, and the few things that are done to it. */
class Cluster {
  state = emptyState(1);
  steadyMs = 0;

  constructor() {
    const queue = { name: 'normal', priority: 30, open: true, active: true, isDefault: true };
    this.state.queues.set('normal', { ...queue, description: '', environments: ['local'] });
    this.state.environments.set('local', { name: 'local', kind: 'local', instanceTypes: [] });
    for (let i = 0; i < NODES; i++) {
      const node = { node: `n${i}`, environment: 'local', bootId: 'b', attempts: [] };
      const size = { cpus: CPUS, memoryMib: 256 * 1024 };
      observe(this.state, { kind: 'nodeConnected', ...node, size }, this.context());
    }
    this.settle();
  }

  context() {
    return {
      now: 1_700_000_000_000 + this.steadyMs,
      steadyMs: this.steadyMs,
      random: seededRandom(1),
      policy: POLICY,
      emit: (event) => evolve(this.state, event),
      forget: () => {},
    };
  }

  submit(cpus, wallTimeMs, memoryGib = 1) {
    const request = requestOf(cpus, wallTimeMs, memoryGib);
    const content = { script: new Uint8Array(), environment: new Uint8Array() };
    const command = { kind: 'submitJob', submission: { request, content } };
    const key = `${cpus}/${wallTimeMs}/${memoryGib}`;
    return decide(this.state, { command, by: BY, key }, this.context()).job;
  }

  schedule(placements) {
    return schedule(this.state, { placements }, this.context());
  }

  end(run) {
    const at = this.context().now;
    const usage = { userCpuMs: 1, systemCpuMs: 1, maxMemoryKib: 1 };
    const outcome = { startedAt: at, at, exitCode: 0, signal: 0, usage };
    const ended = [{ job: run.id, attempt: run.attempt, ...outcome }];
    const node = run.allocation[0].node;
    observe(this.state, { kind: 'attemptsEnded', node, ended }, this.context());
  }

  /** What a commit takes out. */
  settle() {
    this.state.changedJobs = [];
    this.state.changedRuns = [];
    this.state.changedInstances = [];
    this.state.batch++;
  }
}

const requests = new Map();

function requestOf(cpus, wallTimeMs, memoryGib) {
  const key = `${cpus}/${wallTimeMs}/${memoryGib}`;
  if (!requests.has(key)) {
    requests.set(key, {
      dialect: 'slurm',
      name: 'job',
      queue: 'normal',
      command: 'job',
      launch: 'script',
      arguments: [],
      resources: { tasks: 1, cpusPerTask: cpus, memoryMibPerNode: memoryGib * 1024 },
      limits: { wallTimeMs },
      streams: { openMode: 'truncate' },
      workingDirectory: '/',
      umask: 0o22,
      submitHost: 'head',
    });
  }
  return requests.get(key);
}

/** Full nodes; then one job ends and one is placed, `count` times. CPU seconds of the passes alone. */
function placements(count) {
  const cluster = new Cluster();
  const random = seededRandom(7);
  const draw = () => JOB_CPUS[random.below(JOB_CPUS.length)];
  const hours = 3_600_000;
  const fill = 80_000;
  for (let i = 0; i < fill + count; i++) cluster.submit(draw(), 24 * hours);
  while (!cluster.schedule(100_000)) cluster.settle();
  cluster.settle();
  const runs = [...cluster.state.runs.values()];
  let placed = 0;
  let seconds = 0;
  for (let at = 0; placed < count && at < runs.length; at += 64) {
    for (const run of runs.slice(at, at + 64)) cluster.end(run);
    const before = cluster.state.runs.size;
    const began = process.cpuUsage();
    cluster.schedule(100_000);
    const { user, system } = process.cpuUsage(began);
    seconds += (user + system) / 1e6;
    placed += cluster.state.runs.size - before;
    cluster.settle();
  }
  return { rate: placed / seconds };
}

/** First fit over an array of plain nodes, the same work: one job ends, one is placed. */
function naive(count) {
  const random = seededRandom(7);
  const draw = () => JOB_CPUS[random.below(JOB_CPUS.length)];
  const nodes = Array.from({ length: NODES }, () => ({ free: CPUS }));
  const firstFit = (cpus) => nodes.find((node) => node.free >= cpus);
  const running = [];
  const place = (cpus) => {
    const node = firstFit(cpus);
    if (node === undefined) return false;
    node.free -= cpus;
    running.push({ node, cpus });
    return true;
  };
  while (place(draw()));
  let seconds = 0;
  let placed = 0;
  let next = draw();
  for (let i = 0; i < count; i++) {
    const { node, cpus } = running[i];
    node.free += cpus;
    const began = process.cpuUsage();
    while (place(next)) {
      placed++;
      next = draw();
    }
    const { user, system } = process.cpuUsage(began);
    seconds += (user + system) / 1e6;
  }
  return placed / seconds;
}

/**
 * One pass over 100,000 jobs of 500 shapes behind the one that is reserved for: every node has CPUs
 * for them and none has the memory, so that no shape is told at once.
 */
function backfillMs(jobs, shapes) {
  const cluster = new Cluster();
  for (let i = 0; i < NODES; i++) cluster.submit(CPUS / 2, 7_200_000, 200);
  while (!cluster.schedule(100_000));
  cluster.settle();
  cluster.submit(CPUS, 3_600_000, 256);
  for (let i = 0; i < jobs; i++) {
    const shape = i % shapes;
    cluster.submit(1 + (shape % 25), 600_000 * (1 + Math.floor(shape / 25)), 60);
  }
  cluster.settle();
  const times = [];
  for (let round = 0; round < 5; round++) {
    cluster.steadyMs += 1000;
    const began = performance.now();
    cluster.schedule(100_000);
    times.push(performance.now() - began);
    cluster.settle();
  }
  return times;
}

export async function measure(say, { scale }) {
  const count = Math.round(20_000 * scale);
  const ours = [];
  const scans = [];
  for (let round = 0; round < 3; round++) {
    ours.push(placements(count));
    scans.push(naive(Math.min(count, 5_000)));
  }
  const rate = median(ours.map((one) => one.rate));
  say(
    `placement on ${NODES.toLocaleString('en')} nearly full nodes: ${show(rate)} a core-second with policy `,
  );
  say(
    `(${ours.map((one) => show(one.rate)).join(' ')}; goal 500,000), naive scan ${show(median(scans))}, `,
  );
  say(`ratio ${show(rate / median(scans))} (goal 10)\n`);
  const times = backfillMs(Math.round(100_000 * scale), 500);
  say(
    `pass over ${show(100_000 * scale)} jobs of 500 shapes that do not fit: ${show(median(times))} ms `,
  );
  say(`(${times.map(show).join(' ')}; goal 50)\n`);
}
