// The agent's end of the launcher: keeps one running, sends it launches and orders in batches, and
// tells what becomes of attempts. An end comes by the launcher; every few seconds the directories
// of the attempts still awaited are looked at as well, for news that a dead launcher swallowed.
// Makes no file call for a job that ends before such a look.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { assert } from '../../base/assert.ts';
import type { Logger } from '../../base/log.ts';
import type { Service } from '../../base/service.ts';
import { decodeFrame, FrameSplitter } from '../launcher/frame-reader.ts';
import {
  type AttemptKey,
  attemptName,
  type EndRecord,
  encodeForget,
  encodeLaunch,
  encodeOrder,
  type FailedStep,
  type LauncherFrame,
  type LaunchSpec,
  neverStarted,
  type Order,
  type PlanStep,
  PROTOCOL_VERSION,
} from '../launcher/wire.ts';
import {
  type AttemptState,
  examineAttempt,
  listAttempts,
  markAttemptsOfEarlierBoot,
  readBootId,
} from './attempt-directory.ts';
import type { Cgroups } from './cgroups.ts';

export interface LauncherSettings {
  /** The launcher program. */
  readonly program: string;
  /**
   * Where the attempt directories are, absolute; made if missing. Its parents must let users
   * through.
   */
  readonly runDirectory: string;
  /** How often the directories of awaited attempts are looked at. Default 5,000. */
  readonly scanEveryMs?: number;
}

/**
 * What becomes of attempts. Each launched or found attempt gets exactly one of `ended` and `lost`.
 */
export interface LauncherEvents {
  started(key: AttemptKey, startMs: number): void;
  ended(record: EndRecord): void;
  lost(key: AttemptKey, why: 'supervisorGone' | 'rebooted'): void;
  /** The report is in the output file; `errno` is not 0 when it could not be written. */
  appended(key: AttemptKey, errno: number): void;
  /** Killed, but it will not die: the node should take no more work. Its end may still come. */
  unkillable(key: AttemptKey, processCount: number): void;
}

/**
 * An attempt found at start. `running` ones are awaited from then on; `ended` and `lost` are said
 * here only.
 */
export type FoundAttempt = AttemptKey &
  (
    | { readonly state: 'running' }
    | { readonly state: 'ended'; readonly record: EndRecord; readonly reportAppended: boolean }
    | { readonly state: 'lost'; readonly why: 'supervisorGone' | 'rebooted' }
  );

/** Nobody was there to carry out an order: the attempt has ended or its supervisor was killed. */
export type Delivery = 'delivered' | 'nobodyThere';

interface Awaited {
  readonly key: AttemptKey;
  /** The launch frame until the launcher has answered it. */
  launch: Buffer | undefined;
  sinceMs: number;
  killed: boolean;
}

interface SentOrder {
  readonly frame: Buffer;
  readonly settle: (delivery: Delivery) => void;
}

const EIO = 5;
const RESTART_AFTER_MS = [0, 100, 500, 2000, 5000] as const;
const KILL = 9;

export class LauncherClient implements Service {
  readonly #settings: LauncherSettings;
  readonly #cgroups: Cgroups;
  readonly #events: LauncherEvents;
  readonly #log: Logger;
  readonly #awaited = new Map<string, Awaited>();
  readonly #orders = new Map<number, SentOrder>();
  #child: ChildProcessByStdio<Writable, Readable, Readable> | undefined;
  #starting: Promise<void> | undefined;
  #outbox: Buffer[] = [];
  #nextOrder = 1;
  #deaths = 0;
  #stopping = false;
  #scanning = false;
  #timer: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;

  constructor(
    settings: LauncherSettings,
    parts: { cgroups: Cgroups; events: LauncherEvents; log: Logger },
  ) {
    this.#settings = settings;
    this.#cgroups = parts.cgroups;
    this.#events = parts.events;
    this.#log = parts.log;
  }

