// Cancelling, signalling, holding, releasing: who may, which jobs are met, and what follows.

import { describe, expect, it } from 'vitest';
import type { JobSelection } from '../../src/model/selection.ts';
import { type JobId, queueName } from '../../src/model/ids.ts';
import { indexRange } from '../../src/model/index-set.ts';
import { BOB, CoreWorld, ROOT } from '../support/core-world.ts';

function cluster(): CoreWorld {
  const world = new CoreWorld();
  world.addQueue('fast', 50);
  world.addNode('n1', 2);
  return world;
}

const only = (job: JobId): JobSelection => ({ refs: [{ job }] });
const plan = { signals: [] };

describe('who may steer', () => {
  it('the owner and administrators, nobody else', () => {
    const world = cluster();
    const job = world.submit();
    expect(world.cancel(job, {}, BOB)).toEqual(['notPermitted']);
    expect(world.steer({ kind: 'holdJobs', selection: only(job) }, BOB)).toEqual(['notPermitted']);
    expect(world.story(job)).toEqual(['pending new']);
    expect(world.cancel(job, {}, ROOT)).toEqual(['ok']);
    expect(world.view(job).outcome).toMatchObject({ by: 'administrator', uid: 0 });
  });

  it('nobody gets a record of an element that is not his', () => {
    const world = cluster();
    const job = world.submit({ array: { indices: indexRange(1, 3) } });
    expect(world.cancel(job, { elements: [2] }, BOB)).toEqual(['notPermitted']);
    expect(world.state.jobs.size).toBe(1);
  });

  it('the owner does not end a hold of an administrator', () => {
    const world = cluster();
    const job = world.submit();
    const selection = only(job);
    world.steer({ kind: 'holdJobs', selection }, ROOT);
    expect(world.story(job)).toEqual(['pending heldByAdministrator']);
    expect(world.steer({ kind: 'releaseJobs', selection })).toEqual(['notPermitted']);
    // Nor does his own hold take its place.
    world.steer({ kind: 'holdJobs', selection });
    expect(world.steer({ kind: 'releaseJobs', selection })).toEqual(['notPermitted']);
    expect(world.steer({ kind: 'releaseJobs', selection }, ROOT)).toEqual(['ok']);
    world.schedule();
    expect(world.story(job)).toEqual(['starting']);
  });
});

describe('which jobs are met', () => {
  it.each<[string, JobSelection, number[]]>([
    ['all of the asker', {}, [1, 2, 4]],
    ['one name', { names: ['b'] }, [2]],
    ['a pattern of names', { namePattern: '*b' }, [2, 4]],
    ['a queue', { queues: ['fast'] }, [4]],
    ['a state', { states: ['pending'] }, [4]],
    ['several states', { states: ['pending', 'starting'] }, [1, 2, 4]],
    ['a node', { nodes: ['n1'] }, [1, 2]],
    ['an account', { accounts: ['physics'] }, [2]],
    ['two filters together', { names: ['b'], queues: ['fast'] }, []],
    ['the newest', { onlyLast: true }, [4]],
    ['the newest of a name', { names: ['a', 'b'], onlyLast: true }, [2]],
    ['another user, who is not the asker', { users: ['bob'] }, [3]],
    ['another user without such a job', { users: ['bob'], names: ['a'] }, []],
    ['a uid', { users: ['1001'] }, [1, 2, 4]],
  ])('%s', (_, selection, expected) => {
    const world = cluster();
    world.submit({ name: 'a' });
    world.submit({ name: 'b', account: 'physics' });
    world.submit({ name: 'b' }, BOB);
    world.schedule();
    world.submit({ name: 'bb', queue: queueName('fast') });
    const result = world.wish({ kind: 'cancelJobs', selection, plan });
    const met = result.kind === 'steered' ? result.jobs.map((one) => one.job as number) : [];
    expect(met).toEqual(expected);
    if (met.length === 0) {
      expect(result).toEqual({ kind: 'refused', refusal: { code: 'noMatchingJob' } });
    }
  });

  it('those of a user who is named are not touched, and it is said', () => {
    const world = cluster();
    const job = world.submit({}, BOB);
    const selection = { users: ['bob'] };
    expect(world.steer({ kind: 'cancelJobs', selection, plan })).toEqual(['notPermitted']);
    expect(world.story(job)).toEqual(['pending new']);
    expect(world.steer({ kind: 'cancelJobs', selection, plan }, ROOT)).toEqual(['ok']);
  });

  it('a number that is none, an element of what is no array, one that has ended', () => {
    const world = cluster();
    const job = world.submit();
    expect(world.cancel(99 as JobId)).toEqual(['noSuchJob']);
    expect(world.cancel(job, { elements: [1] })).toEqual(['notAnArray']);
    world.schedule();
    world.end(job);
    expect(world.cancel(job)).toEqual(['alreadyFinished']);
  });

  it('a named job is passed over where a filter does not let it through', () => {
    const world = cluster();
    const job = world.submit();
    const selection = { refs: [{ job }], queues: ['fast'] };
    expect(world.steer({ kind: 'cancelJobs', selection, plan })).toEqual([]);
    expect(world.story(job)).toEqual(['pending new']);
  });

  it('of an array in a state, those elements alone', () => {
    const world = cluster();
    const job = world.submit({ array: { indices: indexRange(1, 4) } });
    world.schedule();
    world.start(world.state.runs.keys().next().value as JobId);
    world.steer({ kind: 'cancelJobs', selection: { states: ['running'] }, plan });
    expect(world.story(job)).toEqual([
      '[1] running ending',
      '[2] starting',
      '[3] pending resources',
      '[4] pending resources',
    ]);
  });
});

