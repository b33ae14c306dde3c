// The fake nodes of simulations: doubled messages and drawn delays, and still each attempt runs once.

import { describe, expect, it } from 'vitest';
import { type Instant, instant } from '../../../src/base/brand.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { Report } from '../../../src/model/report.ts';
import { FakeAgents } from '../../support/fake-agents.ts';
import { forgetOf, launchOf } from '../../support/launches.ts';

/** Virtual time: jumps to the next timer. */
class JumpingClock {
  ms = 0;
  #timers: { readonly atMs: number; readonly wake: () => void }[] = [];

  now(): Instant {
    return instant(this.ms);
  }

  monotonicMs(): number {
    return this.ms;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { atMs: this.ms + ms, wake };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Runs timers, and the promises between them, until none is left. */
  async run(): Promise<void> {
    while (this.#timers.length > 0) {
      const next = this.#timers.reduce((a, b) => (b.atMs < a.atMs ? b : a));
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.ms = next.atMs;
      next.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

async function simulate(seed: number) {
  const clock = new JumpingClock();
  const random = seededRandom(seed);
  const committed: Report[] = [];
  const agents = new FakeAgents(
    { delayMs: 50, doubleOneIn: 3 },
    { clock, random, course: (launch) => ({ runMs: 10, exitCode: launch.job % 256 }) },
  );
  agents.deliverTo(async (report) => {
    if (random.below(4) === 0) throw new Error('the disk is full');
    committed.push(report);
  });
  agents.addNode('n1', { cpus: 1, memoryMib: 1 });
  await clock.run();
  for (let job = 1; job <= 30; job++) agents.perform([launchOf('n1', job)]);
  clock.after(20, () => agents.part('n1'));
  clock.after(120, () => agents.mend('n1'));
  await clock.run();
  const ends = committed.flatMap((report) => (report.kind === 'attemptsEnded' ? report.ended : []));
  agents.perform(ends.map((end) => forgetOf('n1', end.job)));
  agents.perform([launchOf('n1', 1)]);
  await clock.run();
  return { agents, ends, committed };
}

describe('fake agents', () => {
  it.each([1, 2, 3, 4, 5])('run each attempt once and report each end (seed %i)', async (seed) => {
    const { agents, ends } = await simulate(seed);
    expect([...agents.runs.values()]).toEqual(Array.from({ length: 30 }, () => 1));
    expect(new Set(ends.map((end) => end.job)).size).toBe(30);
    expect(ends.every((end) => end.exitCode === end.job % 256)).toBe(true);
    expect(agents.attempts('n1')).toEqual([]);
  });

  it('do the same again with the same seed', async () => {
    const [one, other] = [await simulate(9), await simulate(9)];
    expect(one.committed).toEqual(other.committed);
    expect(one.agents.orders('n1')).toEqual(other.agents.orders('n1'));
  });
});
