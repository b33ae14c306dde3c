// Do the books balance? Asked after every batch in simulations; throws at the first lie.

import { assert } from '../base/assert.ts';
import { indexCount } from '../model/index-set.ts';
import { waitsForRoomOnly } from './lifecycle/line.ts';
import type { Job, NodeSlot, StateView } from './state.ts';

/** Every cross-reference of the state, both ways. */
export function check(state: StateView): void {
  for (const slot of state.nodes.values()) checkNode(slot);
  let unfinished = 0;
  for (const job of state.jobs.values()) {
    checkJob(state, job);
    if (job.state.kind !== 'finished' && job.array === undefined) unfinished++;
  }
  assert(unfinished === state.unfinishedJobs, `unfinished: ${unfinished}, ${state.unfinishedJobs}`);
  for (const [id, run] of state.runs) {
    assert(run.id === id, `run ${id} is filed under another number`);
    assert(run.phase !== 'gone', `run ${id} is gone and still in the books`);
    const isKnown =
      run.job.elements === undefined
        ? run.job.state.kind === 'active' && run.job.state.run === run
        : run.job.elements.active.get(run.element as number) === run;
    assert(isKnown, `run ${id} is unknown to its job`);
  }
  let inLine = 0;
  for (const jobClass of state.classes.values()) inLine += [...jobClass].length;
  let waiting = 0;
  for (const job of state.jobs.values()) if (job.order > 0) waiting++;
  assert(inLine === waiting, `${inLine} in line, ${waiting} have a place`);
}

function checkNode(slot: NodeSlot): void {
  let cpus = 0;
  let memoryMib = 0;
  for (const run of slot.runs) {
    const part = run.allocation.find((one) => one.node === slot.node.name);
    assert(part !== undefined, `${slot.node.name} holds run ${run.id} that is not allocated there`);
    assert(run.phase !== 'completing' && run.phase !== 'gone', `ended run ${run.id} holds room`);
    cpus += part.cpus;
    memoryMib += part.memoryMib;
  }
  assert(slot.freeCpus === slot.node.size.cpus - cpus, `${slot.node.name}: CPUs do not add up`);
  assert(
    slot.freeMemoryMib === slot.node.size.memoryMib - memoryMib,
    `${slot.node.name}: memory does not add up`,
  );
}

function checkJob(state: StateView, job: Job): void {
  assert(job.order > 0 === waitsForRoomOnly(job), `job ${job.id}: wrong place in line`);
  if (job.state.kind === 'active') {
    assert(state.runs.get(job.id) === job.state.run, `job ${job.id}: its run is not in the books`);
  }
  const { elements } = job;
  if (elements === undefined) return;
  assert(indexCount(elements.waiting) === elements.waitingCount, `array ${job.id}: waiting`);
  const all =
    elements.waitingCount +
    elements.active.size +
    elements.ended.index.length +
    elements.detached.size;
  assert(all === elements.size, `array ${job.id}: ${all} of ${elements.size} elements`);
  const apart = [...elements.detached.values()].filter((one) => one.state.kind === 'active').length;
  assert(elements.running === elements.active.size + apart, `array ${job.id}: running`);
  assert(elements.running <= elements.limit, `array ${job.id}: more run than may`);
}