describe('elements of an array', () => {
  function running(): { readonly world: CoreWorld; readonly job: JobId } {
    const world = cluster();
    const job = world.submit({ array: { indices: indexRange(1, 4) } });
    world.schedule();
    for (const run of [...world.state.runs.keys()]) world.start(run);
    return { world, job };
  }

  it.each([
    ['waits', 'pending', ['running', 'running', 'finished cancelled', 'finished cancelled']],
    ['runs', 'running', ['running ending', 'running ending', 'pending new', 'pending new']],
  ] as const)(
    'of a named one what %s is cancelled, where only that is meant',
    (_, state, story) => {
      const { world, job } = running();
      const selection = { refs: [{ job }], states: [state] };
      world.steer({ kind: 'cancelJobs', selection, plan });
      expect(world.story(job).map((line) => line.replace(/^\[\d\] | resources$/g, ''))).toEqual(
        story.map((line) => line.replace('pending new', 'pending')),
      );
    },
  );

  it('that are named are passed over in other states than those meant', () => {
    const { world, job } = running();
    const selection: JobSelection = {
      refs: [{ job, elements: indexRange(1, 4) }],
      states: ['running'],
    };
    world.steer({ kind: 'cancelJobs', selection, plan });
    expect(world.state.jobs.get(job)?.elements?.waitingCount).toBe(2);
  });

  it('do not run any more after their array was cancelled, whatever is sent to them', () => {
    const { world, job } = running();
    world.cancel(job);
    const selection = { refs: [{ job, elements: indexRange(4, 4) }] };
    const signal = { kind: 'signalJobs', selection, signal: 10, scope: 'all' } as const;
    expect(world.steer(signal)).toEqual(['alreadyFinished']);
    for (const run of [...world.state.runs.keys()]) world.end(run, 0, 15);
    world.schedule();
    expect(world.state.runs.size).toBe(0);
  });

  it('that wait get no record for a signal that reaches nobody', () => {
    const { world, job } = running();
    const selection = { refs: [{ job, elements: indexRange(3, 4) }] };
    const signal = { kind: 'signalJobs', selection, signal: 10, scope: 'all' } as const;
    const before = world.events.length;
    expect(world.steer(signal)).toEqual(['notStarted']);
    expect(world.events.length).toBe(before);
  });

  it('are named by ranges as large as numbers go, in as many steps as there are elements', () => {
    const { world, job } = running();
    expect(world.cancel(job, {}, BOB)).toEqual(['notPermitted']);
    const selection = { refs: [{ job, elements: indexRange(4, 2 ** 31 - 2) }] };
    expect(world.steer({ kind: 'cancelJobs', selection, plan })).toEqual(['ok']);
    expect(world.story(job).at(-1)).toBe('[4] finished cancelled');
  });

  it('every second of many is detached in one step', () => {
    const world = cluster();
    const job = world.submit({ array: { indices: indexRange(1, 40_000) } });
    const selection = { refs: [{ job, elements: indexRange(2, 40_000, 2) }] };
    world.steer({ kind: 'holdJobs', selection });
    expect(world.events.filter(({ kind }) => kind === 'elementsDetached').length).toBe(1);
    expect(world.state.jobs.get(job)?.elements).toMatchObject({
      waitingCount: 20_000,
      waiting: { length: 20_000 },
    });
  });

  it('are refused where more are named than get records at once, and nothing is changed', () => {
    const world = cluster();
    const job = world.submit({ array: { indices: indexRange(1, 200_001) } });
    const selection = { refs: [{ job, elements: indexRange(1, 200_000) }] };
    expect(world.steer({ kind: 'cancelJobs', selection, plan })).toEqual(['arrayTooLarge']);
    expect(world.state.jobs.size).toBe(1);
  });
});

