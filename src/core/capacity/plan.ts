// How many instances each compute environment should have: from the demand that found no room, the
// bounds of the environment, idle times and what is under way. The adapter makes the wanted true.

import { type NodeName, nodeName } from '../../model/ids.ts';
import type { ComputeEnvironment, InstanceType } from '../../model/queue.ts';
import type { Report } from '../../model/report.ts';
import type { Context } from '../context.ts';
import { drainNode, nodeGone } from '../lifecycle/nodes.ts';
import { memoryOf } from '../scheduling/fit.ts';
import type { JobClass, Need } from '../scheduling/job-class.ts';
import type { Instance, StateView } from '../state.ts';

/** Wants instances for jobs without room, and lets go of idle ones. */
export function planCapacity(state: StateView, at: Context): void {
  for (const environment of state.environments.values()) {
    if (environment.kind !== 'ec2') continue;
    grow(state, environment, at);
    shrink(state, environment, at);
  }
}

/** What a cloud reported of an instance. */
export function instanceReported(
  state: StateView,
  report: Report & { kind: 'instanceLaunched' | 'instanceInterrupted' | 'instanceGone' },
  at: Context,
): void {
  if (report.kind === 'instanceInterrupted') {
    const instance = [...state.instances.values()].find((one) => one.node === report.node);
    if (instance?.state !== 'joined') return;
    at.emit({
      kind: 'instanceChanged',
      at: at.now,
      request: instance.request,
      state: 'interrupted',
    });
    drainNode(state, report.node, 'instance interrupted', at);
    return;
  }
  const instance = state.instances.get(report.request);
  if (instance === undefined) return;
  if (report.kind === 'instanceLaunched') {
    if (instance.state !== 'requested') return;
    at.emit({ kind: 'instanceChanged', at: at.now, request: instance.request, state: 'booting' });
    return;
  }
  nodeGone(state, instance.node, at);
  at.emit({ kind: 'instanceChanged', at: at.now, request: instance.request, state: 'gone' });
}

/** What an instance that is coming has left for jobs that wait. */
interface Coming {
  cpus: number;
  memoryMib: number;
}

/** As many instances as the waiting jobs fill, beside those that are coming already. */
function grow(state: StateView, environment: ComputeEnvironment, at: Context): void {
  const mine = [...state.instances.values()].filter((one) => one.environment === environment.name);
  const coming = mine.filter(isComing).map(({ type }): Coming => ({ ...type }));
  let room = environment.maxInstances - mine.length;
  for (const jobClass of state.classes.values()) {
    if (!spills(state, jobClass, environment)) continue;
    let left = demandOf(jobClass);
    const type = cheapestFit(environment, jobClass.need, left);
    if (type === undefined) continue;
    for (const one of coming) left -= fill(one, jobClass.need, left);
    for (; left > 0 && room > 0; room--) {
      want(state, environment, type, at);
      const fresh = { ...type };
      coming.push(fresh);
      left -= fill(fresh, jobClass.need, left);
    }
  }
}

/** Puts up to `most` attempts on it; returns how many. */
function fill(coming: Coming, need: Need, most: number): number {
  const count = Math.min(most, attemptsOn(coming, need));
  coming.cpus -= need.exclusive ? coming.cpus : count * need.cpus;
  coming.memoryMib -= count * memoryOf(need, need.cpus);
  return count;
}

function attemptsOn({ cpus, memoryMib }: Coming, need: Need): number {
  const memory = memoryOf(need, need.cpus);
  const byCpu = Math.floor(cpus / need.cpus);
  const count = memory === 0 ? byCpu : Math.min(byCpu, Math.floor(memoryMib / memory));
  return need.exclusive ? Math.min(1, count) : count;
}

function want(
  state: StateView,
  environment: ComputeEnvironment,
  type: InstanceType,
  at: Context,
): void {
  const request = state.nextInstance;
  at.emit({
    kind: 'instanceWanted',
    at: at.now,
    request,
    environment: environment.name,
    instanceType: type,
    node: nodeName(`${environment.name}-${request}`),
  });
}

/** Instances that hold nothing for the idle time go, and those that never joined. */
function shrink(state: StateView, environment: ComputeEnvironment, at: Context): void {
  if (state.instances.size === 0) return;
  const isWanted = isNeeded(state, environment);
  for (const instance of [...state.instances.values()]) {
    if (instance.environment !== environment.name) continue;
    if (!isToGo(state, instance, { environment, isWanted }, at)) continue;
    drainNode(state, instance.node, 'instance terminating', at);
    at.emit({
      kind: 'instanceChanged',
      at: at.now,
      request: instance.request,
      state: 'terminating',
    });
  }
}

function isToGo(
  state: StateView,
  instance: Instance,
  demand: { environment: ComputeEnvironment; isWanted: boolean },
  at: Context,
): boolean {
  if (isComing(instance)) return at.now - instance.since >= at.policy.bootMs;
  if (holdsSomething(state, instance.node)) return false;
  if (instance.state === 'interrupted') return true;
  if (instance.state !== 'joined' || demand.isWanted) return false;
  const emptySince = state.nodes.get(instance.node)?.emptySince ?? instance.since;
  return at.now - Math.max(instance.since, emptySince) >= demand.environment.idleMs;
}

/** An attempt that only waits for its report is on it too. */
function holdsSomething(state: StateView, node: NodeName): boolean {
  if ((state.nodes.get(node)?.runs.size ?? 0) > 0) return true;
  for (const run of state.runs.values()) {
    if (run.phase === 'completing' && run.allocation.some((part) => part.node === node))
      return true;
  }
  return false;
}

function isComing(instance: Instance): boolean {
  return instance.state === 'requested' || instance.state === 'booting';
}

function isNeeded(state: StateView, environment: ComputeEnvironment): boolean {
  for (const jobClass of state.classes.values()) {
    if (jobClass.size > 0 && spills(state, jobClass, environment)) return true;
  }
  return false;
}

function spills(state: StateView, jobClass: JobClass, environment: ComputeEnvironment): boolean {
  const queue = state.queues.get(jobClass.queue);
  return jobClass.size > 0 && (queue?.environments.includes(environment.name) ?? false);
}

/** Attempts of the class that wait for nothing but room. */
function demandOf(jobClass: JobClass): number {
  let attempts = 0;
  for (const { elements } of jobClass) {
    attempts +=
      elements === undefined
        ? 1
        : Math.min(elements.waitingCount, elements.limit - elements.running);
  }
  return attempts;
}

/** The type with the lowest price for each of so many attempts. */
function cheapestFit(
  environment: ComputeEnvironment,
  need: Need,
  attempts: number,
): InstanceType | undefined {
  const price = (type: InstanceType) =>
    type.priceMicros / Math.min(attempts, attemptsOn(type, need));
  return environment.instanceTypes
    .filter((type) => attemptsOn(type, need) > 0)
    .sort((a, b) => price(a) - price(b))[0];
}
