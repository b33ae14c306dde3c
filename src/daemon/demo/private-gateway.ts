// A gateway of its own for the demo: a daemon of the built program in a temporary directory, the
// real shims and the real HTTP door. Cleans up after itself and says when something is left.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { entryPath } from '../../base/entry.ts';
import { GatewayError } from '../../base/gateway-error.ts';
import { signedHeaders } from '../../frontends/auth/sign-request.ts';
import { callDaemon } from '../../frontends/shim/client.ts';
import type { Endpoints } from '../endpoints.ts';
import type { JobRow } from '../own-commands/listings.ts';
import { OWN_COMMAND, type OwnRequest } from '../own-commands/request.ts';

const PACKAGE = path.resolve(import.meta.dirname, '../../..');
const SHIMS = path.join(PACKAGE, 'shims/bin');
const READY_LIMIT_MS = 20_000;
const CLEAN_LIMIT_MS = 10_000;
const LOOK_MS = 50;
/** A socket's path holds 107 bytes; ours is some 45 longer than the folder for temporary files. */
const LONGEST_TEMPORARY = 60;

/** What a command said. */
export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One private gateway, from `start` to `remove`. */
export class PrivateGateway {
  /** Where the demo's jobs work; begins with copies of etc/demo. */
  readonly work: string;
  readonly #directory: string;
  #daemon: ChildProcess | undefined;
  #endpoints: Endpoints | undefined;
  #key: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;

  constructor() {
    const temporary = os.tmpdir();
    const place = temporary.length <= LONGEST_TEMPORARY ? temporary : '/tmp';
    this.#directory = fs.mkdtempSync(path.join(place, 'spillway-demo-'));
    this.work = path.join(this.#directory, 'work');
    fs.cpSync(path.join(PACKAGE, 'etc/demo'), this.work, { recursive: true });
  }

  /** The folder that everything is in, and that is gone in the end. */
  get directory(): string {
    return this.#directory;
  }

  /** Starts the daemon, or starts it again; a key for the HTTP door is made the first time. */
  async start(): Promise<void> {
    const state = path.join(this.#directory, 'gateway');
    const file = path.join(state, 'endpoints.json');
    fs.rmSync(file, { force: true });
    const log = fs.openSync(path.join(this.#directory, 'daemon.log'), 'a');
    // In a session of its own: Ctrl-C is ours, and we end it.
    this.#daemon = spawn(process.execPath, [entryPath('bin/spillwayd.js'), '--state-dir', state], {
      stdio: ['ignore', 'ignore', log],
      detached: true,
    });
    fs.closeSync(log);
    const daemon = this.#daemon;
    await this.#until(READY_LIMIT_MS, 'the gateway did not start', () => {
      if (daemon.exitCode === null) return fs.existsSync(file);
      throw new GatewayError('demo', `the gateway did not start:\n${this.#logged()}`);
    });
    this.#endpoints = JSON.parse(fs.readFileSync(file, 'utf8')) as Endpoints;
    this.#key ??= JSON.parse(await this.ask({ verb: 'createKey', json: true })) as never;
  }

  /** Kills the daemon without a warning; jobs live on. */
  async kill(): Promise<void> {
    this.#daemon?.kill('SIGKILL');
    await this.#until(CLEAN_LIMIT_MS, 'the daemon does not die', () => !this.#isUp());
  }

  /** Runs a line in a shell, as a user of the gateway in the demo's folder. */
  async shell(line: string): Promise<Said> {
    const child = spawn('/bin/sh', ['-c', line], {
      cwd: this.work,
      env: {
        ...process.env,
        PATH: `${SHIMS}:${process.env['PATH']}`,
        SPILLWAY_SOCKET: this.#endpoints?.socket,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (part: string) => {
        text[stream] += part;
      });
    }
    const [status] = (await once(child, 'close')) as [number | null];
    return { status: status ?? -1, ...text };
  }

  /** Calls an operation of the Batch API. */
  async batch(operation: string, parameters: object): Promise<Record<string, unknown>> {
    const { http } = this.#endpoints as Endpoints;
    const url = new URL(`/v1/${operation.toLowerCase()}`, http);
    const body = JSON.stringify(parameters);
    const headers = await signedHeaders({ url, body, region: 'us-east-1' }, this.#key as never);
    const answer = await fetch(url, { method: 'POST', headers, body });
    if (answer.ok) return (await answer.json()) as Record<string, unknown>;
    throw new GatewayError('demo', `${operation} answers ${answer.status}: ${await answer.text()}`);
  }

  /** Every job, in no dialect's words. */
  async jobs(): Promise<readonly JobRow[]> {
    return JSON.parse(await this.ask({ verb: 'jobs', json: true, all: true })) as JobRow[];
  }

  /** Asks as the command line `spillway` does. */
  async ask(request: OwnRequest): Promise<string> {
    const said: Uint8Array[] = [];
    const argv = [OWN_COMMAND, JSON.stringify(request)];
    const socketPath = this.#endpoints?.socket ?? '';
    const status = await callDaemon({ socketPath, argv, print: (_, bytes) => said.push(bytes) });
    const text = Buffer.concat(said).toString('utf8');
    if (status !== 0) throw new GatewayError('demo', text.trim());
    return text;
  }

  /** Ends jobs, daemon and agent, and removes everything. Rejects when something stays behind. */
  async remove(): Promise<void> {
    try {
      // Before it is ready nothing was submitted.
      if (this.#isUp() && this.#endpoints !== undefined) await this.#endJobs();
    } finally {
      this.#daemon?.kill('SIGTERM');
      await this.#until(CLEAN_LIMIT_MS, 'the daemon does not stop', () => !this.#isUp()).finally(
        () => this.#daemon?.kill('SIGKILL'),
      );
      await this.#until(
        CLEAN_LIMIT_MS,
        'processes are left behind',
        () => !this.#isInUse(),
      ).finally(() => fs.rmSync(this.#directory, { recursive: true, force: true }));
    }
  }

  #isUp(): boolean {
    return this.#daemon?.exitCode === null && this.#daemon.signalCode === null;
  }

  async #endJobs(): Promise<void> {
    const living = async () =>
      (JSON.parse(await this.ask({ verb: 'jobs', json: true, all: false })) as []).length;
    if ((await living()) === 0) return;
    await this.shell('scancel --me');
    await this.#until(CLEAN_LIMIT_MS, 'jobs did not end', async () => (await living()) === 0);
  }

  /** Whether a process of the gateway lives: its words or its folder name the directory. */
  #isInUse(): boolean {
    return fs.readdirSync('/proc').some((pid) => {
      if (!/^[0-9]+$/.test(pid) || Number(pid) === process.pid) return false;
      try {
        const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return (
          words.includes(this.#directory) ||
          fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(this.#directory)
        );
      } catch {
        // It ended while we looked, or is another user's.
        return false;
      }
    });
  }

  async #until(
    limitMs: number,
    complaint: string,
    holds: () => boolean | Promise<boolean>,
  ): Promise<void> {
    const endMs = performance.now() + limitMs;
    while (!(await holds())) {
      if (performance.now() > endMs) throw new GatewayError('demo', complaint);
      await setTimeout(LOOK_MS);
    }
  }

  #logged(): string {
    return fs.readFileSync(path.join(this.#directory, 'daemon.log'), 'utf8').trim();
  }
}
