// A whole gateway in one process on virtual time: the real engine and core, fakes outside. It can die
// at any commit and is started again on what its store kept. A shadow state is folded from the events
// of every commit and must equal both memory and rows.

import { expect } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { seededRandom, type Random } from '../../../src/base/random.ts';
import { recordOf } from '../../../src/core/record.ts';
import { evolve } from '../../../src/core/evolve.ts';
import { emptyState, type Job, type State } from '../../../src/core/state.ts';
import { check } from '../../../src/core/check.ts';
import { Engine } from '../../../src/engine/gateway-engine.ts';
import { fillState } from '../../../src/engine/load.ts';
import type { EngineSettings } from '../../../src/engine/settings.ts';
import type { Commit, Store } from '../../../src/engine/ports.ts';
import type { Event } from '../../../src/model/event.ts';
import { queueName } from '../../../src/model/ids.ts';
import type { Site } from '../../../src/model/site.ts';
import { TEST_POLICY } from '../core-world.ts';
import { MemoryStore } from '../memory-store.ts';
import { FakeCapacity } from './fake-capacity.ts';
import { FakeNodes, type NodeFaults } from './fake-nodes.ts';
import { VirtualClock } from './virtual-clock.ts';

/** The faults of one seed. */
export interface Faults extends NodeFaults {
  readonly crashes: boolean;
  readonly slowDisk: boolean;
  readonly clockJumps: boolean;
}

const SITE: Site = {
  cluster: 'simulation',
  host: 'head',
  stateDirectory: '/nowhere',
  minJobAgeMs: 300_000,
  cleanPeriodMs: 3_600_000,
  maxArraySize: 4_000_001,
  maxScriptBytes: 4_194_304,
  defaultQueue: 'normal',
  installation: '0123456789abcdef',
  lsf: {},
};

const SETTINGS: EngineSettings = {
  site: SITE,
  policy: TEST_POLICY,
  queues: ['normal', 'fast', 'cloud'].map((name, at) => ({
    name: queueName(name),
    priority: 30 + at,
    open: true,
    active: true,
    isDefault: at === 0,
    description: '',
    environments: name === 'cloud' ? ['cloud'] : ['local'],
  })),
  environments: [
    { name: 'local', kind: 'local', instanceTypes: [], maxInstances: 0, idleMs: 0 },
    {
      name: 'cloud',
      kind: 'ec2',
      instanceTypes: [{ name: 'c.large', cpus: 4, memoryMib: 100_000, priceMicros: 85_000 }],
      maxInstances: 3,
      idleMs: 60_000,
    },
  ],
  firstJobId: 1,
  finishedInMemory: 200,
  mailboxMost: 10_000,
  checks: true,
};

export class SimGateway {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly store: MemoryStore;
  readonly nodes: FakeNodes;
  readonly capacity: FakeCapacity;
  readonly #faults: Faults;
  readonly #shadow: State = emptyState(1);
  #engine: Engine | undefined;
  #generation = 0;
  readonly #traces = new WeakMap<Commit, readonly Event[]>();
  #isCalm = false;
  #isDown = true;
  /** The first thing that went wrong where nobody could be told. */
  failure: Error | undefined;
  crashes = 0;

  constructor(seed: number, faults: Faults) {
    this.#faults = faults;
    this.random = seededRandom(seed);
    this.store = new MemoryStore({
      beforeCommit: () => this.#disk('before'),
      afterCommit: (commit) => {
        this.#fold(this.#traces.get(commit) ?? []);
        return this.#disk('after');
      },
    });
    this.nodes = new FakeNodes(this.clock, this.random, faults);
    this.capacity = new FakeCapacity(this.clock, this.random, this.nodes);
    for (const queue of SETTINGS.queues) this.#shadow.queues.set(queue.name, queue);
  }

