// Runs attempts for real: fills specifications in, hands them to the launcher, keeps the books of
// what the node has, turns the launcher's news into reports. No file call for an ordinary job.

import * as path from 'node:path';
import { assert } from '../../base/assert.ts';
import type { Logger } from '../../base/log.ts';
import { attemptName, type AttemptKey, type EndRecord, type PlanStep } from '../launcher/wire.ts';
import { attemptNumber } from '../protocol/attempt-number.ts';
import type { Attempts, LaunchGroup, Spec, Step, Steering } from '../protocol/messages.ts';
import type { Accounts } from './accounts.ts';
import { endOf, failureToStart, lostEnd } from './attempt-end.ts';
import { AttemptMarks } from './attempt-marks.ts';
import type { FoundAttempt, LauncherClient, LauncherEvents } from './launcher-client.ts';
import { appendMail } from './mail.ts';
import { PreparedSpec } from './prepared-spec.ts';
import { RecentNumbers } from './recent-numbers.ts';
import type { ReportOutbox } from './report-outbox.ts';
import type { Runner } from './runner.ts';
import type { SteadyClock } from './steady-clock.ts';

/** What the runner needs of the launcher. */
export type Launcher = Pick<
  LauncherClient,
  'start' | 'stop' | 'scan' | 'launch' | 'note' | 'signal' | 'append' | 'forget'
>;

/** Where the runner's things are. */
export interface ProcessRunnerSettings {
  readonly node: string;
  /** The compute environment of the node. */
  readonly environment: string;
  readonly runDirectory: string;
  readonly mailDirectory: string;
  /** Output that would be lost with its attempt. */
  readonly logDirectory: string;
}

/** What the runner is given. */
export interface ProcessRunnerParts {
  readonly outbox: ReportOutbox;
  readonly clock: SteadyClock;
  readonly changed: () => void;
  readonly log: Logger;
  readonly accounts: Accounts;
  readonly makeLauncher: (events: LauncherEvents) => Launcher;
}

/**
 * preparing: its user is looked up · running: the launcher has it · ended: reported, not
 * forgotten.
 */
interface Attempt {
  readonly key: AttemptKey;
  /** Unknown for one that an earlier agent launched. */
  readonly spec: PreparedSpec | undefined;
  state: 'preparing' | 'running' | 'ended';
  /** The daemon does not know it any more: it goes when it has ended. */
  forgotten: boolean;
  /** The plan that it is being ended by. */
  plan: string;
  /** Its job report is being delivered. */
  appending: boolean;
  /** Orders for when it is launched. */
  readonly waiting: Steering[];
}

const REMEMBERED = 50_000;
const SIGKILL = 9;
/** Marks a step as one that ends the attempt; the daemon knows why it asked. */
const ENDING = 1;
const SCOPES: Readonly<Record<string, PlanStep['scope']>> = {
  all: 'tree',
  script: 'main',
  children: 'allButMain',
};
const NO_NOTE = new Uint8Array();
const KILL_NOW: readonly PlanStep[] = [
  { afterMs: 0, signal: SIGKILL, scope: 'tree', cause: ENDING },
];

export class ProcessRunner implements Runner {
  readonly #settings: ProcessRunnerSettings;
  readonly #parts: ProcessRunnerParts;
  readonly #launcher: Launcher;
  readonly #marks: AttemptMarks;
  readonly #specs = new Map<number, PreparedSpec>();
  readonly #attempts = new Map<number, Attempt>();
  readonly #forgotten = new RecentNumbers(REMEMBERED);
  /** News of attempts that the scan is just finding: to be heard when it has found them all. */
  readonly #early: (() => void)[] = [];
  #isScanned = false;

