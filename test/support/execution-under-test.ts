// What the contract suite of execution needs of an implementation: the port, one node behind it
// that the test steers, and the faults. Two makers: the fake, and the real link with a real agent
// whose runner is scripted, joined by a proxy that can break.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import type { Execution } from '../../src/engine/ports.ts';
import { Agent } from '../../src/execution/agent/node-agent.ts';
import { DEFAULT_AGENT_TIMES } from '../../src/execution/agent/settings.ts';
import { AgentLink } from '../../src/execution/link/agent-link.ts';
import { DEFAULT_LINK_TIMES } from '../../src/execution/link/settings.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Report } from '../../src/model/report.ts';
import { FakeAgents } from './fake-agents.ts';
import { describe, keyOf } from './launches.ts';
import { ScriptedAttempts, ScriptedRunner } from './scripted-runner.ts';
import { UnixProxy } from './unix-proxy.ts';

/** An engine in the test's hands. */
export class ReportRecorder {
  /** What was committed, in order. */
  readonly committed: Report[] = [];
  /** How many of the next takes fail, of reports that `fails` matches. */
  failures = 0;
  fails: (report: Report) => boolean = () => true;
  failed = 0;
  /** While set, commits wait for it. */
  disk: Promise<void> | undefined;

  readonly take = async (report: Report): Promise<void> => {
    await this.disk;
    if (this.failures > 0 && this.fails(report)) {
      this.failures--;
      this.failed++;
      throw new Error('the disk is full');
    }
    this.committed.push(report);
  };

  /** All reports of a kind, in order. */
  of<K extends Report['kind']>(kind: K): Extract<Report, { kind: K }>[] {
    return this.committed.filter(
      (report): report is Extract<Report, { kind: K }> => report.kind === kind,
    );
  }

  /** Jobs of all ends, in order. */
  get ended(): number[] {
    return this.of('attemptsEnded').flatMap((report) => report.ended.map((one) => one.job));
  }

  get started(): number[] {
    return this.of('attemptsStarted').flatMap((report) => report.started.map((one) => one.job));
  }
}

export interface ExecutionUnderTest {
  /** The present one: a restart of the daemon makes another. */
  readonly execution: Execution;
  readonly node: string;
  /** A grace after which a node counts as lost. */
  readonly graceMs: number;
  orders(): readonly string[];
  finish(job: number): void;
  cut(): void;
  part(): void;
  mend(): void;
  restartAgent(): Promise<void>;
  restartDaemon(recorder: ReportRecorder): Promise<void>;
  close(): Promise<void>;
}

const NODE = 'n1';
export const GRACE_MS = 300;

/** The fake, on the real clock. */
export async function fakeExecution(recorder: ReportRecorder): Promise<ExecutionUnderTest> {
  const agents = new FakeAgents({ graceMs: GRACE_MS }, { clock: systemClock() });
  agents.deliverTo(recorder.take);
  agents.addNode(NODE, { cpus: 4, memoryMib: 1000 });
  return {
    execution: agents,
    node: NODE,
    graceMs: GRACE_MS,
    orders: () => agents.orders(NODE),
    finish: (job) => agents.finish(NODE, keyOf(job)),
    cut: () => {
      agents.part(NODE);
      agents.mend(NODE);
    },
    part: () => agents.part(NODE),
    mend: () => agents.mend(NODE),
    restartAgent: async () => agents.restartAgent(NODE),
    restartDaemon: async (next) => agents.deliverTo(next.take),
    close: async () => agents.part(NODE),
  };
}

/** The real link and a real agent with a scripted runner. */
export class LinkUnderTest implements ExecutionUnderTest {
  readonly node = NODE;
  readonly graceMs = GRACE_MS;
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-link-'));
  readonly attempts = new ScriptedAttempts();
  readonly #proxy = new UnixProxy(this.#path('near.sock'), this.#path('agent.sock'));
  /** Why agents ended by themselves. */
  readonly finished: string[] = [];
  bootId = 'boot-1';
  execution = this.#newLink();
  #runner: ScriptedRunner | undefined;
  #agent: Agent | undefined;

  static async open(recorder: ReportRecorder): Promise<LinkUnderTest> {
    const test = new LinkUnderTest();
    await test.#proxy.start();
    test.execution.deliverTo(recorder.take);
    await test.execution.start();
    await test.startAgent();
    return test;
  }

  orders(): readonly string[] {
    return this.attempts.orders;
  }

  finish(job: number): void {
    this.#runner?.finish(job, 1);
  }

  cut(): void {
    this.#proxy.cut();
  }

  part(): void {
    this.#proxy.part();
  }

  mend(): void {
    this.#proxy.mend();
  }

  holdAnswers(): void {
    this.#proxy.holdAnswers();
  }

  async restartAgent(): Promise<void> {
    await this.#agent?.stop();
    await this.startAgent();
  }

  async restartDaemon(recorder: ReportRecorder): Promise<void> {
    await this.execution.stop();
    this.execution = this.#newLink();
    this.execution.deliverTo(recorder.take);
    await this.execution.start();
  }

  /** Another agent process, in place of the one before or beside it. */
  async startAgent(times: Partial<typeof DEFAULT_AGENT_TIMES> = {}): Promise<void> {
    const settings = {
      socket: this.#path('near.sock'),
      node: NODE,
      environment: 'local',
      cpus: 4,
      memoryMib: 1000,
      stateDirectory: this.directory,
      noOp: false,
      times: { ...DEFAULT_AGENT_TIMES, redialMs: 10, longestRedialMs: 50, ...times },
    };
    this.#agent = new Agent(settings, {
      log: silentLogger,
      bootId: this.bootId,
      makeRunner: (parts) => {
        this.#runner = new ScriptedRunner(this.attempts, parts);
        return this.#runner;
      },
      finished: (why) => {
        this.finished.push(why);
        void this.#agent?.stop();
      },
    });
    await this.#agent.start();
  }

  dismiss(): void {
    void this.execution.dismiss(nodeName(NODE));
  }

  async close(): Promise<void> {
    await this.#agent?.stop();
    await this.execution.stop();
    await this.#proxy.stop();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  #newLink(): AgentLink {
    return new AgentLink(
      { socket: this.#path('agent.sock'), ...DEFAULT_LINK_TIMES, graceMs: GRACE_MS },
      {
        clock: systemClock(),
        log: silentLogger,
        describeLaunch: (launch) =>
          launch.request.name === 'undescribable'
            ? Promise.reject(new Error('no such content'))
            : describe('exit 0', '/dev/null')(launch),
        renderReport: async (job) => Buffer.from(`report of ${job}`),
        peerUid: () => 0,
      },
    );
  }

  #path(name: string): string {
    return path.join(this.directory, name);
  }
}

/** Waits until `condition` holds; fails after `deadlineMs` with `words`. */
export async function until(
  condition: () => boolean,
  words: string | (() => string) = 'it did not come about',
  deadlineMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(typeof words === 'string' ? words : words());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
