// One node as the link sees it: at most one session, the orders it is owed, the reports it makes.
// It counts as connected from its hello until its connection was gone for longer than the grace,
// or silent for too long.

import { randomBytes } from 'node:crypto';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Clock } from '../../base/clock.ts';
import { crashPoint } from '../../base/crash-point.ts';
import type { Logger } from '../../base/log.ts';
import type { Launch } from '../../model/effect.ts';
import { jobId, type NodeName } from '../../model/ids.ts';
import type { Report } from '../../model/report.ts';
import { NO_USAGE } from '../../model/outcome.ts';
import type { AttachMethod } from '../protocol/agents-service.ts';
import { type FromAgent, type Hello, numberOf, type ToAgent } from '../protocol/messages.ts';
import type { OpenGroup, OrderBatch } from './order-batch.ts';
import { OrderOutbox } from './order-outbox.ts';
import { ReportIntake } from './report-intake.ts';
import { readAttempts, readReports } from './report-reader.ts';
import type { LinkSettings } from './settings.ts';
import type { LaunchDescription } from './spec-message.ts';

/** One stream with an agent. */
export type Session = ServerDuplexStream<FromAgent, ToAgent | Buffer>;

/** What a node's link is given. */
export interface NodeLinkParts {
  readonly method: AttachMethod;
  readonly clock: Clock;
  readonly log: Logger;
  readonly describeLaunch: (launch: Launch) => Promise<LaunchDescription>;
  readonly take: (report: Report) => Promise<void>;
  /** The node counts as connected no more; this object is done. */
  readonly lost: () => void;
}

/** Clock differences below this are delays of messages. */
const OFFSET_STEP_MS = 1_000;

function ordersSent(): void {
  crashPoint('dispatch.afterSend');
}

export class NodeLink {
  readonly node: NodeName;
  readonly #settings: LinkSettings;
  readonly #parts: NodeLinkParts;
  readonly #outbox: OrderOutbox;
  /** Names this object to the agent: numbers and handles of another one mean nothing here. */
  readonly #id = randomBytes(9).toString('base64url');
  #intake: ReportIntake;
  #session: Session | undefined;
  #agent = '';
  #bootId = '';
  #heardAtMs: number;
  #offsetMs = 0;
  #cancelGrace: (() => void) | undefined;
  #owesConfirmation = false;

