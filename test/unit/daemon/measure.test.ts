// What passes through a measured gateway and a measured store is counted and otherwise unchanged.

import { expect, test } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import type { Clock } from '../../../src/base/clock.ts';
import type { Metrics } from '../../../src/base/metrics.ts';
import { measuredGateway, measuredStore } from '../../../src/daemon/measure.ts';
import type { Gateway } from '../../../src/engine/api.ts';
import type { Commit, Store } from '../../../src/engine/ports.ts';
import type { Command, CommandResult } from '../../../src/model/command.ts';
import type { Identity } from '../../../src/model/user.ts';

function recorder(): { readonly metrics: Metrics; readonly said: string[] } {
  const said: string[] = [];
  const note = (name: string, value: number, labels = {}) =>
    said.push([name, value, ...Object.values(labels)].join(' '));
  return {
    said,
    metrics: { count: (name, by = 1, labels) => note(name, by, labels), observeSeconds: note },
  };
}

/** Each look at it is two seconds later. */
function steppingClock(): Clock {
  let ms = 0;
  return { now: () => instant(0), monotonicMs: () => (ms += 2000), after: () => () => {} };
}

const by = {} as Identity;
const release: Command = { kind: 'releaseJobs', selection: {} };

test('commands are counted by kind, and refusals by code', async () => {
  const { metrics, said } = recorder();
  const results: CommandResult[] = [
    { kind: 'refused', refusal: { code: 'busy' } },
    { kind: 'done' },
  ];
  const inner = {
    command: async () => results[1],
    commands: async () => results,
  } as unknown as Gateway;
  const gateway = measuredGateway(inner, metrics, steppingClock());
  expect(await gateway.commands([release, release], by)).toBe(results);
  expect(await gateway.command(release, by)).toEqual({ kind: 'done' });
  expect(said).toEqual([
    'spillway_commands_total 2 releaseJobs',
    'spillway_command_seconds 2 releaseJobs',
    'spillway_commands_refused_total 1 busy',
    'spillway_commands_total 1 releaseJobs',
    'spillway_command_seconds 2 releaseJobs',
  ]);
});

test('a commit is timed when it succeeded, and a failed one stays failed', async () => {
  const { metrics, said } = recorder();
  let fails = false;
  const inner = {
    commit: () => (fails ? Promise.reject(new Error('full')) : Promise.resolve()),
  } as unknown as Store;
  const store = measuredStore(inner, metrics, steppingClock());
  const commit = { jobs: [{}, {}], events: [{}] } as unknown as Commit;
  await store.commit(commit);
  fails = true;
  await expect(store.commit(commit)).rejects.toThrow('full');
  expect(said).toEqual([
    'spillway_commit_seconds 2',
    'spillway_committed_jobs_total 2',
    'spillway_committed_events_total 1',
  ]);
});
