// A private gateway as a user has it: the built daemon on a directory of its own, the real shims, real
// jobs. It can be killed and started again. `close` leaves no process and no file behind.

import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DIST = path.join(ROOT, 'dist');
const SHIMS = path.join(ROOT, 'shims/bin');

/** A user that exists for the gateway alone. */
export interface TestUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export const ALICE: TestUser = { name: 'alice', uid: 7001, gid: 7001 };
export const BOB: TestUser = { name: 'bob', uid: 7002, gid: 7002 };
/** A group of both, beside their own. */
export const TEAM_GID = 7100;

/** How a gateway is made. */
export interface TestGatewayOptions {
  /** Lines of the settings file. */
  readonly settings?: string;
  /** Adds alice and bob to the users that the gateway sees; needs root. */
  readonly users?: boolean;
  /** Whose gateway it is, if not that of whoever runs the tests; needs root and `users`. */
  readonly of?: TestUser;
  /** Another build of the programs than that of this checkout. */
  readonly build?: string;
  /** Where the state directory is, if not in the gateway's own directory. */
  readonly state?: string;
}

/** How one daemon is started. */
export interface StartOptions {
  /** More environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** A program, with its options, that runs the daemon. */
  readonly under?: readonly string[];
}

/** How a command is called. */
export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Absent: the gateway's work folder. */
  readonly cwd?: string;
  /** Needs root, and a gateway with `users`. */
  readonly as?: TestUser;
}

