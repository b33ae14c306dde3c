// What follows from the end of an attempt: again, a report, or the end; limits and warnings before it.

import { describe, expect, it } from 'vitest';
import type { JobRequest, RetryRule } from '../../src/model/job-request.ts';
import type { AttemptEnded } from '../../src/model/report.ts';
import type { JobId } from '../../src/model/ids.ts';
import { CoreWorld } from '../support/core-world.ts';

function running(fields: Partial<JobRequest>): { world: CoreWorld; job: JobId } {
  const world = new CoreWorld();
  world.addNode('n1', 4);
  const job = world.submit(fields);
  world.schedule();
  world.start(job);
  world.effects();
  return { world, job };
}

describe('an attempt that ended', () => {
  it.each<[Partial<AttemptEnded>, string]>([
    [{ exitCode: 0 }, 'finished exited 0'],
    [{ exitCode: 7 }, 'finished exited 7'],
    [{ signal: 11 }, 'finished exited 11'],
    [{ signal: 9, outOfMemory: true }, 'finished outOfMemory'],
    [{ lost: true }, 'finished nodeFailed'],
    [{ launchFailure: { why: 'stdout', errno: 13, path: '/o' } }, 'finished launchFailed'],
  ])('as %j', (how, expected) => {
    const { world, job } = running({});
    world.ended(job, how);
    expect(world.story(job)).toEqual([expected]);
    expect(world.effects()).toEqual([`forget ${job}.1`]);
    expect(world.state.nodes.values().next().value?.freeCpus).toBe(4);
  });

  it('that never ran has no start', () => {
    const world = new CoreWorld();
    world.addNode('n1', 1);
    const job = world.submit();
    world.schedule();
    world.ended(job, { launchFailure: { why: 'exec', errno: 2, path: 'x' } });
    expect(world.view(job).startedAt).toBeUndefined();
  });

  it('before its own start ends no earlier than it', () => {
    const { world, job } = running({});
    world.ended(job, { at: (world.now - 5000) as never });
    const { startedAt, endedAt } = world.view(job);
    expect(endedAt).toBe(startedAt);
  });

  it('is news once: a repeat, and one of an older attempt, are forgotten by the node', () => {
    const { world, job } = running({
      dialect: 'batch',
      retry: { attempts: 3, evaluateOnExit: [] },
    });
    const ended = {
      job,
      attempt: 1,
      startedAt: world.now,
      at: world.now,
      exitCode: 1,
      signal: 0,
      usage: { userCpuMs: 0, systemCpuMs: 0, maxMemoryKib: 0 },
    };
    const report = { kind: 'attemptsEnded', node: 'n1' as never, ended: [ended] } as const;
    world.observe(report);
    world.schedule();
    const before = world.events.length;
    world.observe(report);
    expect(world.events.length).toBe(before);
    expect(world.forgotten).toEqual([`n1 ${job}.1`]);
    expect(world.story(job)).toEqual(['starting']);
  });
});

describe('a job that runs again', () => {
  const rule = (fields: Partial<RetryRule>): RetryRule => ({ action: 'exit', ...fields });
  it.each<[string, readonly RetryRule[], number, string]>([
    ['without rules after any failure', [], 1, 'pending resources'],
    ['not after a success', [], 0, 'finished exited 0'],
    ['not when a rule says exit', [rule({ onExitCode: '3' })], 3, 'finished exited 3'],
    ['when no rule matches', [rule({ onExitCode: '3' })], 4, 'pending resources'],
    [
      'as the first rule that matches says',
      [rule({ action: 'retry', onExitCode: '1*' }), rule({ onExitCode: '*' })],
      12,
      'pending resources',
    ],
    [
      'only where all patterns of the rule match',
      [rule({ onExitCode: '3', onStatusReason: 'Host EC2*' })],
      3,
      'pending resources',
    ],
  ])('%s', (_, evaluateOnExit, exitCode, expected) => {
    const { world, job } = running({ dialect: 'batch', retry: { attempts: 2, evaluateOnExit } });
    world.end(job, exitCode);
    if (expected.startsWith('pending')) {
      expect(world.view(job).earlierAttempts).toMatchObject([{ attempt: 1, nodes: ['n1'] }]);
    }
    expect(world.story(job)[0]?.split(' ')[0]).toBe(expected.split(' ')[0]);
  });

  it('no oftener than it may', () => {
    const { world, job } = running({
      dialect: 'batch',
      retry: { attempts: 2, evaluateOnExit: [] },
    });
    world.end(job, 1);
    world.schedule();
    world.end(job, 1);
    expect(world.story(job)).toEqual(['finished exited 1']);
    expect(world.view(job)).toMatchObject({ attempt: 2, earlierAttempts: [{ attempt: 1 }] });
  });

  it('not when it was cancelled', () => {
    const { world, job } = running({
      dialect: 'batch',
      retry: { attempts: 9, evaluateOnExit: [] },
    });
    world.cancel(job);
    world.ended(job, { signal: 15 });
    expect(world.story(job)).toEqual(['finished cancelled']);
  });

  it('after the pause of its dialect', () => {
    const { world, job } = running({ dialect: 'slurm', rerunnable: true });
    world.ended(job, { lost: true });
    world.advance(119_999);
    world.schedule();
    expect(world.story(job)).toEqual(['pending requeued']);
    world.advance(1);
    world.schedule();
    expect(world.story(job)).toEqual(['starting']);
  });

  it('after a lost node alone, if it is only rerunnable', () => {
    const { world, job } = running({ dialect: 'lsf', rerunnable: true });
    world.end(job, 1);
    expect(world.story(job)).toEqual(['finished exited 1']);
  });
});