  constructor(node: NodeName, settings: LinkSettings, parts: NodeLinkParts) {
    this.node = node;
    this.#settings = settings;
    this.#parts = parts;
    this.#heardAtMs = parts.clock.monotonicMs();
    this.#intake = this.#newIntake(1);
    this.#outbox = new OrderOutbox({
      codec: parts.method.toAgent,
      describeLaunch: parts.describeLaunch,
      send: (bytes) => this.#session?.write(this.#withConfirmation(bytes), ordersSent),
      failed: (group, why) => this.#undescribed(group, why),
    });
  }

  /** Where effects for the node go. */
  batch(): OrderBatch {
    return this.#outbox.batch();
  }

  /** Whether `hello` can be a session of this object: the machine did not restart since. */
  canContinue(hello: Hello): boolean {
    return this.#bootId === '' || this.#bootId === hello.bootId;
  }

  /** Begins a session, ending another one. */
  attach(session: Session, hello: Hello): void {
    const before = this.#session;
    this.#session = session;
    before?.end();
    this.#cancelGrace?.();
    this.#cancelGrace = undefined;
    this.#bootId = hello.bootId;
    this.#heard(hello.nowMs, true);
    session.write({ welcome: { refusal: '', link: this.#id } });
    if (hello.agent === this.#agent) {
      this.#confirmSoon();
      // An agent that never got our welcome has had nothing of us.
      this.#outbox.resume(hello.link === this.#id ? numberOf(hello.handled) : 0);
      return;
    }
    this.#agent = hello.agent;
    this.#intake = this.#newIntake(numberOf(hello.nextReport));
    this.#reportConnected(hello, session);
    this.#outbox.restart();
  }

  /** A message of `session`. */
  receive(session: Session, message: FromAgent): void {
    if (session !== this.#session) return;
    this.#heardAtMs = this.#parts.clock.monotonicMs();
    const confirmed = numberOf(message.confirmed);
    if (confirmed > 0) this.#outbox.confirm(confirmed);
    const { reports, heartbeat } = message;
    if (reports) {
      this.#intake.receive(numberOf(reports.number), () =>
        readReports(this.node, reports, this.#offsetMs),
      );
    }
    if (heartbeat) {
      this.#heard(heartbeat.nowMs, false);
      this.#confirmSoon();
    }
  }

  /** `session` broke: the node is lost unless it comes back within the grace. */
  detach(session: Session): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    this.#outbox.close();
    this.#cancelGrace = this.#parts.clock.after(this.#settings.graceMs, () => this.#lose('gone'));
  }

  /** Called now and then: a node that was silent for too long is lost. */
  checkSilence(): void {
    const silentMs = this.#parts.clock.monotonicMs() - this.#heardAtMs;
    if (this.#session !== undefined && silentMs > this.#settings.silenceMs) this.#lose('silent');
  }

  /** Tells the agent to stop; resolves when its session is over. */
  dismiss(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return Promise.resolve();
    session.write({ leave: true });
    return new Promise((resolve) => {
      session.once('end', resolve);
      session.once('close', resolve);
      session.once('cancelled', resolve);
    });
  }

  /** Ends the session without calling the node lost. */
  close(): void {
    this.#cancelGrace?.();
    this.#outbox.close();
    const session = this.#session;
    this.#session = undefined;
    session?.end();
  }

  #newIntake(next: number): ReportIntake {
    const intake: ReportIntake = new ReportIntake(next, {
      take: this.#parts.take,
      committed: () => {
        if (this.#intake === intake) this.#confirmSoon();
      },
      failed: (cause) => {
        if (this.#intake === intake) this.#breakSession('a report was not committed', cause);
      },
    });
    return intake;
  }

  #reportConnected(hello: Hello, session: Session): void {
    const report: Report = {
      kind: 'nodeConnected',
      node: this.node,
      environment: hello.environment,
      size: { cpus: hello.cpus, memoryMib: numberOf(hello.memoryMib) },
      bootId: hello.bootId,
      attempts: hello.attempts ? readAttempts(hello.attempts) : [],
    };
    this.#parts.take(report).catch((cause: unknown) => {
      if (session !== this.#session) return;
      // The next session must report it again.
      this.#agent = '';
      this.#breakSession('a node could not be made known', cause);
    });
  }

  #breakSession(phrase: string, cause: unknown): void {
    this.#parts.log.warn(phrase, { node: this.node, cause });
    const session = this.#session;
    if (session === undefined) return;
    this.detach(session);
    session.end();
  }

  #lose(why: 'gone' | 'silent'): void {
    this.#parts.log.warn('lost a node', { node: this.node, why });
    this.close();
    this.#parts.lost();
  }

  /** Confirms at the end of this turn of the event loop; also the answer to a heartbeat. */
  #confirmSoon(): void {
    if (this.#owesConfirmation) return;
    this.#owesConfirmation = true;
    setImmediate(() => {
      if (!this.#owesConfirmation) return;
      this.#owesConfirmation = false;
      this.#session?.write({ confirmed: this.#intake.committed });
    });
  }

  /** Two messages' bytes behind one another are one message with the fields of both. */
  #withConfirmation(bytes: Buffer): Buffer {
    if (!this.#owesConfirmation) return bytes;
    this.#owesConfirmation = false;
    const confirmed = this.#intake.committed;
    return Buffer.concat([this.#parts.method.toAgent.encode({ confirmed }), bytes]);
  }

  #heard(nowMs: number, first: boolean): void {
    this.#heardAtMs = this.#parts.clock.monotonicMs();
    const offsetMs = this.#parts.clock.now() - nowMs;
    if (!first && Math.abs(offsetMs - this.#offsetMs) < OFFSET_STEP_MS) return;
    this.#offsetMs = offsetMs;
    if (Math.abs(offsetMs) > this.#settings.clockWarningMs) {
      this.#parts.log.warn('the clock of a node is wrong', { node: this.node, offsetMs });
    }
  }

  #undescribed(group: OpenGroup, why: Error): void {
    this.#parts.log.error('cannot describe a launch', { spec: group.spec.key, cause: why.cause });
    const at = this.#parts.clock.now();
    const ended = group.job.map((job, i) => ({
      job: jobId(job),
      attempt: group.attempt[i] ?? 0,
      startedAt: at,
      at,
      exitCode: 0,
      signal: 0,
      usage: NO_USAGE,
      launchFailure: { why: 'node' as const, errno: 0, path: '' },
    }));
    this.#parts.take({ kind: 'attemptsEnded', node: this.node, ended }).catch((cause: unknown) => {
      this.#breakSession('a report was not committed', cause);
      // Nobody else has this report: the engine derives the launch again.
      this.#agent = '';
    });
  }
}
