// What is due: begin times, time limits and their warnings, leases of lost nodes, delayed
// dependencies. Alarms are never taken back; one whose reason has passed is dropped here.

import type { EndPlan } from '../../model/end-plan.ts';
import { planCapacity } from '../capacity/plan.ts';
import type { Context } from '../context.ts';
import { askerOf } from '../dependency/evaluate.ts';
import { firstWait } from '../dependency/first-wait.ts';
import { settle } from '../dependency/settle.ts';
import type { Alarm, StateView } from '../state.ts';
import { nodeStillLost } from './nodes.ts';

const SIGTERM = 15;
const SIGKILL = 9;

/** Slurm's KillWait and Batch's grace: 30 s between SIGTERM and SIGKILL. */
const DEFAULT_PLAN: EndPlan = {
  signals: [
    { signal: SIGTERM, afterMs: 0, scope: 'all' },
    { signal: SIGKILL, afterMs: 30_000, scope: 'all' },
  ],
};

/** Rings everything that is due. */
export function ring(state: StateView, at: Context): void {
  for (const [alarms, now] of [
    [state.wallAlarms, at.now],
    [state.steadyAlarms, at.steadyMs],
  ] as const) {
    for (let due = alarms.peek(); due !== undefined && due.at <= now; due = alarms.peek()) {
      alarms.pop();
      ringOne(state, due, at);
    }
  }
  for (const slot of state.nodes.values()) nodeStillLost(state, slot.node.name, at);
  planCapacity(state, at);
}

function ringOne(state: StateView, alarm: Alarm, at: Context): void {
  switch (alarm.kind) {
    case 'begin':
      return begin(state, alarm, at);
    case 'dependency':
      if (alarm.job.waitsFor === 'dependency') settle(state, alarm.job, at);
      return;
    case 'limit': {
      const { run } = alarm;
      if (run.phase !== 'running' || run.ending !== undefined) return;
      const plan = run.job.spec.request.timeLimitPlan ?? DEFAULT_PLAN;
      at.emit({
        kind: 'attemptEnding',
        job: run.id,
        at: at.now,
        ending: { kind: 'timedOut' },
        plan,
      });
      return;
    }
    case 'warning': {
      const { run } = alarm;
      const warning = run.job.spec.request.warningSignal;
      if (run.phase !== 'running' || run.ending !== undefined || warning === undefined) return;
      const scope = warning.script ? 'script' : 'children';
      at.emit({ kind: 'attemptSignalled', job: run.id, at: at.now, signal: warning.signal, scope });
      return;
    }
    default:
      return alarm satisfies never;
  }
}

function begin(state: StateView, { job }: Alarm & { kind: 'begin' }, at: Context): void {
  if (job.waitsFor !== 'beginTime' || job.state.kind !== 'pending') return;
  const waiting = { request: job.spec.request, held: false, notBefore: job.notBefore };
  const next = firstWait(state, askerOf(job), waiting, at.now);
  if (next === 'nothing') at.emit({ kind: 'jobEligible', job: job.id, at: at.now });
  else if (next !== 'beginTime') {
    at.emit({ kind: 'jobReleased', job: job.id, at: at.now, waitsFor: next });
    if (next === 'dependency') settle(state, job, at);
  }
}