  /** Resolves when the launcher is ready for work, rejects when it cannot be. Then call `scan`. */
  async start(): Promise<void> {
    await mkdir(this.#settings.runDirectory, { recursive: true, mode: 0o711 });
    await markAttemptsOfEarlierBoot(this.#settings.runDirectory, await readBootId());
    await this.#startLauncher();
    this.#timer = setInterval(() => void this.#look(), this.#settings.scanEveryMs ?? 5000);
    this.#timer.unref();
  }

  /** Ends the launcher. Supervisors and jobs live on. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    clearTimeout(this.#restart);
    for (const { settle } of this.#orders.values()) settle('nobodyThere');
    this.#orders.clear();
    await this.#starting?.catch(() => {});
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    this.#flush();
    child.stdin.end();
    await closed;
  }

  /** The pid of the launcher that is running now. */
  get launcherPid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Launches an attempt; repeating it is harmless. Confirm it to whoever ordered it only after
   * `started`, `ended` or `lost`: before that a death of the launcher may leave nothing of it.
   * An attempt that cannot start gets `ended` with `notStarted`.
   */
  launch(spec: LaunchSpec): void {
    const name = attemptName(spec);
    const limits = {
      ...(spec.memoryLimitBytes === undefined ? {} : { memoryLimitBytes: spec.memoryLimitBytes }),
      ...(spec.processLimit === undefined ? {} : { processLimit: spec.processLimit }),
    };
    const frame = encodeLaunch(spec, this.#cgroups.leaves(name, limits));
    const key = { job: spec.job, attempt: spec.attempt };
    this.#awaited.set(name, { key, launch: frame, sinceMs: performance.now(), killed: false });
    this.#send(frame);
  }

  /**
   * Carries out a plan of signals. A plan that ends with KILL to the tree also reaches the
   * processes of an attempt whose supervisor is gone, or dies with the order in its hands.
   */
  async signal(key: AttemptKey, plan: readonly PlanStep[]): Promise<Delivery> {
    const name = attemptName(key);
    const kills = plan.some((step) => step.scope === 'tree' && step.signal === KILL);
    const awaited = this.#awaited.get(name);
    if (awaited && kills) awaited.killed = true;
    const delivery = await this.#order(key, { kind: 'signal', plan });
    if (delivery === 'nobodyThere' && kills) await this.#cgroups.kill(name);
    return delivery;
  }

  /** Writes to the job's stderr before whatever is ordered next: once in an attempt, if it runs. */
  async note(key: AttemptKey, bytes: Uint8Array): Promise<void> {
    await this.#order(key, { kind: 'note', bytes });
  }

  suspend(key: AttemptKey): Promise<Delivery> {
    return this.#order(key, { kind: 'suspend' });
  }

  resume(key: AttemptKey): Promise<Delivery> {
    return this.#order(key, { kind: 'resume' });
  }

  /** Appends to the output that an ended attempt holds open: once, however often it is asked. */
  async append(key: AttemptKey, bytes: Uint8Array): Promise<void> {
    const delivery = await this.#order(key, { kind: 'append', bytes });
    if (delivery === 'delivered') return;
    const state = await this.#examine(key);
    const done = state.kind === 'ended' && state.reportAppended;
    this.#events.appended(key, done ? 0 : EIO);
  }

  /** Removes what is left of attempts whose ends are safely known elsewhere. */
  forget(keys: readonly AttemptKey[]): void {
    if (keys.length > 0) this.#send(encodeForget(keys));
  }

  /** Looks at all attempt directories, after `start`. Those that go on are awaited from now on. */
  async scan(): Promise<FoundAttempt[]> {
    const found: FoundAttempt[] = [];
    for (const key of await listAttempts(this.#settings.runDirectory)) {
      const state = await this.#examine(key);
      if (state.kind === 'unknown') continue;
      if (state.kind === 'ended') {
        const { record, reportAppended } = state;
        found.push({ ...key, state: 'ended', record, reportAppended });
      } else if (state.kind === 'lost') {
        await this.#cgroups.remove(attemptName(key));
        found.push({ ...key, state: 'lost', why: state.why });
      } else {
        // Half-written: its launch was never answered, so whoever ordered it will order it again.
        if (state.kind === 'unclaimed' && !state.launch) continue;
        const launch = state.kind === 'unclaimed' ? state.launch : undefined;
        const awaited = { key, launch, sinceMs: performance.now(), killed: false };
        this.#awaited.set(attemptName(key), awaited);
        if (launch) this.#send(launch);
        found.push({ ...key, state: 'running' });
      }
    }
    return found;
  }

  #order(key: AttemptKey, order: Order): Promise<Delivery> {
    const number = this.#nextOrder;
    this.#nextOrder = number === 0xffff_ffff ? 1 : number + 1;
    const frame = encodeOrder(key, number, order);
    return new Promise((settle) => {
      if (this.#stopping) return settle('nobodyThere');
      this.#orders.set(number, { frame, settle });
      this.#send(frame);
    });
  }

  /** Frames of one turn of the event loop leave in one write. */
  #send(frame: Buffer): void {
    this.#outbox.push(frame);
    if (this.#outbox.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const frames = this.#outbox;
    if (frames.length === 0 || !this.#child?.stdin.writable) return;
    this.#outbox = [];
    this.#child.stdin.write(frames.length === 1 ? frames[0] : Buffer.concat(frames));
  }

  #startLauncher(): Promise<void> {
    this.#starting = this.#spawnLauncher();
    return this.#starting;
  }

  async #spawnLauncher(): Promise<void> {
    const child = spawn(this.#settings.program, [this.#settings.runDirectory], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: '/',
      env: {},
    });
    const splitter = new FrameSplitter();
    child.stderr.on('data', (text: Buffer) => {
      this.#log.warn('launcher says', { text: text.toString('latin1').trimEnd() });
    });
    child.stdin.on('error', () => {}); // Its death is told by `close`.
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => reject(new Error('the launcher ended before it was ready')));
      child.stdout.on('data', (chunk: Buffer) => {
        for (const bytes of splitter.push(chunk)) {
          const frame = decodeFrame(bytes);
          if (frame?.kind === 'ready') {
            assert(frame.version === PROTOCOL_VERSION, 'agent and launcher are of one version');
            resolve();
          } else if (frame) this.#take(frame);
        }
      });
    });
    this.#child = child;
    child.once('close', (code, signal) => this.#onLauncherGone(code, signal));
    this.#flush();
  }