/** How a command ended. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** A command that still runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
}

const DEADLINE_MS = 20_000;
const LOOK_EVERY_MS = 20;

export class TestGateway {
  readonly directory: string;
  /** Where commands run and jobs write; everybody may. */
  readonly work: string;
  readonly #options: TestGatewayOptions;
  readonly #commands = new Set<ChildProcess>();
  #daemon: ChildProcess | undefined;
  /** What the daemon said on stderr. */
  errors = '';
  /** The line that it said on stdout. */
  ready = '';

  private constructor(options: TestGatewayOptions) {
    this.#options = options;
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'gw-'));
    this.work = path.join(this.directory, 'work');
    fs.chmodSync(this.directory, 0o755);
    fs.mkdirSync(this.work);
    fs.chmodSync(this.work, 0o777);
    fs.writeFileSync(path.join(this.directory, 'settings.yaml'), options.settings ?? '');
    if (options.users === true) this.#writeUsers();
    if (options.of !== undefined) fs.chownSync(this.directory, options.of.uid, options.of.gid);
  }

  /** A gateway that accepts work. */
  static async start(
    options: TestGatewayOptions = {},
    daemon: StartOptions = {},
  ): Promise<TestGateway> {
    const gateway = new TestGateway(options);
    try {
      await gateway.startDaemon(daemon);
    } catch (error) {
      await gateway.close();
      throw error;
    }
    return gateway;
  }

  get state(): string {
    return this.#options.state ?? path.join(this.directory, 'state');
  }

  get socket(): string {
    return path.join(this.state, 'spillwayd.sock');
  }

  /** Whose it is, if not that of whoever runs the tests. */
  get owner(): TestUser | undefined {
    return this.#options.of;
  }

  get daemonPid(): number {
    return this.#daemon?.pid ?? 0;
  }

  /** Starts the daemon; resolves when it says that it is ready. */
  startDaemon({ env, under = [] }: StartOptions = {}): Promise<void> {
    const { build = DIST, users } = this.#options;
    const settings = path.join(this.directory, 'settings.yaml');
    const daemon = [process.execPath, path.join(build, 'bin/spillwayd.js')];
    const words = [...under, ...daemon, '--state-dir', this.state, '--config', settings];
    const [program, ...rest] = users === true ? this.#withUsers(words) : words;
    const child = spawn(program as string, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#daemon = child;
    this.ready = '';
    child.stderr.on('data', (bytes: Buffer) => (this.errors += bytes.toString()));
    return new Promise((resolve, reject) => {
      child.stdout.on('data', (bytes: Buffer) => {
        this.ready += bytes.toString();
        if (this.ready.endsWith('\n')) resolve();
      });
      child.once('exit', (status, signal) =>
        reject(new Error(`the daemon ended with ${status ?? signal}: ${this.errors}`)),
      );
    });
  }

  /** Ends the daemon by a signal and waits until it is gone; returns its status. */
  async endDaemon(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#daemon;
    this.#daemon = undefined;
    if (child === undefined) return null;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return gone;
  }

  /** Runs a command of the gateway to its end. */
  run(command: string, words: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
    return this.begin(command, words, options).ended;
  }

  /** Runs it and insists on its success; returns what it said on stdout. */
  async ok(
    command: string,
    words: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<string> {
    const { stdout, stderr, status } = await this.run(command, words, options);
    if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${status}\n${stderr}`);
    return stdout;
  }

  /** Submits and returns the number of the job. */
  async submit(
    command: 'sbatch' | 'bsub',
    words: readonly string[],
    options: RunOptions = {},
  ): Promise<number> {
    const said = await this.ok(command, words, options);
    return Number(/(?:job |Job <)(\d+)/.exec(said)?.[1]);
  }

  /** Begins a command. */
  begin(command: string, words: readonly string[], options: RunOptions = {}): Running {
    const { stdin, env, cwd, as = this.#options.of } = options;
    const child = spawn(path.join(SHIMS, command), words, {
      cwd: cwd ?? this.work,
      env: {
        PATH: `${SHIMS}:/usr/local/bin:/usr/bin:/bin`,
        SPILLWAY_SOCKET: this.socket,
        TZ: 'UTC',
        ...env,
      },
      ...(as === undefined ? {} : { uid: as.uid, gid: as.gid }),
    });
    this.#commands.add(child);
    child.once('close', () => this.#commands.delete(child));
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString('latin1')));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString('latin1')));
    child.stdin.on('error', () => {});
    child.stdin.end(stdin ?? '');
    const ended = new Promise<Ran>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve({ stdout, stderr, status }));
    });
    return { child, ended };
  }

  /** The state of a job or element in Slurm's words, from the accounting. */
  async stateOf(job: number | string): Promise<string> {
    return (await this.ok('sacct', ['-n', '-X', '-P', '-o', 'state', '-j', String(job)])).trim();
  }

  /** Waits until the job is in the state. */
  async untilState(job: number | string, state: string): Promise<void> {
    let seen = '';
    await this.until(
      async () => (seen = await this.stateOf(job)) === state,
      () => `job ${job} is ${seen}, not ${state}`,
    );
  }

  /** Waits until the condition holds; fails with the words when it does not in time. */
  async until(
    condition: () => boolean | Promise<boolean>,
    words: () => string = () => 'it did not come about',
    deadlineMs = DEADLINE_MS,
  ): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`${words()}\n${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** What a file in the work folder holds; empty while it is not there. */
  file(name: string): string {
    const file = path.join(this.work, name);
    return fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : '';
  }

  /** Makes an empty file there. */
  touch(name: string): void {
    fs.writeFileSync(path.join(this.work, name), '');
  }

  /** The parent of a process; 0 when it is gone. */
  parentOf(pid: number): number {
    return Number(/^PPid:\t(\d+)/m.exec(procFile(pid, 'status'))?.[1] ?? 0);
  }

  /** Agents, launchers (with their supervisors) and jobs that run, by what their command line holds. */
  processes(words: string): number[] {
    return this.#processes((commandLine) => commandLine.includes(words));
  }

  /** Ends everything and removes it. */
  async close(): Promise<void> {
    for (const child of this.#commands) child.kill('SIGKILL');
    await this.endDaemon('SIGTERM');
    for (let left = this.#processes(); left.length > 0; left = this.#processes()) {
      for (const pid of left) kill(pid);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  /** Processes that name our directory in their command line or environment. */
  #processes(matches: (commandLine: string) => boolean = () => true): number[] {
    const numbers = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return numbers.map(Number).filter((pid) => {
      const commandLine = procFile(pid, 'cmdline').replaceAll('\0', ' ');
      const environment = procFile(pid, 'environ');
      const isOurs = [this.directory, this.state].some(
        (place) => commandLine.includes(place) || environment.includes(place),
      );
      return pid !== process.pid && isOurs && matches(commandLine);
    });
  }

  #writeUsers(): void {
    const users = [ALICE, BOB];
    for (const { name, uid, gid } of users) {
      fs.mkdirSync(path.join(this.directory, name));
      fs.chownSync(path.join(this.directory, name), uid, gid);
    }
    const passwd = users.map(
      ({ name, uid, gid }) =>
        `${name}:x:${uid}:${gid}::${path.join(this.directory, name)}:/bin/sh\n`,
    );
    const names = users.map(({ name }) => name).join(',');
    const group = [
      ...users.map(({ name, gid }) => `${name}:x:${gid}:\n`),
      `team:x:${TEAM_GID}:${names}\n`,
    ];
    for (const [file, lines] of [
      ['passwd', passwd],
      ['group', group],
    ] as const) {
      const real = fs.readFileSync(path.join('/etc', file), 'latin1');
      fs.writeFileSync(path.join(this.directory, file), real + lines.join(''));
    }
  }

  /** The same command in a mount namespace of its own, with our users in it. */
  #withUsers(words: readonly string[]): string[] {
    const script =
      'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group && shift && exec "$@"';
    const { of } = this.#options;
    const become =
      of === undefined
        ? []
        : ['setpriv', `--reuid=${of.uid}`, `--regid=${of.gid}`, '--init-groups', '--inh-caps=-all'];
    return ['unshare', '--mount', 'sh', '-c', script, 'sh', this.directory, ...become, ...words];
  }
}

function procFile(pid: number, name: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch (error) {
    // Gone meanwhile, or not ours to look at.
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
