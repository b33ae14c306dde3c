// Sees to it that this machine has an agent: starts one when none is connected, and again when it
// is gone. The agent has a session of its own and outlives the daemon; one that runs already is
// adopted, as it dials by itself, and a second one ends at once (agent-lock.ts).

import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { entryPath } from '../../base/entry.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Service } from '../../base/service.ts';
import type { NodeName } from '../../model/ids.ts';
import type { NodeSize } from '../../model/node.ts';
import type { AgentLink } from './agent-link.ts';

/** The agent of this machine. */
export interface LocalAgentSettings {
  readonly node: NodeName;
  readonly environment: string;
  readonly size: NodeSize;
  readonly stateDirectory: string;
  readonly socket: string;
  /** A file for its log. */
  readonly logFile: string;
  /** Without contact for so long it ends what may run again elsewhere. Absent: its own default. */
  readonly leaseMs?: number;
  /** Ends every attempt at once: for benchmarks. */
  readonly noOp?: boolean;
}

/** What it is given. */
export interface LocalAgentParts {
  readonly link: AgentLink;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How often it looks whether the agent is there. */
const LOOK_EVERY_MS = 2_000;
/** The pause before one that died is replaced. */
const AGAIN_MS = 200;
/** How long a dismissed agent may take to go. */
const LEAVE_MS = 5_000;
/** A small heap: the fork of the launcher copies little, and an agent needs little. */
const HEAP_OPTIONS = ['--max-old-space-size=512', '--max-semi-space-size=4'];

export class LocalAgent implements Service {
  readonly #settings: LocalAgentSettings;
  readonly #parts: LocalAgentParts;
  #child: ChildProcess | undefined;
  /** The one that we started died; the link counts it as connected for a while. */
  #isDead = false;
  #cancelLook: (() => void) | undefined;
  #stopped = false;

  constructor(settings: LocalAgentSettings, parts: LocalAgentParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** Starts an agent. The link must be listening; the node connects a little later. */
  async start(): Promise<void> {
    this.#spawn();
    this.#lookLater(LOOK_EVERY_MS);
  }

  /** Dismisses the agent, with its launcher, and waits until it has left; attempts run on. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelLook?.();
    const { link, clock } = this.#parts;
    const child = this.#child;
    const isGone = child && new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (!link.isConnected(this.#settings.node)) child?.kill('SIGTERM');
    const hasLeft = Promise.all([link.dismiss(this.#settings.node), isGone]);
    await Promise.race([hasLeft, new Promise<void>((resolve) => clock.after(LEAVE_MS, resolve))]);
  }

  #spawn(): void {
    const { node, environment, size, stateDirectory, socket, logFile } = this.#settings;
    const { leaseMs, noOp } = this.#settings;
    const log = fs.openSync(logFile, 'a', 0o600);
    const child = spawn(
      process.execPath,
      [
        ...HEAP_OPTIONS,
        entryPath('bin/spillway-agent.js'),
        ...['--node', node, '--environment', environment],
        ...['--cpus', String(size.cpus), '--memory-mib', String(size.memoryMib)],
        ...['--state-dir', stateDirectory, '--socket', socket],
        ...(leaseMs === undefined ? [] : ['--lease-ms', String(leaseMs)]),
        ...(noOp === true ? ['--no-op'] : []),
      ],
      { detached: true, cwd: '/', stdio: ['ignore', log, log], env: ownEnvironment() },
    );
    fs.closeSync(log);
    child.unref();
    this.#child = child;
    this.#isDead = false;
    child.once('error', (error) => {
      this.#parts.log.error('cannot start an agent', { error: error.message });
      this.#child = undefined;
    });
    child.once('exit', (code, signal) => {
      this.#child = undefined;
      const wasUnwanted = code === 0 || this.#stopped;
      if (wasUnwanted) return;
      this.#parts.log.error('the local agent ended', { code, signal });
      this.#isDead = true;
      this.#cancelLook?.();
      this.#lookLater(AGAIN_MS);
    });
  }

  #lookLater(afterMs: number): void {
    this.#cancelLook = this.#parts.clock.after(afterMs, () => {
      const isThere = !this.#isDead && this.#parts.link.isConnected(this.#settings.node);
      if (!isThere && this.#child === undefined) this.#spawn();
      this.#lookLater(LOOK_EVERY_MS);
    });
  }
}

/** What the agent needs of our environment; a gateway that a user started has a user's. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'TZ', 'TMPDIR', 'SPILLWAY_LOG_LEVEL', 'SPILLWAY_CRASH_POINT'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