  #onLauncherGone(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = undefined;
    if (this.#stopping) return;
    const pause = RESTART_AFTER_MS[Math.min(this.#deaths++, RESTART_AFTER_MS.length - 1)] ?? 0;
    this.#log.error('launcher ended, starting another', { code, signal, pause });
    this.#restart = setTimeout(() => void this.#restartLauncher(), pause);
  }

  /** All that the dead launcher has not answered goes to the new one; claims make that safe. */
  async #restartLauncher(): Promise<void> {
    const unanswered = [...this.#awaited.values()].flatMap(({ launch }) => launch ?? []);
    const orders = [...this.#orders.values()].map(({ frame }) => frame);
    this.#outbox = [...new Set([...unanswered, ...orders, ...this.#outbox])];
    try {
      await this.#startLauncher();
      await this.#look(true);
    } catch (error) {
      this.#log.error('launcher does not start', { error: String(error) });
      this.#onLauncherGone(null, null);
    }
  }

  #take(frame: LauncherFrame): void {
    switch (frame.kind) {
      case 'started':
        return this.#onStarted(frame);
      case 'refused':
        return this.#onRefused(frame, frame.step, frame.errno);
      case 'ordered': {
        const order = this.#orders.get(frame.number);
        this.#orders.delete(frame.number);
        return order?.settle(frame.delivered ? 'delivered' : 'nobodyThere');
      }
      case 'ended':
        return this.#onEnded(frame.record);
      case 'appended':
        return this.#events.appended({ job: frame.job, attempt: frame.attempt }, frame.errno);
      case 'unkillable': {
        const key = { job: frame.job, attempt: frame.attempt };
        return this.#events.unkillable(key, frame.processCount);
      }
      case 'ready':
        return;
      default:
        return frame satisfies never;
    }
  }

  #onStarted(frame: AttemptKey & { startMs: number; already: boolean }): void {
    this.#deaths = 0;
    const awaited = this.#awaited.get(attemptName(frame));
    if (!awaited) return;
    const first = awaited.launch !== undefined;
    awaited.launch = undefined;
    if (first) this.#events.started(awaited.key, frame.startMs);
    if (frame.already) void this.#lookAt(awaited);
  }

  #onRefused(key: AttemptKey, step: FailedStep, errno: number): void {
    this.#onEnded(neverStarted(key, { step, errno, atMs: Date.now() }));
  }

  #onEnded(record: EndRecord): void {
    if (this.#awaited.delete(attemptName(record))) this.#events.ended(record);
  }

  #examine(key: AttemptKey): Promise<AttemptState> {
    return examineAttempt(this.#settings.runDirectory, key, this.#cgroups.isPopulated);
  }

  /**
   * Looks at the attempts that should have been heard of by now; at all of them after a restart.
   */
  async #look(all = false): Promise<void> {
    if (this.#scanning) return;
    this.#scanning = true;
    const before = performance.now() - (this.#settings.scanEveryMs ?? 5000);
    try {
      for (const awaited of [...this.#awaited.values()])
        if (all || awaited.sinceMs < before) await this.#lookAt(awaited);
    } catch (error) {
      this.#log.error('cannot look at the attempts', { error: String(error) });
    } finally {
      this.#scanning = false;
    }
  }

  async #lookAt(awaited: Awaited): Promise<void> {
    const name = attemptName(awaited.key);
    if (awaited.launch !== undefined || this.#awaited.get(name) !== awaited) return;
    const state = await this.#examine(awaited.key);
    if (this.#awaited.get(name) !== awaited) return;
    if (state.kind === 'ended') return this.#onEnded(state.record);
    if (state.kind === 'orphaned' && awaited.killed) return this.#cgroups.kill(name);
    if (state.kind === 'unclaimed') return this.#relaunch(awaited, state.launch);
    if (state.kind !== 'lost' && state.kind !== 'unknown') return;
    await this.#cgroups.remove(name);
    if (!this.#awaited.delete(name)) return;
    this.#events.lost(awaited.key, state.kind === 'lost' ? state.why : 'supervisorGone');
  }

  /** An attempt that no supervisor claimed has not run: its own spec file says how to start it. */
  #relaunch(awaited: Awaited, launch: Buffer | undefined): void {
    if (!launch) return this.#onRefused(awaited.key, 'directory', EIO);
    awaited.sinceMs = performance.now();
    this.#send(launch);
  }
}
