// Sessions between the link and an agent when things go wrong: silence, clocks, impostors,
// programs of another version, launches that cannot be described. The real link, over a real
// socket.

import * as fs from 'node:fs';
import { connect } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { instant } from '../../../src/base/brand.ts';
import { type Logger, silentLogger } from '../../../src/base/log.ts';
import { AgentLink } from '../../../src/execution/link/agent-link.ts';
import { DEFAULT_LINK_TIMES } from '../../../src/execution/link/settings.ts';
import { loadAttachMethod, PROTOCOL } from '../../../src/execution/protocol/agents-service.ts';
import type { FromAgent, Hello, ToAgent } from '../../../src/execution/protocol/messages.ts';
import { ReportRecorder, until } from '../../support/execution-under-test.ts';
import {
  appendOf,
  describe as description,
  launchOf,
  requestOf,
  signalOf,
} from '../../support/launches.ts';

const method = loadAttachMethod();

/** A clock that the test moves; timers run when their time has come. */
class HandClock implements Clock {
  wallMs = 1_000_000;
  steadyMs = 0;
  #timers: { readonly atMs: number; readonly wake: () => void }[] = [];

  now() {
    return instant(this.wallMs);
  }

  monotonicMs(): number {
    return this.steadyMs;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { atMs: this.steadyMs + ms, wake };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Lets `ms` pass in steps, so that timers that are set again run in time. */
  pass(ms: number, stepMs = 1_000): void {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.steadyMs += stepMs;
      this.wallMs += stepMs;
      const due = this.#timers.filter((timer) => timer.atMs <= this.steadyMs);
      this.#timers = this.#timers.filter((timer) => timer.atMs > this.steadyMs);
      for (const { wake } of due) wake();
    }
  }
}

/** An agent in the test's hands: sends what it is told to, remembers what it gets. */
class HandAgent {
  readonly got: ToAgent[] = [];
  closed = false;
  readonly #client: Client;
  readonly #stream;

  constructor(socket: string, hello: Partial<Hello> = {}) {
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#stream = this.#client.makeBidiStreamRequest<FromAgent, ToAgent>(
      method.path,
      method.fromAgent.encode,
      method.toAgent.decode,
      new Metadata(),
    );
    this.#stream.on('data', (message: ToAgent) => this.got.push(message));
    this.#stream.on('end', () => {
      this.closed = true;
    });
    this.#stream.on('error', () => {
      this.closed = true;
    });
    this.send({
      hello: {
        protocol: PROTOCOL,
        node: 'n1',
        environment: 'local',
        bootId: 'boot',
        agent: 'agent-1',
        link: '',
        handled: 0,
        nextReport: 1,
        cpus: 1,
        memoryMib: 1,
        attempts: { job: [], attempt: [] },
        nowMs: 1_000_000,
        ...hello,
      },
    });
  }

  send(message: FromAgent): void {
    this.#stream.write(message);
  }

  get link(): string {
    return this.got.find((message) => message.welcome)?.welcome?.link ?? '';
  }

  get orders() {
    return this.got.flatMap((message) => message.orders ?? []);
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }
}