describe('a job with a report', () => {
  it('gives its room back, then is completing until the report is written', () => {
    const { world, job } = running({ report: true });
    world.end(job, 4);
    expect(world.story(job)).toEqual(['completing exited 4']);
    expect(world.state.nodes.values().next().value?.freeCpus).toBe(4);
    expect(world.effects()).toEqual([`appendReport ${job}.1`]);
    const attempts = [{ job, attempt: 1 }];
    world.observe({ kind: 'reportsAppended', node: 'n1' as never, attempts });
    expect(world.story(job)).toEqual(['finished exited 4']);
    expect(world.effects()).toEqual([`forget ${job}.1`]);
  });

  it('does not wait for one of a supervisor that died', () => {
    const { world, job } = running({ report: true });
    world.ended(job, { lost: true });
    expect(world.story(job)).toEqual(['finished nodeFailed']);
  });

  it('wakes those who wait for it only when it is finished', () => {
    const { world, job } = running({ report: true });
    const next = world.submit({ dependency: { kind: 'condition', job, when: 'ended' } });
    world.end(job);
    expect(world.story(next)).toEqual(['pending dependency']);
    world.observe({
      kind: 'reportsAppended',
      node: 'n1' as never,
      attempts: [{ job, attempt: 1 }],
    });
    world.schedule();
    expect(world.story(next)).toEqual(['starting']);
  });

  it('finishes as it ended when its node is lost before the report is written', () => {
    const { world, job } = running({ report: true });
    world.end(job, 5);
    world.connect('n1', { bootId: 'boot-2', attempts: [] });
    expect(world.story(job)).toEqual(['finished exited 5']);
  });
});

describe('a time limit', () => {
  it('counts from the start of the attempt, by the clock that never jumps', () => {
    const world = new CoreWorld();
    world.addNode('n1', 1);
    const job = world.submit({ limits: { wallTimeMs: 60_000 } });
    world.schedule();
    world.advance(50_000);
    world.start(job);
    world.advance(59_999);
    expect(world.story(job)).toEqual(['running']);
    world.now = (world.now + 3_600_000) as never;
    world.advance(0);
    expect(world.story(job)).toEqual(['running']);
    world.advance(1);
    expect(world.story(job)).toEqual(['running ending']);
    world.ended(job, { signal: 15 });
    expect(world.story(job)).toEqual(['finished timedOut']);
  });

  it('is warned of once, so long before as asked', () => {
    const { world, job } = running({
      limits: { wallTimeMs: 60_000 },
      warningSignal: { signal: 10, beforeMs: 20_000, script: true },
    });
    world.advance(39_999);
    expect(world.effects()).toEqual([]);
    world.advance(1);
    expect(world.effects()).toEqual([`signal ${job}.1 10`]);
    world.observe({ kind: 'signalsHanded', attempts: [{ job, attempt: 1 }] });
    world.advance(20_000);
    expect(world.effects()).toEqual([`end ${job}.1`]);
  });

  it('of an attempt that ended says nothing to the next one', () => {
    const { world, job } = running({
      dialect: 'batch',
      limits: { wallTimeMs: 60_000 },
      retry: { attempts: 2, evaluateOnExit: [] },
    });
    world.advance(50_000);
    world.end(job, 1);
    world.schedule();
    world.start(job);
    world.advance(20_000);
    expect(world.story(job)).toEqual(['running']);
    world.advance(40_000);
    expect(world.story(job)).toEqual(['running ending']);
  });
});
