// A launcher under test: built from the sources (plain, under the sanitizers, or deliberately
// broken), and a client of it that remembers every event. Ends all that it started.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fields, Logger } from '../../src/base/log.ts';
import { type Cgroups, openCgroups } from '../../src/execution/agent/cgroups.ts';
import {
  type FoundAttempt,
  LauncherClient,
  type LauncherEvents,
} from '../../src/execution/agent/launcher-client.ts';
import {
  type AttemptKey,
  attemptName,
  type EndRecord,
  type LaunchSpec,
  type Outcome,
} from '../../src/execution/launcher/wire.ts';

const SOURCES = join(import.meta.dirname, '../../src/execution/launcher');
export const isRoot = process.getuid?.() === 0;

/**
 * `sanitized` is what the tests use; `plain` is what is installed; `unclaimed` lets every
 * supervisor go on.
 */
export type Variant = 'sanitized' | 'plain' | 'unclaimed';

const FLAGS: Record<Variant, string[]> = {
  sanitized: ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  plain: ['-O2', '-static'],
  unclaimed: ['-O2', '-static'],
};

/** Compiles a variant, once per content of the sources; returns the program. */
export function buildLauncher(variant: Variant): string {
  const names = readdirSync(SOURCES).filter((name) => /\.[ch]$/.test(name));
  const texts = names.map((name) => {
    const text = readFileSync(join(SOURCES, name), 'latin1');
    if (variant !== 'unclaimed' || name !== 'attempt.c') return text;
    const broken = text
      .replace('*claimed = access(path, F_OK) == 0;', '')
      .replace('if (link(spec, path) != 0) return false;', 'link(spec, path);');
    if (broken.length > text.length - 50) throw new Error('the claim is no longer where it was');
    return broken.replace('link(spec, path);', 'if (link(spec, path) != 0) path[0] = 0;');
  });
  const hash = createHash('sha256')
    .update([...texts, variant, process.getuid?.()].join('\0'))
    .digest('hex');
  const directory = join(tmpdir(), `spillway-launcher-${hash.slice(0, 16)}`);
  const program = join(directory, 'launcher');
  if (existsSync(program)) return program;
  mkdirSync(directory, { recursive: true });
  for (const [i, name] of names.entries())
    writeFileSync(join(directory, name), texts[i] ?? '', 'latin1');
  const sources = names.filter((name) => name.endsWith('.c')).map((name) => join(directory, name));
  const flags = ['-std=c17', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', ...FLAGS[variant]];
  const building = `${program}.${process.pid}`;
  execFileSync('cc', [...flags, ...sources, '-o', building]);
  chmodSync(directory, 0o755);
  renameSync(building, program);
  return program;
}

type Recorded =
  | { kind: 'started'; name: string }
  | { kind: 'ended'; name: string; record: EndRecord }
  | { kind: 'lost'; name: string; why: string }
  | { kind: 'appended'; name: string; errno: number }
  | { kind: 'unkillable'; name: string; processCount: number };

/** Every cgroup driver that can be had here: an ordinary user mostly has `none` alone. */
export async function availableDrivers(): Promise<
  { name: string; open: (directory: string) => Promise<Cgroups> }[]
> {
  const mounts = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
  const choices = {
    'the driver of this machine': mounts,
    'cgroup v1 alone': mounts.filter((line) => line.includes(' - cgroup ')),
    'no cgroup': [],
  };
  const seen = new Set<string>();
  const drivers = [];
  for (const [name, lines] of Object.entries(choices)) {
    const open = (directory: string) => openCgroups(directory, lines.join('\n'));
    const probe = await open(join(tmpdir(), `probe-${process.pid}`));
    await probe.removeRoots();
    if (seen.has(JSON.stringify(probe.driver))) continue;
    seen.add(JSON.stringify(probe.driver));
    drivers.push({ name: `${name} (${probe.driver})`, open });
  }
  return drivers;
}

/** A client with its own directory. Call `close` at the end of the test. */
export class LauncherUnderTest {
  readonly directory: string;
  readonly runDirectory: string;
  readonly events: Recorded[] = [];
  readonly said: string[] = [];
  readonly cgroups: Cgroups;
  readonly program: string;
  client: LauncherClient;
  #nextJob = 1;
  #known = new Set<string>();
  #watchers = new Set<() => void>();

  private constructor(directory: string, cgroups: Cgroups, program: string) {
    this.directory = directory;
    this.runDirectory = join(directory, 'run');
    this.cgroups = cgroups;
    this.program = program;
    this.client = this.#makeClient();
  }

  static async open(
    options: { variant?: Variant; cgroups?: (directory: string) => Promise<Cgroups> } = {},
  ): Promise<LauncherUnderTest> {
    const directory = mkdtempSync(join(tmpdir(), 'launcher-test-'));
    chmodSync(directory, 0o777);
    const cgroups = await (options.cgroups ?? openCgroups)(directory);
    const program = buildLauncher(options.variant ?? 'sanitized');
    const test = new LauncherUnderTest(directory, cgroups, program);
    await test.client.start();
    return test;
  }

  /** A new client on the same directory, as after a death of the agent. */
  async reopen(): Promise<void> {
    this.client = this.#makeClient();
    await this.client.start();
  }

  key(): AttemptKey {
    return { job: this.#nextJob++, attempt: 0 };
  }

  /**
   * A spec that runs `text` as a script of sh with its output in `<job>.out` of the test's
   * directory.
   */
  spec(text: string, more: Partial<LaunchSpec> = {}): LaunchSpec {
    const key = this.key();
    return {
      ...key,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      groups: process.getgroups?.() ?? [],
      umask: 0o022,
      cwd: this.directory,
      stdout: this.path(key),
      program: {
        kind: 'script',
        fileName: 'slurm_script',
        text: `#!/bin/sh\n${text}\n`,
        arguments: [],
      },
      environment: ['PATH=/usr/local/bin:/usr/bin:/bin'],
      killLeftovers: true,
      ...more,
    };
  }

  path(key: AttemptKey): string {
    return join(this.directory, `${key.job}.out`);
  }

  output(key: AttemptKey): string {
    return readFileSync(this.path(key), 'latin1');
  }

  /** Launches and waits for the end. */
  async run(text: string, more: Partial<LaunchSpec> = {}): Promise<EndRecord> {
    const spec = this.spec(text, more);
    this.client.launch(spec);
    return this.end(spec);
  }

  async end(key: AttemptKey, withinMs = 20_000): Promise<EndRecord> {
    const name = attemptName(key);
    const event = await this.event(
      (one) => one.name === name && (one.kind === 'ended' || one.kind === 'lost'),
      withinMs,
    );
    if (event.kind !== 'ended') throw new Error(`${name} was lost`);
    return event.record;
  }

  /** Waits for an event that `matches`, also one that has been. */
  event(matches: (event: Recorded) => boolean, withinMs = 20_000): Promise<Recorded> {
    return this.until(() => this.events.find(matches), withinMs);
  }

  /** Waits until `look` finds something: asked at every event and every few milliseconds. */
  until<T>(look: () => T | undefined | false, withinMs = 20_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + withinMs;
      const check = () => {
        const found = look();
        const late = performance.now() > deadline;
        if (!found && !late) return;
        clearInterval(timer);
        this.#watchers.delete(check);
        if (found) resolve(found);
        else
          reject(
            new Error(`waited ${withinMs} ms in vain; launcher said: ${this.said.join('; ')}`),
          );
      };
      const timer = setInterval(check, 5);
      this.#watchers.add(check);
      check();
    });
  }

  /** Keeps what a scan said about an attempt that is over as if it were an event. */
  remember(found: FoundAttempt): void {
    const name = attemptName(found);
    if (this.outcome(found) !== undefined) return;
    if (found.state === 'ended') this.events.push({ kind: 'ended', name, record: found.record });
    if (found.state === 'lost') this.events.push({ kind: 'lost', name, why: found.why });
    if (found.state === 'running') this.#known.add(name);
  }

  /** Whether an attempt has been found running or is over. */
  isKnown(key: AttemptKey): boolean {
    return this.#known.has(attemptName(key)) || this.outcome(key) !== undefined;
  }

  /** How an attempt ended, if it did. */
  outcome(key: AttemptKey): Outcome | 'lost' | undefined {
    const name = attemptName(key);
    for (const event of this.events) {
      if (event.name === name && event.kind === 'ended') return event.record.outcome;
      if (event.name === name && event.kind === 'lost') return 'lost';
    }
    return undefined;
  }

  settled(key: AttemptKey): Promise<unknown> {
    return this.until(() => this.outcome(key) !== undefined, 40_000);
  }

  async close(): Promise<void> {
    const names = readdirSync(this.runDirectory).filter((name) => /^\d+\.\d+$/.test(name));
    for (const name of names) await this.#endTree(name);
    await this.client.stop();
    for (const name of names) {
      await this.cgroups.kill(name);
      this.#killSupervisor(name);
    }
    let removed = false;
    while (!removed) removed = await this.cgroups.removeRoots();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The pid in the claim of an attempt. */
  supervisorPid(key: AttemptKey): number {
    const claim = join(this.runDirectory, attemptName(key), 'claim');
    return existsSync(claim) ? Number(readFileSync(claim, 'latin1').split(' ')[0]) : 0;
  }

  /** What a failed test left running is ended by its supervisor, which alone sees all of it. */
  async #endTree(name: string): Promise<void> {
    const [job = 0, attempt = 0] = name.split('.').map(Number);
    const exit = join(this.runDirectory, name, 'exit');
    if (existsSync(exit)) return;
    const plan = [{ afterMs: 0, signal: 9, scope: 'tree', cause: 255 } as const];
    const delivery = await this.client.signal({ job, attempt }, plan);
    if (delivery === 'delivered') await this.until(() => existsSync(exit), 5000).catch(() => {});
  }

  #killSupervisor(name: string): void {
    const [job = 0, attempt = 0] = name.split('.').map(Number);
    const pid = this.supervisorPid({ job, attempt });
    try {
      const command = pid > 1 ? readFileSync(`/proc/${pid}/cmdline`, 'latin1') : '';
      if (command.includes(this.runDirectory)) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }

  #makeClient(): LauncherClient {
    const record = (event: Recorded) => {
      this.events.push(event);
      for (const check of [...this.#watchers]) check();
    };
    const events: LauncherEvents = {
      started: (key) => record({ kind: 'started', name: attemptName(key) }),
      ended: (end) => record({ kind: 'ended', name: attemptName(end), record: end }),
      lost: (key, why) => record({ kind: 'lost', name: attemptName(key), why }),
      appended: (key, errno) => record({ kind: 'appended', name: attemptName(key), errno }),
      unkillable: (key, processCount) =>
        record({ kind: 'unkillable', name: attemptName(key), processCount }),
    };
    const say = (phrase: string, fields?: Fields) =>
      void this.said.push(`${phrase} ${JSON.stringify(fields)}`);
    const log: Logger = { error: say, warn: say, info: say, debug: say, child: () => log };
    return new LauncherClient(
      { program: this.program, runDirectory: this.runDirectory, scanEveryMs: 200 },
      { cgroups: this.cgroups, events, log },
    );
  }
}
