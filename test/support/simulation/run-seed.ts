// One simulated day of one seed: a storm of work and faults, then calm, then the reckoning.

import { expect } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { recordOf } from '../../../src/core/record.ts';
import type { JobRecord } from '../../../src/model/record.ts';
import { instant } from '../../../src/base/brand.ts';
import { type Faults, SimGateway } from './sim-gateway.ts';
import { Workload } from './workload.ts';

const STORM_MS = 600_000;
const CALM_MS = 3 * 24 * 3600 * 1000;

/** Longer chains of hopeless jobs than this are not drawn. */
const CHAIN = 30;

/** What a run counted. */
export interface Tally {
  readonly jobs: number;
  readonly executions: number;
  readonly crashes: number;
  readonly instances: number;
}

/** Which faults are on is drawn from the seed, so that each is also seen without the others. */
export function drawFaults(seed: number): Faults {
  const { below } = seededRandom(seed ^ 0x5bd1e995);
  const draw = () => below(3) > 0;
  return {
    repeats: draw(),
    delays: draw(),
    disconnects: draw(),
    reboots: below(3) === 0,
    crashes: draw(),
    slowDisk: below(2) === 0,
    clockJumps: below(3) === 0,
  };
}

/** Runs a seed; throws at the first broken invariant. */
export async function runSeed(seed: number, faults = drawFaults(seed)): Promise<Tally> {
  const gateway = new SimGateway(seed, faults);
  const workload = new Workload(gateway);
  gateway.nodes.add('n1', 8);
  gateway.nodes.add('n2', 4);
  gateway.start();
  trouble(gateway, workload, faults);
  await runUntil(gateway, STORM_MS);
  gateway.calm();
  await runUntil(gateway, STORM_MS + 600_000);
  workload.releaseAll();
  await runUntil(gateway, STORM_MS + CALM_MS);
  // What waits for something that can never be is given up by its user, link by link.
  for (let round = 1; round <= CHAIN && !isOver(gateway); round++) {
    workload.cancelHopeless();
    await runUntil(gateway, STORM_MS + CALM_MS + round * 3_600_000);
  }
  await reckon(gateway, workload, faults);
  return {
    jobs: workload.acknowledged.size,
    executions: gateway.nodes.executions.size,
    crashes: gateway.crashes,
    instances: gateway.capacity.bought.size,
  };
}

/** Users and faults come at random times until the storm is over. */
function trouble(gateway: SimGateway, workload: Workload, faults: Faults): void {
  const { clock, random } = gateway;
  const again = (everyMs: number, what: () => void) => {
    const next = () => {
      if (clock.monotonicMs() >= STORM_MS) return;
      what();
      clock.after(1 + random.below(everyMs), next);
    };
    clock.after(random.below(everyMs), next);
  };
  const anyNode = () =>
    gateway.nodes.names[random.below(gateway.nodes.names.length)] ?? ('' as never);
  again(8000, () => workload.act());
  if (faults.disconnects) again(120_000, () => gateway.nodes.disconnect(anyNode()));
  if (faults.reboots) again(300_000, () => gateway.nodes.reboot(anyNode()));
  if (faults.crashes) again(200_000, () => gateway.crash());
  if (faults.clockJumps) again(300_000, () => clock.jumpWall((random.below(3) - 1) * 3_600_000));
}

async function runUntil(gateway: SimGateway, untilMs: number): Promise<void> {
  while (await gateway.clock.step(untilMs)) {
    if (gateway.failure !== undefined) throw gateway.failure;
    if (untilMs > STORM_MS && isQuiet(gateway)) return;
  }
}

/** Nothing is unfinished but what waits for something that will never come. */
function isQuiet(gateway: SimGateway): boolean {
  const state = gateway.engine?.state;
  if (state === undefined || state.runs.size > 0 || state.instances.size > 0) return false;
  for (const job of state.jobs.values()) {
    if (job.state.kind !== 'finished' && !isHopeless(job)) return false;
  }
  return true;
}

function isHopeless({ waitsFor }: { readonly waitsFor: string }): boolean {
  return waitsFor === 'never' || waitsFor === 'dependency';
}

function isOver(gateway: SimGateway): boolean {
  const jobs = [...(gateway.engine?.state.jobs.values() ?? [])];
  return jobs.every((job) => job.state.kind === 'finished');
}

async function reckon(gateway: SimGateway, workload: Workload, faults: Faults): Promise<void> {
  const { engine, nodes, store } = gateway;
  const state = engine?.state;
  if (state === undefined) throw new Error('the daemon is down at the end');
  expect(workload.doubled, 'request ids with two jobs').toEqual([]);
  const loaded = await store.load(instant(0));
  const rows = new Map<number, JobRecord>(loaded.jobs.map((row) => [row.id, row]));
  for (const { job } of workload.acknowledged.values()) {
    expect(rows.has(job), `acknowledged job ${job} exists`).toBe(true);
  }
  for (const job of state.jobs.values()) {
    const isFinished = job.state.kind === 'finished';
    expect(isFinished, `job ${job.id} ends: ${JSON.stringify(recordOf(job))}`).toBe(true);
  }
  for (const [attempt, times] of nodes.executions) {
    expect(times, `executions of attempt ${attempt}`).toBe(1);
  }
  for (const row of rows.values()) reckonRow(row, nodes.trueExits);
  for (const slot of state.nodes.values()) {
    expect(slot.runs.size, `runs on ${slot.node.name}`).toBe(0);
  }
  expect(gateway.capacity.living.size, 'instances left behind').toBe(0);
  if (faults.crashes) expect(gateway.crashes).toBeGreaterThanOrEqual(0);
}

/** The exit code that is told is the true one of an execution. */
function reckonRow(row: JobRecord, trueExits: ReadonlyMap<string, number>): void {
  if (row.outcome?.kind === 'exited' && row.elements === undefined && row.attempt > 0) {
    const key = `${row.id}.${row.attempt}`;
    expect(row.outcome.exitCode, `exit code of ${key}`).toBe(trueExits.get(key));
  }
  const ended = row.elements?.ended;
  for (let at = 0; at < (ended?.job.length ?? 0); at++) {
    if (ended?.outcome[at] !== 0) continue;
    const key = `${ended.job[at]}.1`;
    expect(ended.exitCode[at], `exit code of ${key}`).toBe(trueExits.get(key));
  }
}
