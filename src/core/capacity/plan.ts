// How many instances each compute environment should have: from the demand that found no room, the
// bounds of the environment, idle times and what is under way. The adapter makes the wanted true.

import { nodeName } from '../../model/ids.ts';
import type { ComputeEnvironment, InstanceType } from '../../model/queue.ts';
import type { Report } from '../../model/report.ts';
import type { Context } from '../context.ts';
import { drainNode, nodeGone } from '../lifecycle/nodes.ts';
import type { JobClass } from '../scheduling/job-class.ts';
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

/** One instance for every share of demand that nothing under way will serve. */
function grow(state: StateView, environment: ComputeEnvironment, at: Context): void {
  const mine = [...state.instances.values()].filter((one) => one.environment === environment.name);
  let room = environment.maxInstances - mine.length;
  let coming = mine.filter(isComing).reduce((sum, one) => sum + one.type.cpus, 0);
  for (const jobClass of state.classes.values()) {
    if (!spills(state, jobClass, environment)) continue;
    const type = cheapestFit(environment, jobClass);
    if (type === undefined) continue;
    let wanted = Math.min(demandOf(jobClass), environment.maxInstances) * jobClass.need.cpus;
    const served = Math.min(coming, wanted);
    coming -= served;
    wanted -= served;
    for (; wanted > 0 && room > 0; room--) {
      want(state, environment, type, at);
      wanted -= type.cpus;
    }
  }
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
  const busy = new Set<string>();
  for (const run of state.runs.values()) for (const part of run.allocation) busy.add(part.node);
  for (const instance of [...state.instances.values()]) {
    if (instance.environment !== environment.name) continue;
    const age = at.now - instance.since;
    const isEmpty = !busy.has(instance.node);
    const isIdle = isEmpty && !isNeeded(state, environment);
    const letGo =
      (instance.state === 'joined' && isIdle && age >= environment.idleMs) ||
      (instance.state === 'interrupted' && isEmpty) ||
      (isComing(instance) && age >= at.policy.bootMs);
    if (!letGo) continue;
    drainNode(state, instance.node, 'instance terminating', at);
    at.emit({
      kind: 'instanceChanged',
      at: at.now,
      request: instance.request,
      state: 'terminating',
    });
  }
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

function demandOf(jobClass: JobClass): number {
  let attempts = 0;
  for (const job of jobClass) attempts += job.elements?.waitingCount ?? 1;
  return attempts;
}

function cheapestFit(
  environment: ComputeEnvironment,
  { need }: JobClass,
): InstanceType | undefined {
  const memory = Math.max(need.memoryMibPerNode, need.memoryMibPerCpu * need.cpus);
  return environment.instanceTypes
    .filter((type) => type.cpus >= need.cpus && type.memoryMib >= memory)
    .sort((a, b) => a.priceMicros / a.cpus - b.priceMicros / b.cpus)[0];
}
