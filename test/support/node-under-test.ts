// A node for tests: the real link and the real agent program with its launcher, in a directory of
// its own. Ends what it started, by pid.

import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { entryPath } from '../../src/base/entry.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { AgentLink } from '../../src/execution/link/agent-link.ts';
import { DEFAULT_LINK_TIMES } from '../../src/execution/link/settings.ts';
import { nodeName, specKey } from '../../src/model/ids.ts';
import type { JobRequest } from '../../src/model/job-request.ts';
import type { Launch } from '../../src/model/effect.ts';
import type { AttemptEnded } from '../../src/model/report.ts';
import { ReportRecorder, until } from './execution-under-test.ts';
import { describe, launchOf, requestOf } from './launches.ts';

export const NODE = 'n1';

/** What a test job is, beside its script. */
export interface TestJob {
  readonly request?: Partial<JobRequest>;
  /** Where its output goes; `null`: spooled. */
  readonly stdout?: string | null;
  readonly user?: string;
  readonly attempt?: number;
}

export class NodeUnderTest {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-node-'));
  /** Of the present daemon. */
  recorder = new ReportRecorder();
  /** Of all daemons: together they are what a disk would hold. */
  readonly #recorders: ReportRecorder[] = [];
  #link: AgentLink | undefined;
  #agent: ChildProcess | undefined;
  readonly #scripts = new Map<string, { script: string; stdout: string | undefined }>();
  readonly #agentOptions: readonly string[];
  readonly said: string[] = [];

  private constructor(agentOptions: readonly string[]) {
    this.#agentOptions = agentOptions;
  }

  static async open(agentOptions: readonly string[] = []): Promise<NodeUnderTest> {
    const node = new NodeUnderTest(agentOptions);
    fs.chmodSync(node.directory, 0o711);
    await node.startLink();
    node.startAgent();
    await node.connected();
    return node;
  }

  get link(): AgentLink {
    if (this.#link === undefined) throw new Error('the link does not run');
    return this.#link;
  }

  get agent(): ChildProcess {
    if (this.#agent === undefined) throw new Error('the agent does not run');
    return this.#agent;
  }

  path(name: string): string {
    return path.join(this.directory, name);
  }

  async connected(): Promise<void> {
    const before = this.recorder;
    await until(
      () => before.of('nodeConnected').length > 0,
      () => this.said.join(''),
    );
  }

  /** A daemon's link with nothing in its memory; its reports go to a new recorder. */
  async startLink(): Promise<void> {
    await this.#link?.stop();
    this.recorder = new ReportRecorder();
    this.#recorders.push(this.recorder);
    this.#link = new AgentLink(
      { socket: this.path('agent.sock'), ...DEFAULT_LINK_TIMES, graceMs: 500 },
      {
        clock: systemClock(),
        log: silentLogger,
        describeLaunch: (launch) => this.#describe(launch),
        renderReport: async (job) => Buffer.from(`report of ${job}\n`),
        peerUid: () => process.geteuid?.() ?? 0,
      },
    );
    this.#link.deliverTo(this.recorder.take);
    await this.#link.start();
  }

  async stopLink(): Promise<void> {
    await this.#link?.stop();
    this.#link = undefined;
  }

  startAgent(): ChildProcess {
    const child = spawn(
      process.execPath,
      [
        entryPath('bin/spillway-agent.js'),
        ...['--node', NODE, '--cpus', '4', '--memory-mib', '1000', '--state-dir', this.directory],
        ...['--socket', this.path('agent.sock'), ...this.#agentOptions],
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, SPILLWAY_LOG_LEVEL: 'debug' },
      },
    );
    child.stderr.on('data', (text: Buffer) => this.said.push(text.toString('latin1')));
    this.#agent = child;
    return child;
  }

  async killAgent(): Promise<void> {
    const agent = this.agent;
    const gone = new Promise((resolve) => agent.once('exit', resolve));
    agent.kill('SIGKILL');
    await gone;
  }

  /** Pids of launchers of this node, from /proc. */
  launcherPids(): number[] {
    const ours = this.path('run');
    return fs.readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        const words = fs.readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0');
        const parent = /^PPid:\t(\d+)/m.exec(
          fs.readFileSync(`/proc/${name}/status`, 'latin1'),
        )?.[1];
        const isLauncher = words[0]?.endsWith('/launcher') && words[1] === ours;
        return isLauncher && parent === String(this.agent.pid) ? [Number(name)] : [];
      } catch (error) {
        if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
        throw error;
      }
    });
  }

  /** Launches a script; its output goes to `out.<job>` unless told otherwise. */
  launch(job: number, script: string, options: TestJob = {}): void {
    const stdout = options.stdout === undefined ? this.path(`out.${job}`) : options.stdout;
    const key = specKey(JSON.stringify([script, options, job]));
    this.#scripts.set(key, { script: `#!/bin/sh\n${script}\n`, stdout: stdout ?? undefined });
    const { username, uid, gid } = os.userInfo();
    this.link.perform([
      launchOf(NODE, job, {
        attempt: options.attempt ?? 1,
        spec: key,
        request: requestOf({ workingDirectory: this.directory, ...options.request }),
        owner: { uid, gid, user: options.user ?? username, group: '' },
      }),
    ]);
  }

  /** The end of a job, when it is committed by any daemon. */
  async end(job: number): Promise<AttemptEnded> {
    const find = (): AttemptEnded | undefined =>
      this.#recorders
        .flatMap((recorder) => recorder.of('attemptsEnded'))
        .flatMap((report) => report.ended)
        .find((one) => one.job === job);
    await until(
      () => find() !== undefined,
      () =>
        `${job} did not end: ${this.said.join('')} ${JSON.stringify(this.#recorders.map((r) => r.committed))} ${this.directory} ${(fs.cpSync(this.directory, '/tmp/h3dump', { recursive: true, filter: (f) => !f.endsWith('.sock') }), '')}`,
      20_000,
    );
    return find() as AttemptEnded;
  }

  read(name: string): string {
    return fs.readFileSync(this.path(name), 'latin1');
  }

  async close(): Promise<void> {
    const agent = this.#agent;
    if (agent !== undefined && agent.exitCode === null && agent.signalCode === null) {
      const gone = new Promise((resolve) => agent.once('exit', resolve));
      agent.kill('SIGTERM');
      await gone;
    }
    await this.stopLink();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  async #describe(launch: Launch) {
    const found = this.#scripts.get(launch.spec);
    if (found === undefined) throw new Error('no such specification');
    return describe(found.script, found.stdout)(launch);
  }

  /** Tells the node's agent to stop. */
  dismiss(): void {
    void this.link.dismiss(nodeName(NODE));
  }
}