  constructor(settings: ProcessRunnerSettings, parts: ProcessRunnerParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#marks = new AttemptMarks(settings.runDirectory, settings.logDirectory);
    this.#launcher = parts.makeLauncher({
      started: (key, startMs) => this.#hear(() => this.#started(key, startMs)),
      ended: (record) => this.#hear(() => this.#ended(record)),
      lost: (key) => this.#hear(() => this.#lost(key)),
      appended: (key, errno) => this.#appended(key, errno),
      unkillable: (key, processCount) => this.#unkillable(key, processCount),
    });
  }

  #unkillable(key: AttemptKey, processCount: number): void {
    this.#parts.log.error('an attempt cannot be killed', { ...key, processCount });
    this.#parts.outbox.unkillable(key.job, key.attempt, processCount);
    this.#parts.changed();
  }

  async start(): Promise<void> {
    await this.#launcher.start();
    for (const found of await this.#launcher.scan()) this.#adopt(found);
    for (const news of this.#early.splice(0)) news();
    this.#isScanned = true;
  }

  async stop(): Promise<void> {
    await this.#launcher.stop();
  }

  attempts(): Attempts {
    const keys = [...this.#attempts.values()].map((attempt) => attempt.key);
    return { job: keys.map((key) => key.job), attempt: keys.map((key) => key.attempt) };
  }

  addSpec(spec: Spec): void {
    this.#specs.set(spec.handle, new PreparedSpec(spec));
  }

  dropSpecs(handles: readonly number[]): void {
    for (const handle of handles) this.#specs.delete(handle);
  }

  dropAllSpecs(): void {
    this.#specs.clear();
  }

  launch(group: LaunchGroup): void {
    const spec = this.#specs.get(group.spec);
    assert(spec !== undefined, 'a specification comes before the launches that need it');
    const fresh: { readonly attempt: Attempt; readonly position: number }[] = [];
    for (const [position, job] of group.job.entries()) {
      const key = { job, attempt: group.attempt[position] ?? 0 };
      const number = attemptNumber(key.job, key.attempt);
      if (this.#attempts.has(number) || this.#forgotten.has(number)) continue;
      const attempt = newAttempt(key, spec);
      this.#attempts.set(number, attempt);
      fresh.push({ attempt, position });
    }
    if (fresh.length > 0) void this.#launchAll(spec, group, fresh);
  }

  steer(order: Steering): void {
    const attempt = this.#attempts.get(attemptNumber(order.job, order.attempt));
    if (attempt === undefined) this.#steerUnknown(order);
    else if (attempt.state === 'preparing') attempt.waiting.push(order);
    else this.#steerKnown(attempt, order);
  }

  forget({ job, attempt: numbers }: Attempts): void {
    const ended: Attempt[] = [];
    for (const [i, id] of job.entries()) {
      const number = attemptNumber(id, numbers[i] ?? 0);
      this.#forgotten.add(number);
      const attempt = this.#attempts.get(number);
      if (attempt === undefined) continue;
      if (attempt.state === 'ended') {
        this.#attempts.delete(number);
        ended.push(attempt);
      } else {
        attempt.forgotten = true;
        if (attempt.state === 'running') this.#signal(attempt.key, KILL_NOW);
      }
    }
    this.#discard(ended);
  }

  /** Removes what is left of attempts, but for output that is nowhere else. */
  #discard(attempts: readonly Attempt[]): void {
    const isKept = ({ spec }: Attempt) => spec?.keepsOutput ?? true;
    this.#launcher.forget(attempts.filter((one) => !isKept(one)).map(({ key }) => key));
    for (const { key } of attempts.filter(isKept)) {
      const failed = (error: unknown) =>
        this.#parts.log.error('the output of an attempt was not kept', { ...key, error });
      const done = this.#marks.keepOutput(key).catch(failed);
      void done.then(() => this.#launcher.forget([key]));
    }
  }

  endRerunnable(): void {
    for (const attempt of this.#attempts.values()) {
      if (attempt.state === 'running') void this.#endIfRerunnable(attempt);
    }
  }

  #hear(news: () => void): void {
    if (this.#isScanned) news();
    else this.#early.push(news);
  }

  async #endIfRerunnable(attempt: Attempt): Promise<void> {
    const rerunnable = attempt.spec?.rerunnable ?? (await this.#marks.isRerunnable(attempt.key));
    if (!rerunnable) return;
    this.#parts.log.warn('the lease is over: ending an attempt', { ...attempt.key });
    this.#signal(attempt.key, KILL_NOW);
  }

  async #launchAll(
    spec: PreparedSpec,
    group: LaunchGroup,
    fresh: readonly { readonly attempt: Attempt; readonly position: number }[],
  ): Promise<void> {
    const account = await this.#parts.accounts.accountOf(spec.uid, spec.user);
    for (const { attempt, position } of fresh) {
      if (account === undefined) {
        this.#notStarted(attempt, 'identity');
        continue;
      }
      const { node, environment, runDirectory } = this.#settings;
      const directory = path.join(runDirectory, attemptName(attempt.key));
      const instance = { group, position, node, environment, directory };
      attempt.state = 'running';
      this.#parts.log.debug('launching an attempt', { ...attempt.key });
      try {
        this.#launcher.launch(spec.launchSpec(instance, account));
      } catch (error) {
        // One job that nobody can launch must not keep the node from all others.
        this.#parts.log.error('an attempt cannot be launched', { ...attempt.key, error });
        this.#notStarted(attempt, 'node');
        continue;
      }
      if (attempt.forgotten) this.#signal(attempt.key, KILL_NOW);
      for (const order of attempt.waiting.splice(0)) this.#steerKnown(attempt, order);
    }
  }

  /** Identity: the name service knows this user under another name, or not at all. */
  #notStarted(attempt: Attempt, why: 'identity' | 'node'): void {
    const { outbox, clock, changed } = this.#parts;
    attempt.state = 'ended';
    outbox.ended(failureToStart(attempt.key, clock.nowMs(), why));
    if (attempt.forgotten) this.#attempts.delete(numberOf(attempt.key));
    changed();
  }

  #steerKnown(attempt: Attempt, order: Steering): void {
    if (order.order === 'append') {
      void this.#append(attempt, order.append ?? new Uint8Array());
    } else if (attempt.state === 'ended') {
      return;
    } else if (order.order === 'end') {
      this.#end(attempt, order.end?.steps ?? [], order.end?.note);
    } else if (order.signal) {
      const { signal, scope } = order.signal;
      this.#signal(attempt.key, [{ afterMs: 0, signal, scope: SCOPES[scope] ?? 'tree' }]);
    }
  }

  /** What is gone without a trace is said to be lost, so that nobody waits for it. */
  #steerUnknown(order: Steering): void {
    const { job, attempt } = order;
    if (this.#forgotten.has(attemptNumber(job, attempt))) return;
    const { outbox, clock, changed } = this.#parts;
    if (order.order === 'end') outbox.ended(lostEnd({ job, attempt }, clock.nowMs()));
    if (order.order === 'append') outbox.appended(job, attempt);
    changed();
  }

  #end(attempt: Attempt, steps: readonly Step[], note: Uint8Array = NO_NOTE): void {
    const plan = JSON.stringify(steps);
    if (plan === attempt.plan) return;
    attempt.plan = plan;
    if (note.length > 0) void this.#launcher.note(attempt.key, note);
    this.#signal(attempt.key, endPlan(steps));
  }

  #signal(key: AttemptKey, plan: readonly PlanStep[]): void {
    this.#launcher.signal(key, plan).catch((error: unknown) => {
      this.#parts.log.error('an order was not carried out', { ...key, error });
    });
  }

  async #append(attempt: Attempt, report: Uint8Array): Promise<void> {
    const { key, spec } = attempt;
    if (attempt.appending) return;
    attempt.appending = true;
    try {
      const spooled = spec?.spool ?? (await this.#marks.hasSpool(key));
      if (!spooled) {
        await this.#launcher.append(key, report);
        return;
      }
      await this.#mail(key, report);
      this.#appended(key, 0);
    } catch (error) {
      this.#parts.log.error('a job report was not delivered', { ...key, error });
      this.#appended(key, 0);
    } finally {
      attempt.appending = false;
    }
  }

  async #mail(key: AttemptKey, report: Uint8Array): Promise<void> {
    if (await this.#marks.isAppended(key)) return;
    const output = this.#marks.spool(key);
    const { uid, gid } = await this.#marks.ownerOfSpool(key);
    const user = await this.#parts.accounts.nameOf(uid);
    await appendMail(this.#settings.mailDirectory, { user, uid, gid, report, output });
    await this.#marks.markAppended(key);
  }

  #adopt(found: FoundAttempt): void {
    const { outbox, clock, changed } = this.#parts;
    const key = { job: found.job, attempt: found.attempt };
    this.#parts.log.debug('found an attempt', { ...key, state: found.state });
    const attempt = newAttempt(key, undefined);
    attempt.state = found.state === 'running' ? 'running' : 'ended';
    this.#attempts.set(numberOf(key), attempt);
    if (found.state === 'ended') {
      outbox.ended(endOf(found.record, clock));
      if (found.reportAppended) outbox.appended(key.job, key.attempt);
    } else if (found.state === 'lost') {
      outbox.ended(lostEnd(key, clock.nowMs()));
    }
    changed();
  }

  #started(key: AttemptKey, startMs: number): void {
    const attempt = this.#attempts.get(numberOf(key));
    if (attempt?.state !== 'running') return;
    this.#parts.outbox.started(key.job, key.attempt, this.#parts.clock.fromWallMs(startMs));
    this.#parts.changed();
    if (!attempt.spec?.rerunnable) return;
    this.#marks.markRerunnable(key).catch((error: unknown) => {
      this.#parts.log.warn('an attempt was not marked as rerunnable', { ...key, error });
    });
  }

  #ended(record: EndRecord): void {
    const { outbox, clock } = this.#parts;
    if (this.#over(record)) outbox.ended(endOf(record, clock));
    this.#parts.changed();
  }

  #lost(key: AttemptKey): void {
    const { outbox, clock } = this.#parts;
    if (this.#over(key)) outbox.ended(lostEnd(key, clock.nowMs()));
    this.#parts.changed();
  }

  /** Notes that an attempt is over; true when that is to be reported. */
  #over(key: AttemptKey): boolean {
    this.#parts.log.debug('an attempt ended', { job: key.job, attempt: key.attempt });
    const number = attemptNumber(key.job, key.attempt);
    const attempt = this.#attempts.get(number);
    if (attempt === undefined) return false;
    attempt.state = 'ended';
    if (!attempt.forgotten) return true;
    this.#attempts.delete(number);
    this.#discard([attempt]);
    return false;
  }

  #appended(key: AttemptKey, errno: number): void {
    if (errno !== 0) this.#parts.log.warn('a job report was not written', { ...key, errno });
    this.#parts.outbox.appended(key.job, key.attempt);
    this.#parts.changed();
  }
}

function newAttempt(key: AttemptKey, spec: PreparedSpec | undefined): Attempt {
  return {
    key,
    spec,
    state: 'preparing',
    forgotten: false,
    plan: '',
    appending: false,
    waiting: [],
  };
}

function numberOf(key: AttemptKey): number {
  return attemptNumber(key.job, key.attempt);
}

/** The plan's signals, and at its end the death of the whole tree. */
function endPlan(steps: readonly Step[]): readonly PlanStep[] {
  const plan: PlanStep[] = steps.map(({ signal, afterMs, scope }) => ({
    afterMs,
    signal,
    scope: SCOPES[scope] ?? 'tree',
    cause: ENDING,
  }));
  const last = plan.at(-1);
  if (last?.signal === SIGKILL && last.scope === 'tree') return plan;
  return [...plan, { ...(KILL_NOW[0] as PlanStep), afterMs: last?.afterMs ?? 0 }];
}
