// A gateway for a benchmark: the built daemon on a directory of its own, an agent that we start first
// (so that it has the CPUs and the mode that we say; the daemon adopts it), each in a CPU group of its
// own. `stop` leaves no process and no file behind.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import Database from 'better-sqlite3';
import { CpuGroups, usageOfMs } from './cpu.mjs';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const SHIMS = path.join(ROOT, 'shims/bin');
/** As src/execution/link/local-agent.ts starts it. */
const AGENT_HEAP = ['--max-old-space-size=512', '--max-semi-space-size=4'];

export class PerfGateway {
  groups = new CpuGroups();
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-perf-'));
  #options;
  #daemon;
  #agent;
  #database;

  static #all = new Set();

  constructor(options) {
    PerfGateway.#all.add(this);
    this.#options = options;
    fs.chmodSync(this.directory, 0o755);
    fs.mkdirSync(this.state, { mode: 0o711 });
    fs.writeFileSync(path.join(this.directory, 'settings.yaml'), options.settings ?? '');
  }

  /**
   * `cpus`: of the node; `noOp`: its jobs end at once; `environment`: of the daemon;
   * `daemonFlags`: of its node.
   */
  static async start(options) {
    const gateway = new PerfGateway(options);
    try {
      gateway.#startAgent();
      await gateway.startDaemon();
      gateway.#sortLauncher();
      return gateway;
    } catch (error) {
      await gateway.stop();
      throw error;
    }
  }

  get state() {
    return path.join(this.directory, 'state');
  }

  get socket() {
    return path.join(this.state, 'spillwayd.sock');
  }

  get grpc() {
    return `unix:${path.join(this.state, 'grpc.sock')}`;
  }

  get environment() {
    const { HOME = '/', TZ = 'UTC' } = process.env;
    const PATH = `${SHIMS}:/usr/local/bin:/usr/bin:/bin`;
    return { PATH, HOME, TZ, SPILLWAY_SOCKET: this.socket };
  }

  /** Starts the daemon; resolves at its ready line with the milliseconds until then. */
  async startDaemon() {
    const began = performance.now();
    const words = [
      ...(this.#options.daemonFlags ?? []),
      ...profileFlags(),
      path.join(ROOT, 'dist/bin/spillwayd.js'),
      ...['--state-dir', this.state, '--config', path.join(this.directory, 'settings.yaml')],
    ];
    const child = spawn(process.execPath, words, {
      env: { ...process.env, ...this.#options.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#daemon = child;
    this.groups.put('daemon', child.pid);
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('exit', (status) => reject(new Error(`the daemon ended with ${status}`)));
    });
    return performance.now() - began;
  }

  /** Ends the daemon and waits until it is gone. */
  async endDaemon(signal = 'SIGTERM') {
    this.#database?.close();
    this.#database = undefined;
    const child = this.#daemon;
    this.#daemon = undefined;
    await end(child, signal);
  }

  /**
   * CPU of each group so far. Jobs and supervisors count with their launcher, wherever the agent
   * put them: into version 2 groups, which change nothing here, or into cpuacct's root.
   */
  cpuMs() {
    const { launcher, ...others } = this.groups.readMs();
    if (launcher === undefined) return others;
    const hash = createHash('sha256').update(this.state).digest('hex').slice(0, 12);
    const elsewhere = usageOfMs(`spillway-${hash}`) || 0;
    return { ...others, 'launcher+supervisor+job': launcher + elsewhere };
  }

  get daemonRssMib() {
    return rssMib(this.#daemon.pid);
  }

  /** The accounting, read from the file as anybody may, beside the daemon. */
  get database() {
    this.#database ??= new Database(path.join(this.state, 'spillway.db'), { readonly: true });
    return this.#database;
  }

  /** Waits until no job lives, on the disk; fails when it takes longer than `deadlineMs`. */
  async untilAllEnded(deadlineMs = 120_000) {
    const living = this.database.prepare('SELECT 1 FROM job WHERE state < 4 LIMIT 1');
    const deadline = performance.now() + deadlineMs;
    while (living.get() !== undefined) {
      if (performance.now() > deadline) throw new Error('jobs live after the deadline');
      if (hasEnded(this.#daemon)) throw new Error('the daemon ended');
      if (hasEnded(this.#agent)) throw new Error('the agent ended');
      await pause(5);
    }
  }

  /** How many jobs the accounting has that ended well. */
  succeeded() {
    const count = 'SELECT count(*) FROM job WHERE state = 4 AND outcome = 0 AND exit_code = 0';
    return this.database.prepare(count).pluck().get();
  }

  /** Stops every gateway: when the benchmark is interrupted. */
  static async stopAll() {
    for (const gateway of PerfGateway.#all) await gateway.stop();
  }

  async stop() {
    PerfGateway.#all.delete(this);
    await this.endDaemon();
    await end(this.#agent, 'SIGTERM');
    // Its launcher goes with it.
    for (let tries = 0; tries < 100 && this.#processes().length > 0; tries++) await pause(20);
    for (const pid of this.#processes()) killIfThere(pid);
    this.groups.remove();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  #startAgent() {
    const { cpus, noOp } = this.#options;
    const words = [
      ...AGENT_HEAP,
      path.join(ROOT, 'dist/bin/spillway-agent.js'),
      ...['--cpus', String(cpus), '--state-dir', this.state],
      ...['--socket', path.join(this.state, 'agent.sock')],
      ...(noOp === true ? ['--no-op'] : []),
    ];
    this.#agent = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit'] });
    this.groups.put('agent', this.#agent.pid);
  }

  /** The launcher starts in the agent's group; its supervisors follow it. */
  #sortLauncher() {
    for (const pid of childrenOf(this.#agent.pid)) this.groups.put('launcher', pid);
    for (const pid of childrenOf(this.#daemon.pid)) this.groups.put('daemon', pid);
  }

  /** What names our directory, beside ourselves and our parents. */
  #processes() {
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((name) => read(`/proc/${name}/cmdline`).includes(this.directory))
      .map(Number);
  }
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function rssMib(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function childrenOf(pid) {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** `SPILLWAY_PERF_PROFILE=DIR` leaves a CPU profile of every thread of the daemon there. */
function profileFlags() {
  const folder = process.env.SPILLWAY_PERF_PROFILE;
  return folder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', path.resolve(folder)];
}

function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child, signal) {
  if (child === undefined || hasEnded(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await gone;
  clearTimeout(late);
}

function read(file) {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch (error) {
    // The process ended meanwhile.
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

function killIfThere(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
