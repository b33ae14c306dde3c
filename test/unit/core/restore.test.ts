// Three ways to one state: living through what happens, folding the events, and loading the rows.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { check } from '../../../src/core/check.ts';
import { evolve } from '../../../src/core/evolve.ts';
import { recordOf } from '../../../src/core/record.ts';
import { restoreJobs } from '../../../src/core/restore.ts';
import { emptyState, type State } from '../../../src/core/state.ts';
import { jobViews } from '../../../src/core/view/queries.ts';
import { instant } from '../../../src/base/brand.ts';
import { type JobId, jobId } from '../../../src/model/ids.ts';
import { indexRange } from '../../../src/model/index-set.ts';
import type { JobRequest } from '../../../src/model/job-request.ts';
import { CoreWorld } from '../../support/core-world.ts';

const DO = [
  'submit',
  'array',
  'dependent',
  'schedule',
  'start',
  'end',
  'fail',
  'cancel',
  'cancelElement',
  'hold',
  'release',
  'signal',
  'pass',
  'lose',
  'reboot',
] as const;
const step = fc.record({ what: fc.constantFrom(...DO), n: fc.nat({ max: 20 }) });

/** Requests of every kind that has something of its own in a row. */
function requestOf(n: number): Partial<JobRequest> {
  return {
    dialect: n % 2 === 0 ? 'batch' : 'slurm',
    resources: { tasks: 1, cpusPerTask: 1 + (n % 2) },
    ...(n % 3 === 0 && { retry: { attempts: 3, evaluateOnExit: [] } }),
    ...(n % 4 === 1 && { report: true }),
    ...(n % 5 === 2 && { limits: { wallTimeMs: 100_000 } }),
    ...(n % 7 === 3 && { held: 'user' as const }),
    ...(n % 3 === 1 && { rerunnable: true }),
  };
}

function act(world: CoreWorld, what: (typeof DO)[number], n: number): void {
  const jobs = [...world.state.jobs.values()];
  const runs = [...world.state.runs.values()];
  const job = jobs[n % Math.max(1, jobs.length)]?.id;
  const run = runs[n % Math.max(1, runs.length)];
  const selection = { refs: [{ job: job ?? jobId(1) }] };
  switch (what) {
    case 'submit':
      world.submit(requestOf(n));
      return;
    case 'array':
      world.submit({
        ...requestOf(n),
        array: { indices: indexRange(0, n % 6), limit: 1 + (n % 3) },
      });
      return;
    case 'dependent':
      if (job === undefined) return;
      world.submit({
        ...requestOf(n),
        ...(n % 2 === 0 && { array: { indices: indexRange(0, 2) } }),
        dependency: {
          kind: 'condition',
          job,
          when: n % 3 === 0 ? 'succeeded' : 'ended',
          ...(n % 4 === 0 && { sameIndex: true as const }),
        },
      });
      return;
    case 'schedule':
      world.schedule();
      return;
    case 'start':
      if (run?.phase === 'starting') world.start(run.id);
      return;
    case 'end':
    case 'fail':
      if (run === undefined) return;
      if (run.phase === 'completing') {
        const attempts = [{ job: run.id, attempt: run.attempt }];
        world.observe({ kind: 'reportsAppended', node: 'n1' as never, attempts });
      } else world.end(run.id, what === 'end' ? 0 : 3);
      return;
    case 'cancel':
      if (job !== undefined) world.cancel(job, { asDone: n % 5 === 0, onlyPending: n % 4 === 0 });
      return;
    case 'cancelElement':
      if (job !== undefined) world.cancel(job, { elements: [n % 6] });
      return;
    case 'hold':
      world.steer({ kind: 'holdJobs', selection });
      return;
    case 'release':
      world.steer({ kind: 'releaseJobs', selection });
      return;
    case 'signal':
      world.steer({ kind: 'signalJobs', selection, signal: 10, scope: 'all' });
      return;
    case 'pass':
      world.advance(n * 10_000);
      return;
    case 'lose':
      world.observe({ kind: 'nodeDisconnected', node: 'n1' as never });
      world.connect('n1');
      return;
    case 'reboot':
      world.connect('n1', { bootId: `boot-${n}`, attempts: [] });
      return;
    default:
      what satisfies never;
  }
}

/** Everything that users see, and everything that a row holds beside it. */
function shown(state: State): unknown {
  const query = { kind: 'jobs', selection: {}, finishedSince: instant(0) } as const;
  const views = jobViews(state, query).map((view) => ({ ...view, reason: undefined }));
  const rows = [...state.jobs.values()].map((job) => {
    const { isNew: _new, elements: _elements, ...row } = recordOf(job);
    return row;
  });
  const byNumber = (a: { id: JobId }, b: { id: JobId }) => a.id - b.id;
  const order = (a: (typeof views)[number], b: (typeof views)[number]) =>
    a.base - b.base || (a.element ?? -1) - (b.element ?? -1) || a.id - b.id;
  const line = [...state.classes.values()].flatMap((one) =>
    [...one].map((job) => job.id as number),
  );
  return {
    views: views.sort(order),
    rows: rows.sort(byNumber),
    runs: [...state.runs.keys()].sort((a, b) => a - b),
    line: line.sort((a, b) => a - b),
    waiters: [...state.dependencyWaiters].map((job) => job.id as number).sort((a, b) => a - b),
    free: [...state.nodes.values()].map((slot) => [slot.freeCpus, slot.freeMemoryMib]),
  };
}

/** The state after the same, by events alone. */
function folded(world: CoreWorld): State {
  const state = emptyState(1);
  for (const [name, queue] of world.state.queues) state.queues.set(name, queue);
  for (const event of world.events) evolve(state, event);
  return state;
}

/** The state that a start makes of the rows. */
function restored(world: CoreWorld): State {
  const state = emptyState(1);
  for (const [name, queue] of world.state.queues) state.queues.set(name, queue);
  for (const { node } of world.state.nodes.values()) {
    evolve(state, { kind: 'nodeChanged', at: world.now, steadyMs: world.steadyMs, node });
  }
  const rows = [...world.state.jobs.values()].map((job) => structuredClone(recordOf(job)));
  rows.sort((a, b) => a.id - b.id);
  restoreJobs(state, rows, { now: world.now, steadyMs: world.steadyMs });
  return state;
}

/** A pause before the next attempt was once gone after a restart; an end that is carried out. */
const FOUND: [{ what: (typeof DO)[number]; n: number }[]][] = [
  [
    [
      { what: 'submit', n: 13 },
      { what: 'schedule', n: 0 },
      { what: 'reboot', n: 0 },
    ],
  ],
  [
    [
      { what: 'submit', n: 0 },
      { what: 'schedule', n: 0 },
      { what: 'start', n: 0 },
      { what: 'cancel', n: 1 },
    ],
  ],
];

test('memory, events and rows tell the same, whatever happened', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = new CoreWorld();
      world.addNode('n1', 3);
      for (const { what, n } of steps) act(world, what, n);
      const before = shown(world.state);
      expect(shown(folded(world)), 'events').toEqual(before);
      const again = restored(world);
      check(again);
      expect(shown(again), 'rows').toEqual(before);
    }),
    { numRuns: 300, examples: FOUND },
  );
});
