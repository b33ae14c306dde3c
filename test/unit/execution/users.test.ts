// Users behind a name service that answers late, never, or with an error.

import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { instant } from '../../../src/base/brand.ts';
import type { NameService, User } from '../../../src/execution/agent/name-service.ts';
import { systemNameService } from '../../../src/execution/agent/name-service.ts';
import { Users } from '../../../src/execution/agent/users.ts';

class ManualClock implements Clock {
  #now = 0;
  #timers = new Set<{ at: number; wake: () => void }>();
  now = () => instant(this.#now);
  monotonicMs = () => this.#now;
  after(ms: number, wake: () => void): () => void {
    const timer = { at: this.#now + ms, wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
  pass(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.wake();
    }
  }
}

class ManualService implements NameService {
  readonly calls: { uid: number; answer: (user: User | undefined) => void; fail: () => void }[] =
    [];
  byUid(uid: number): Promise<User | undefined> {
    return new Promise((answer, reject) => {
      this.calls.push({ uid, answer, fail: () => reject(new Error('broken')) });
    });
  }
  byName(): Promise<User | undefined> {
    return Promise.resolve(undefined);
  }
}

const alice: User = {
  name: 'alice',
  uid: 7001,
  gid: 7001,
  group: 'alice',
  groups: [7001, 7100],
  home: '/home/alice',
  shell: '/bin/bash',
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const clock = new ManualClock();
  const service = new ManualService();
  return { clock, service, users: new Users(service, clock) };
}

describe('a user', () => {
  it('is asked for once in five minutes, however many want to know', async () => {
    const { clock, service, users } = setUp();
    const first = [users.byUid(7001), users.byUid(7001)];
    service.calls[0]?.answer(alice);
    expect(await Promise.all(first)).toEqual([alice, alice]);
    clock.pass(299_000);
    expect(await users.byUid(7001)).toEqual(alice);
    expect(service.calls).toHaveLength(1);
    clock.pass(2_000);
    void users.byUid(7001);
    expect(service.calls).toHaveLength(2);
  });

  it('is refused after two seconds without an answer, and known when the answer comes late', async () => {
    const { clock, service, users } = setUp();
    const asked = users.byUid(7001);
    clock.pass(2_000);
    await expect(asked).rejects.toMatchObject({ code: 'nameServiceSilent', retryable: true });
    service.calls[0]?.answer(alice);
    await turn();
    expect(await users.byUid(7001)).toEqual(alice);
    expect(service.calls).toHaveLength(1);
  });

  it('stays known while the service is silent or broken', async () => {
    const { clock, service, users } = setUp();
    const first = users.byUid(7001);
    service.calls[0]?.answer(alice);
    await first;
    clock.pass(301_000);
    const silent = users.byUid(7001);
    clock.pass(2_000);
    expect(await silent).toEqual(alice);
    service.calls[1]?.fail();
    await turn();
    const broken = users.byUid(7001);
    service.calls[2]?.fail();
    expect(await broken).toEqual(alice);
  });

  it('waits for its turn: two calls are under way at most, even when both hang', async () => {
    const { clock, service, users } = setUp();
    const asked = [1, 2, 3, 4].map((uid) => users.byUid(uid).catch(() => 'silent'));
    await turn();
    expect(service.calls.map(({ uid }) => uid)).toEqual([1, 2]);
    service.calls[0]?.answer(undefined);
    await turn();
    expect(service.calls.map(({ uid }) => uid)).toEqual([1, 2, 3]);
    void users.byUid(5).catch(() => 'silent');
    await turn();
    expect(service.calls).toHaveLength(3);
    clock.pass(2_000);
    expect(await Promise.all(asked)).toEqual([undefined, 'silent', 'silent', 'silent']);
  });

  it('that does not exist is asked for again after ten seconds', async () => {
    const { clock, service, users } = setUp();
    const first = users.byUid(9);
    service.calls[0]?.answer(undefined);
    expect(await first).toBeUndefined();
    expect(await users.byUid(9)).toBeUndefined();
    clock.pass(10_001);
    void users.byUid(9);
    expect(service.calls).toHaveLength(2);
  });
});

describe('the name service of this machine', () => {
  it('knows root by uid and by name, and nobody by a number or bytes that nobody has', async () => {
    const service = systemNameService();
    const shell = expect.stringContaining('/');
    expect(await service.byUid(0)).toMatchObject({ name: 'root', uid: 0, gid: 0, shell });
    expect((await service.byName('root'))?.groups).toContain(0);
    expect(await service.byUid(987_654_321)).toBeUndefined();
    expect(await service.byName('no\xff\xfebody')).toBeUndefined();
  });
});
