// A storm: clients submit through every door while daemon, agent and launcher are killed at random
// moments; supervisors never are. When it is over everything settles and is judged.

import * as net from 'node:net';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { attemptsKept, ChaosClients } from './chaos-clients.ts';
import { judge, type Submission } from './chaos-judge.ts';
import { storeOn } from './store-processes.ts';
import { TestGateway, type TestUser } from './test-gateway.ts';

const AGENT = 'spillway-agent.js';
const LAUNCHER = 'launcher/launcher';
const SETTLE_MS = 120_000;
const CALM_MOST_MS = 400;
/** After every so manyth kill a job must run before the next: all must have come back. */
const PROGRESS_EVERY = 5;
const PROGRESS_MS = 60_000;
/** One daemon in so many is killed while it starts. */
const EARLY_IN = 4;

/** What a storm is made of. */
export interface StormOptions {
  readonly seed: number;
  readonly kills: number;
  /** A build with something changed. */
  readonly build?: string;
  /** Whose gateway it is; absent: that of whoever runs the tests. */
  readonly of?: TestUser;
}

/** What came of it. */
export interface Storm {
  /** Everything that is wrong, a line each. */
  readonly wrong: readonly string[];
  readonly submissions: readonly Submission[];
  /** Kills by victim. */
  readonly kills: Readonly<Record<Victim, number>>;
  readonly slowestStartMs: number;
}

type Victim = 'daemon' | 'agent' | 'launcher';
const VICTIMS: readonly Victim[] = ['daemon', 'agent', 'launcher'];

/** Runs one; resolves when all is settled and judged. */
export async function storm({ seed, kills, build, of }: StormOptions): Promise<Storm> {
  const random = seededRandom(seed);
  const ports = { http: await freePort(), grpc: await freePort() };
  const gateway = await TestGateway.start({
    settings: `httpPort: ${ports.http}\ngrpcPort: ${ports.grpc}\nrequeueDelay: 100ms\n`,
    ...(build === undefined ? {} : { build }),
    ...(of === undefined ? {} : { of, users: true }),
  });
  try {
    const killer = new Killer(gateway, random);
    const clients = new ChaosClients(gateway, random);
    await clients.start(ports);
    for (let done = 1; done <= kills; done++) {
      await killer.kill();
      if (done % PROGRESS_EVERY === 0) await killer.seeProgress();
    }
    await clients.finish();
    const { submissions } = clients;
    const wrong = [
      ...(await settled(gateway, ports.http)),
      ...(await judged(gateway, submissions)),
    ];
    return { wrong, submissions, kills: killer.counts, slowestStartMs: killer.slowestStartMs };
  } finally {
    await gateway.close();
  }
}

class Killer {
  readonly counts: Record<Victim, number> = { daemon: 0, agent: 0, launcher: 0 };
  slowestStartMs = 0;
  readonly #gateway: TestGateway;
  readonly #random: Random;

  constructor(gateway: TestGateway, random: Random) {
    this.#gateway = gateway;
    this.#random = random;
  }

  /** Kills one at a random moment; a daemon is started again. */
  async kill(): Promise<void> {
    await this.#wait(this.#random.below(CALM_MOST_MS));
    let victim = VICTIMS[this.#random.below(VICTIMS.length)] as Victim;
    // One that is dead already is not waited for.
    if (victim !== 'daemon' && !this.#killOnNode(victim)) victim = 'daemon';
    if (victim === 'daemon') await this.#killDaemon();
    this.counts[victim] += 1;
  }

  /** Waits until another job has begun to run. */
  async seeProgress(): Promise<void> {
    const before = this.#gateway.file('runs').length;
    const words = (): string => 'no job has run since the last kill';
    await this.#gateway.until(() => this.#gateway.file('runs').length > before, words, PROGRESS_MS);
  }

  async #killDaemon(): Promise<void> {
    await this.#gateway.endDaemon('SIGKILL');
    if (this.#random.below(EARLY_IN) === 0) {
      const died = this.#gateway.startDaemon().catch(() => {});
      await this.#wait(this.#random.below(CALM_MOST_MS));
      await this.#gateway.endDaemon('SIGKILL');
      await died;
    }
    const began = performance.now();
    await this.#gateway.startDaemon();
    this.slowestStartMs = Math.max(this.slowestStartMs, performance.now() - began);
  }

  /** Whether there was one. */
  #killOnNode(victim: 'agent' | 'launcher'): boolean {
    const gateway = this.#gateway;
    const found = victim === 'agent' ? gateway.processes(AGENT) : launchers(gateway);
    return found.filter(killHard).length > 0;
  }

  #wait(ms: number): Promise<void> {
    const end = performance.now() + ms;
    return this.#gateway.until(() => performance.now() >= end);
  }
}

function killHard(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

/** Launchers that are no supervisors: children of an agent. Those of a dead one leave by themselves. */
function launchers(gateway: TestGateway): number[] {
  const agents = gateway.processes(AGENT);
  return gateway.processes(LAUNCHER).filter((pid) => agents.includes(gateway.parentOf(pid)));
}

/** Waits until nothing is left to do, and says what stays all the same. */
async function settled(gateway: TestGateway, http: number): Promise<string[]> {
  const wrong: string[] = [];
  const eventually = async (words: string, look: () => Promise<string>): Promise<void> => {
    let seen = '';
    try {
      await gateway.until(async () => (seen = await look()) === '', undefined, SETTLE_MS);
    } catch {
      wrong.push(`${words}: ${seen.slice(0, 500)}`);
    }
  };
  await eventually('not finished', () => gateway.ok('squeue', ['-h', '-o', '%i %T %r']));
  await eventually('still allocated', async () => {
    const text = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
    const alloc = /^slurm_jobs_cpus_alloc (\d+)$/m.exec(text)?.[1];
    return alloc === '0' ? '' : `${alloc} CPUs`;
  });
  await eventually('kept on the node', async () => attemptsKept(gateway).join(' '));
  await eventually('processes left behind', async () => {
    const others = gateway.processes(LAUNCHER).length - launchers(gateway).length;
    const jobs = gateway.processes('sh -c').length + gateway.processes('slurm_script').length;
    return others + jobs === 0 ? '' : `${others} supervisors, ${jobs} jobs`;
  });
  return wrong;
}

/** Stops the gateway and judges what it left. */
async function judged(gateway: TestGateway, submissions: readonly Submission[]): Promise<string[]> {
  const fields = 'jobid,jobidraw,jobname,state,exitcode';
  const words = ['-P', '-n', '-X', '-S', '2000-01-01', '-o', fields];
  const accounting = await gateway.ok('sacct', words);
  const wrong = judge({ submissions, runs: gateway.file('runs'), accounting });
  await gateway.endDaemon('SIGTERM');
  const store = storeOn(gateway.state);
  await store.start();
  try {
    const { problems, rows } = await store.examine();
    if (rows['attempt'] !== 0) wrong.push(`${rows['attempt']} attempts beside the first ones`);
    return [...problems, ...wrong];
  } finally {
    await store.stop();
  }
}

function freePort(): Promise<number> {
  const server = net.createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