describe('a cancelled job', () => {
  it('ends at once while it waits, and is asked to end on its node while it runs', () => {
    const world = cluster();
    const [waits, runs] = [world.submit({ held: 'user' }), world.submit()];
    world.schedule();
    world.start(runs);
    world.effects();
    world.cancel(waits);
    world.cancel(runs, { why: 'no longer needed' });
    expect(world.story(waits)).toEqual(['finished cancelled']);
    expect(world.story(runs)).toEqual(['running ending']);
    expect(world.effects()).toEqual([`end ${runs}.1`]);
    world.ended(runs, { signal: 15 });
    expect(world.view(runs).outcome).toEqual({
      kind: 'cancelled',
      by: 'owner',
      uid: 1001,
      why: 'no longer needed',
      exitCode: 0,
      signal: 15,
    });
  });

  it('that runs is left alone when only what waits is meant', () => {
    const world = cluster();
    const job = world.submit();
    world.schedule();
    world.start(job);
    expect(world.cancel(job, { onlyPending: true })).toEqual(['ok']);
    expect(world.story(job)).toEqual(['running']);
  });

  it('is a success for those who wait for it when it is recorded as done', () => {
    const world = cluster();
    const job = world.submit();
    const next = world.submit({ dependency: { kind: 'condition', job, when: 'succeeded' } });
    world.schedule();
    world.start(job);
    world.cancel(job, { asDone: true });
    world.ended(job, { signal: 15 });
    world.schedule();
    expect(world.story(next)).toEqual(['starting']);
  });

  it('leaves the books without its node when it is to be forgotten', () => {
    const world = cluster();
    const job = world.submit();
    world.schedule();
    world.start(job);
    world.observe({ kind: 'nodeDisconnected', node: 'n1' as never });
    world.cancel(job, { forget: true });
    expect(world.story(job)).toEqual(['finished cancelled']);
    expect(world.state.nodes.values().next().value?.freeCpus).toBe(2);
    world.connect('n1', { attempts: [{ job, attempt: 1 }] });
    expect(world.forgotten).toEqual([`n1 ${job}.1`]);
  });

  it('is not asked twice when it is completing', () => {
    const world = cluster();
    const job = world.submit({ report: true });
    world.schedule();
    world.end(job);
    world.effects();
    expect(world.cancel(job)).toEqual(['ok']);
    expect(world.effects()).toEqual([]);
    expect(world.story(job)).toEqual(['completing exited 0']);
  });
});

describe('a signal', () => {
  it('reaches what runs, is owed until it was handed over, and refuses what waits', () => {
    const world = cluster();
    const [job, waits] = [world.submit(), world.submit({ held: 'user' })];
    world.schedule();
    world.start(job);
    world.effects();
    const usr1 = { kind: 'signalJobs', signal: 10, scope: 'all' } as const;
    expect(world.steer({ ...usr1, selection: only(waits) })).toEqual(['notStarted']);
    expect(world.steer({ ...usr1, selection: only(job) })).toEqual(['ok']);
    expect(world.effects()).toEqual([`signal ${job}.1 10`]);
    world.connect('n1');
    expect(world.effects()).toEqual([`signal ${job}.1 10`]);
    world.observe({ kind: 'signalsHanded', attempts: [{ job, attempt: 1 }] });
    world.connect('n1');
    expect(world.effects()).toEqual([]);
  });

  it('of an array reaches every element that runs', () => {
    const world = cluster();
    const job = world.submit({ array: { indices: indexRange(1, 3) } });
    world.schedule();
    world.effects();
    const command = { kind: 'signalJobs', selection: only(job), signal: 12, scope: 'all' } as const;
    expect(world.steer(command)).toEqual(['ok']);
    const signals = world.effects().filter((one) => one.startsWith('signal'));
    expect(signals).toEqual(['signal 2.1 12', 'signal 3.1 12']);
    expect(world.steer(command)).toEqual(['ok']);
    expect(world.effects().filter((one) => one.startsWith('signal 2'))).toHaveLength(2);
  });
});

describe('a hold', () => {
  it('takes a job out of the line, and its release puts it behind the others', () => {
    const world = cluster();
    const wide = { resources: { tasks: 1, cpusPerTask: 2 } };
    const [first, second] = [world.submit(wide), world.submit(wide)];
    world.steer({ kind: 'holdJobs', selection: only(first) });
    world.steer({ kind: 'releaseJobs', selection: only(first) });
    world.schedule();
    expect([first, second].flatMap((job) => world.story(job))).toEqual([
      'pending resources',
      'starting',
    ]);
  });

  it('changes nothing for what runs, nor does a release for what is not held', () => {
    const world = cluster();
    const job = world.submit();
    world.schedule();
    expect(world.steer({ kind: 'holdJobs', selection: only(job) })).toEqual(['ok']);
    expect(world.steer({ kind: 'releaseJobs', selection: only(job) })).toEqual(['ok']);
    expect(world.story(job)).toEqual(['starting']);
  });

  it('of an array keeps all that waits, and lets go on what runs', () => {
    const world = cluster();
    const job = world.submit({ array: { indices: indexRange(1, 3) } });
    world.schedule();
    world.steer({ kind: 'holdJobs', selection: only(job) });
    world.end(2 as JobId);
    world.schedule();
    expect(world.story(job)).toEqual([
      '[1] finished exited 0',
      '[2] starting',
      '[3] pending heldByUser',
    ]);
  });
});
