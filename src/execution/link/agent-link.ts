// The daemon's end of all agents: listens, keeps one NodeLink for each connected node, hands
// effects to them and their reports to the engine. Decides nothing about jobs.

import type { Instant } from '../../base/brand.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Service } from '../../base/service.ts';
import type { Execution } from '../../engine/ports.ts';
import type { Effect, Launch } from '../../model/effect.ts';
import { type JobId, type NodeName, nodeName } from '../../model/ids.ts';
import type { Report } from '../../model/report.ts';
import { type AttachMethod, loadAttachMethod, PROTOCOL } from '../protocol/agents-service.ts';
import type { FromAgent, Hello } from '../protocol/messages.ts';
import { AgentDoor, type PeerUid } from './agent-door.ts';
import { NodeLink, type Session } from './node-link.ts';
import type { LinkSettings } from './settings.ts';
import type { LaunchDescription } from './spec-message.ts';

/** The order to end an attempt. */
export type EndEffect = Extract<Effect, { kind: 'end' }>;

/** What the link is given. */
export interface AgentLinkParts {
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Everything a node must know of a launch's request; asked once for each, node and agent
   * process.
   */
  readonly describeLaunch: (launch: Launch) => Promise<LaunchDescription>;
  /** The text that is appended to the job's output. */
  readonly renderReport: (job: JobId) => Promise<Uint8Array>;
  /** What the job's stderr is told of its end by order; empty for nothing. */
  readonly endNote?: (end: EndEffect, at: Instant) => Uint8Array;
  readonly peerUid: PeerUid;
}

/** How often the nodes' silence is looked at, in parts of the limit. */
const SILENCE_CHECKS = 6;

export class AgentLink implements Execution, Service {
  readonly #settings: LinkSettings;
  readonly #parts: AgentLinkParts;
  readonly #method: AttachMethod = loadAttachMethod();
  readonly #nodes = new Map<NodeName, NodeLink>();
  readonly #door: AgentDoor;
  #take: (report: Report) => Promise<void> = () => Promise.resolve();
  #cancelCheck: (() => void) | undefined;
  #stopped = false;

  constructor(settings: LinkSettings, parts: AgentLinkParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#door = new AgentDoor(settings.socket, {
      method: this.#method,
      peerUid: parts.peerUid,
      log: parts.log,
      attach: (session) => this.#attach(session),
    });
  }

  deliverTo(take: (report: Report) => Promise<void>): void {
    this.#take = take;
  }

  /** Listens. Rejects with a GatewayError when the socket cannot be made. */
  async start(): Promise<void> {
    await this.#door.start();
    this.#checkLater();
  }

  /** Ends all sessions; the agents dial until somebody answers. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelCheck?.();
    for (const link of this.#nodes.values()) link.close();
    this.#nodes.clear();
    await this.#door.stop();
  }

  /** Whether the node counts as connected. */
  isConnected(node: NodeName): boolean {
    return this.#nodes.has(node);
  }

  /**
   * Tells a node's agent to stop, with its launcher; resolves when it left. What runs there runs
   * on.
   */
  async dismiss(node: NodeName): Promise<void> {
    await this.#nodes.get(node)?.dismiss();
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const link = this.#nodes.get(effect.node);
      if (link !== undefined) this.#perform(link, effect);
    }
  }

  #perform(link: NodeLink, effect: Effect): void {
    const { clock, endNote } = this.#parts;
    switch (effect.kind) {
      case 'launch':
        link.batch().addLaunch(effect.launch);
        break;
      case 'forget':
        link.batch().addForget(effect.attempt);
        break;
      case 'end':
        link.batch().addSteering(effect, endNote?.(effect, clock.now()));
        break;
      case 'signal':
        link.batch().addSteering(effect);
        break;
      case 'appendReport':
        void this.#append(link, effect);
        break;
      default:
        // Instances are another port's.
        break;
    }
  }

  async #append(link: NodeLink, effect: Effect & { kind: 'appendReport' }): Promise<void> {
    let text: Uint8Array = new Uint8Array();
    try {
      text = await this.#parts.renderReport(effect.job);
    } catch (cause) {
      // An empty report, rather than a job that never ends.
      this.#parts.log.error('cannot write a job report', { job: effect.job, cause });
    }
    link.batch().addAppend(effect.attempt, text);
  }

  #attach(session: Session): void {
    if (this.#stopped) {
      session.end();
      return;
    }
    let link: NodeLink | undefined;
    session.on('data', (message: FromAgent) => {
      if (link !== undefined) link.receive(session, message);
      else if (message.hello) link = this.#greet(session, message.hello);
      else session.end();
    });
    session.on('end', () => {
      link?.detach(session);
      session.end();
    });
    const broken = (): void => link?.detach(session);
    session.on('cancelled', broken);
    session.on('error', broken);
    session.on('close', broken);
  }

  #greet(session: Session, hello: Hello): NodeLink | undefined {
    if (hello.protocol !== PROTOCOL || hello.node === '') {
      const refusal = `this daemon speaks protocol ${PROTOCOL}`;
      session.write({ welcome: { refusal, link: '' } });
      session.end();
      return undefined;
    }
    const node = nodeName(hello.node);
    let link = this.#nodes.get(node);
    if (link !== undefined && !link.canContinue(hello)) {
      link.close();
      link = undefined;
    }
    if (link === undefined) {
      link = this.#newNode(node);
      this.#nodes.set(node, link);
    }
    link.attach(session, hello);
    return link;
  }

  #newNode(node: NodeName): NodeLink {
    const { clock, log, describeLaunch } = this.#parts;
    const link = new NodeLink(node, this.#settings, {
      method: this.#method,
      clock,
      log,
      describeLaunch,
      take: (report) => this.#take(report),
      lost: () => {
        if (this.#nodes.get(node) === link) this.#nodes.delete(node);
        void this.#reportLost(node);
      },
    });
    return link;
  }

  /** Until it is committed, or the node is back. */
  async #reportLost(node: NodeName): Promise<void> {
    while (!this.#nodes.has(node) && !this.#stopped) {
      try {
        await this.#take({ kind: 'nodeDisconnected', node });
        return;
      } catch (cause) {
        this.#parts.log.warn('the loss of a node was not committed', { node, cause });
        const { clock } = this.#parts;
        await new Promise<void>((resolve) => clock.after(this.#settings.graceMs, resolve));
      }
    }
  }

  #checkLater(): void {
    const { clock } = this.#parts;
    const everyMs = this.#settings.silenceMs / SILENCE_CHECKS;
    const due = clock.monotonicMs() + everyMs;
    this.#cancelCheck = clock.after(everyMs, () => {
      // A late timer means that we slept: what the nodes said meanwhile waits to be read.
      const weSlept = clock.monotonicMs() - due > everyMs;
      if (!weSlept) for (const link of this.#nodes.values()) link.checkSilence();
      this.#checkLater();
    });
  }
}