describe('the link', () => {
  let directory: string;
  let socket: string;
  let clock: HandClock;
  let recorder: ReportRecorder;
  let link: AgentLink;
  let warnings: string[];
  let peer: number;
  let agents: HandAgent[];
  const dial = (hello: Partial<Hello> = {}): HandAgent => {
    const agent = new HandAgent(socket, hello);
    agents.push(agent);
    return agent;
  };
  const dialled = async (hello: Partial<Hello> = {}): Promise<HandAgent> => {
    const agent = dial(hello);
    await until(() => agent.link !== '');
    return agent;
  };

  beforeEach(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-sessions-'));
    socket = path.join(directory, 'agent.sock');
    clock = new HandClock();
    recorder = new ReportRecorder();
    warnings = [];
    agents = [];
    peer = process.geteuid?.() ?? 0;
    const log: Logger = { ...silentLogger, warn: (phrase) => warnings.push(phrase) };
    link = new AgentLink(
      { socket, ...DEFAULT_LINK_TIMES },
      {
        clock,
        log,
        describeLaunch: (launch) =>
          launch.request.name === 'undescribable'
            ? Promise.reject(new Error('no such content'))
            : description('exit 0')(launch),
        renderReport: (job) =>
          job === 13 ? Promise.reject(new Error('no such job')) : Promise.resolve(Buffer.from('r')),
        peerUid: () => peer,
      },
    );
    link.deliverTo(recorder.take);
    await link.start();
  });
  afterEach(async () => {
    for (const agent of agents) agent.close();
    await link.stop();
    fs.rmSync(directory, { recursive: true });
  });

  it('listens where only its own user may connect', () => {
    expect(fs.statSync(socket).mode & 0o777).toBe(0o600);
  });

  it('closes the connection of another user before a word', async () => {
    peer = 12_345;
    const stranger = connect(socket);
    let said = 0;
    stranger.on('data', (bytes) => {
      said += bytes.length;
    });
    stranger.on('error', () => {});
    await new Promise((resolve) => stranger.once('close', resolve));
    expect(said).toBe(0);
    expect(warnings).toEqual(['refused a connection to the socket of agents']);
  });

  it('refuses a socket path that the system would cut', async () => {
    const long = { socket: path.join(directory, 'x'.repeat(120)), ...DEFAULT_LINK_TIMES };
    const parts = {
      clock,
      log: silentLogger,
      describeLaunch: description(''),
      renderReport: async () => new Uint8Array(),
      peerUid: () => 0,
    };
    await expect(new AgentLink(long, parts).start()).rejects.toThrow('at most 107 bytes');
  });

  it('refuses an agent of another protocol with the reason', async () => {
    const agent = dial({ protocol: PROTOCOL + 1 });
    await until(() => agent.closed);
    expect(agent.got[0]?.welcome?.refusal).toContain(`protocol ${PROTOCOL}`);
    expect(recorder.committed).toEqual([]);
  });

  it('ends a session that does not begin with a hello', async () => {
    const agent = dial();
    agent.close();
    const odd = new HandAgent(socket, { node: '' });
    agents.push(odd);
    await until(() => odd.closed);
    expect(recorder.of('nodeConnected').length).toBeLessThanOrEqual(1);
  });

  it('counts a silent node as lost, by the monotonic clock, and not before', async () => {
    const agent = await dialled();
    clock.wallMs += 86_400_000;
    clock.pass(55_000);
    expect(link.isConnected('n1' as never)).toBe(true);
    agent.send({ heartbeat: { nowMs: 1_055_000 } });
    await until(() => agent.got.some((message) => !message.welcome));
    clock.pass(55_000);
    expect(link.isConnected('n1' as never)).toBe(true);
    clock.pass(20_000);
    await until(() => recorder.of('nodeDisconnected').length === 1);
    await until(() => agent.closed);
  });

  it('does not take its own sleep for the silence of nodes', async () => {
    await dialled();
    clock.pass(3_600_000, 3_600_000);
    expect(link.isConnected('n1' as never)).toBe(true);
  });

  it("turns an agent's times into its own and warns of a wrong clock", async () => {
    const agent = await dialled({ nowMs: 1_000_000 + 3_600_000 });
    agent.send({
      reports: {
        number: 1,
        started: null,
        ended: {
          job: [1],
          attempt: [1],
          startedMs: [4_599_000],
          endedMs: [4_600_000],
          status: [0],
          userCpuMs: [],
          systemCpuMs: [],
          maxMemoryKib: [],
          oddities: [],
        },
        appended: null,
      },
    });
    await until(() => recorder.ended.length === 1);
    const [end] = recorder.of('attemptsEnded')[0]?.ended ?? [];
    expect(end).toMatchObject({ startedAt: 999_000, at: 1_000_000 });
    expect(warnings).toEqual(['the clock of a node is wrong']);
  });

  it('follows the clock when it is set while the node is connected', async () => {
    const agent = await dialled();
    clock.wallMs -= 3_600_000;
    agent.send({ heartbeat: { nowMs: 1_000_000 } });
    const started = { job: [1], attempt: [1], atMs: [1_000_000] };
    agent.send({ reports: { number: 1, started, ended: null, appended: null } });
    await until(() => recorder.started.length === 1);
    expect(recorder.of('attemptsStarted')[0]?.started[0]?.at).toBe(1_000_000 - 3_600_000);
  });

  it('lets the newer of two sessions of a node win', async () => {
    const first = await dialled();
    const second = await dialled();
    await until(() => first.closed);
    link.perform([launchOf('n1', 1)]);
    await until(() => second.orders.length === 1);
    expect(first.orders).toEqual([]);
    expect(recorder.of('nodeConnected')).toHaveLength(1);
  });

  it('sends unconfirmed orders again, with the same numbers, and confirmed ones never', async () => {
    const first = await dialled();
    link.perform([launchOf('n1', 1)]);
    await until(() => first.orders.length === 1);
    link.perform([signalOf('n1', 1, 10)]);
    await until(() => first.orders.length === 2);
    first.send({ confirmed: 1 });
    const second = await dialled({ link: first.link, handled: 1 });
    await until(() => second.orders.length === 1);
    expect(Number(second.orders[0]?.number)).toBe(2);
    expect(second.orders[0]?.steering[0]?.signal?.signal).toBe(10);
  });

  it('gives specifications again to an agent that restarted, with what it did not confirm', async () => {
    const first = await dialled();
    link.perform([launchOf('n1', 1)]);
    await until(() => first.orders.length === 1);
    const second = await dialled({ agent: 'agent-2' });
    await until(() => second.orders.length === 1);
    expect(second.orders[0]?.specs).toHaveLength(1);
    expect(second.orders[0]?.launches[0]?.job).toEqual([1]);
    expect(recorder.of('nodeConnected')).toHaveLength(2);
  });

  it('owes nothing to a machine that restarted', async () => {
    const first = await dialled();
    link.perform([launchOf('n1', 1)]);
    await until(() => first.orders.length === 1);
    const second = await dialled({ agent: 'agent-2', bootId: 'boot-2' });
    link.perform([launchOf('n1', 2)]);
    await until(() => second.orders.length === 1);
    expect(second.orders[0]?.launches.map((group) => group.job)).toEqual([[2]]);
    expect(recorder.of('nodeConnected')[1]).toMatchObject({ bootId: 'boot-2' });
  });

  it('keeps a bounded number of orders under way, and sends the rest together', async () => {
    const agent = await dialled();
    for (let job = 1; job <= 200; job++) {
      link.perform([launchOf('n1', job)]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => agent.orders.length >= 16);
    expect(agent.orders).toHaveLength(16);
    agent.send({ confirmed: 16 });
    await until(() => agent.orders.length === 17);
    const jobs = agent.orders.flatMap(({ launches }) => launches.flatMap((group) => group.job));
    expect(jobs).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  });

  it('reports a launch that cannot be described as failed, and sends the others', async () => {
    const agent = await dialled();
    const request = requestOf({ name: 'undescribable' });
    link.perform([launchOf('n1', 1, { request, spec: 'gone' as never }), launchOf('n1', 2)]);
    await until(() => recorder.ended.length === 1 && agent.orders.length === 1);
    expect(recorder.of('attemptsEnded')[0]?.ended[0]).toMatchObject({
      job: 1,
      launchFailure: { why: 'node' },
    });
    expect(agent.orders[0]?.launches.map((group) => group.job)).toEqual([[2]]);
  });

  it('appends an empty report rather than none when it cannot be written', async () => {
    const agent = await dialled();
    link.perform([appendOf('n1', 13)]);
    await until(() => agent.orders.length === 1);
    expect(agent.orders[0]?.steering[0]).toMatchObject({ job: 13, order: 'append' });
    expect(agent.orders[0]?.steering[0]?.append).toHaveLength(0);
  });

  it('tells an agent that it is dismissed', async () => {
    const agent = await dialled();
    void link.dismiss('n1' as never);
    await until(() => agent.got.some((message) => message.leave));
  });
});