  /** The living engine; undefined while the daemon is down. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** Starts a daemon; what goes wrong is thrown by the next step of the run. */
  start(): void {
    this.#isDown = false;
    void this.#start().catch((error: unknown) => {
      this.#fail(error);
    });
  }

  #fail(error: unknown): void {
    if (error instanceof Crash) return;
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  }

  async #start(): Promise<void> {
    const generation = ++this.#generation;
    await this.#compareRows();
    const engine = new Engine(SETTINGS, {
      store: this.#storeOf(generation),
      execution: this.nodes,
      capacity: this.capacity,
      clock: this.clock,
      random: this.random,
      log: silentLogger,
      trace: (commit, events) => this.#traces.set(commit, events),
      onFatal: (error) => {
        if (generation === this.#generation) this.#fail(error);
      },
    });
    await engine.start();
    if (generation !== this.#generation) return;
    this.#engine = engine;
  }

  /** kill -9, and a new daemon a little later. */
  crash(): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.crashes++;
    this.#generation++;
    this.#engine = undefined;
    this.nodes.daemonDied();
    this.capacity.daemonDied();
    this.clock.after(1 + this.random.below(20_000), () => this.start());
  }

  calm(): void {
    this.#isCalm = true;
    this.nodes.calm();
    this.capacity.calm();
  }

  /** A state made of the rows is the state folded from the events. */
  async #compareRows(): Promise<void> {
    const restored = emptyState(1);
    const loaded = await this.store.load(instant(this.clock.now() - SITE.cleanPeriodMs));
    fillState(restored, SETTINGS, loaded, this.clock);
    check(restored);
    for (const job of restored.jobs.values()) {
      const shadow = this.#shadow.jobs.get(job.id);
      expect(shadow && comparable(shadow), `job ${job.id}`).toEqual(comparable(job));
    }
    for (const job of this.#shadow.jobs.values()) {
      if (job.state.kind === 'finished') continue;
      expect(restored.jobs.has(job.id), `job ${job.id} is among the rows`).toBe(true);
    }
  }

  /** The store as one daemon sees it: a dead one's commits never come back. */
  #storeOf(generation: number): Store {
    const { store } = this;
    const isAlive = () => generation === this.#generation;
    return {
      load: (since) => store.load(since),
      history: (query) => store.history(query),
      content: (key) => store.content(key),
      jobOfRequest: (id) => store.jobOfRequest(id),
      backup: () => store.backup(),
      examine: () => store.examine(),
      hasRoom: () => store.hasRoom(),
      commit: async (commit) => {
        if (!isAlive()) return NEVER;
        await store.commit(commit);
        if (!isAlive()) return NEVER;
        return undefined;
      },
    };
  }

  async #disk(moment: 'before' | 'after'): Promise<void> {
    if (this.#isCalm) return;
    if (this.#faults.slowDisk && moment === 'before') {
      const { clock, random } = this;
      await new Promise<void>((resolve) => clock.after(random.below(500), resolve));
    }
    if (!this.#faults.crashes || this.random.below(60) > 0) return;
    this.crash();
    if (moment === 'before') throw new Crash();
  }

  #fold(events: readonly Event[]): void {
    for (const event of events) evolve(this.#shadow, event);
    this.#shadow.changedJobs = [];
    this.#shadow.changedRuns = [];
    this.#shadow.changedInstances = [];
    this.#shadow.batch++;
  }
}

class Crash extends Error {}

/** What the dead answer. */
const NEVER = new Promise<never>(() => {});

/** A job as its row shows it, without what only matters to the writer. */
function comparable(job: Job): unknown {
  const { isNew: _, elements, ...record } = recordOf(job);
  if (job.elements === undefined) return record;
  const { waitingCount, succeeded, failed, detached, ended } = job.elements;
  const active = elements?.active.map((one) => `${one.index} ${one.job} ${one.state}`).sort();
  return {
    ...record,
    waitingCount,
    succeeded,
    failed,
    active,
    detached: [...detached.keys()].sort(),
    ended,
  };
}
