// The agent and a daemon that is not as careful as ours: orders come twice, late, and out of turn.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { Agent } from '../../../src/execution/agent/node-agent.ts';
import { NoOpRunner } from '../../../src/execution/agent/no-op-runner.ts';
import { type AgentTimes, DEFAULT_AGENT_TIMES } from '../../../src/execution/agent/settings.ts';
import { AgentDoor } from '../../../src/execution/link/agent-door.ts';
import type { Session } from '../../../src/execution/link/node-link.ts';
import { loadAttachMethod } from '../../../src/execution/protocol/agents-service.ts';
import {
  type FromAgent,
  type LaunchGroup,
  numberOf,
  type Orders,
} from '../../../src/execution/protocol/messages.ts';
import { until } from '../../support/execution-under-test.ts';

const GROUP: LaunchGroup = {
  spec: 1,
  base: 0,
  job: [1, 2],
  attempt: [1, 1],
  index: [],
  nodes: [Buffer.from('n1')],
  cpus: [1],
  tasks: [1],
  memoryMib: 0,
};

function orders(number: number, what: Partial<Orders>): Orders {
  return {
    number,
    droppedSpecs: [],
    specs: [],
    launches: [],
    steering: [],
    forget: null,
    ...what,
  };
}

describe('an agent', () => {
  let directory: string;
  let door: AgentDoor;
  let sessions: Session[];
  let got: FromAgent[];
  let agent: Agent;
  let finished: string[];
  const session = (): Session => sessions.at(-1) as Session;
  const greet = (link: string, refusal = ''): boolean =>
    session().write({ welcome: { refusal, link } });
  const ended = (): number[] => got.flatMap((message) => message.reports?.ended?.job ?? []);
  const confirmed = (): number => Math.max(0, ...got.map((message) => numberOf(message.confirmed)));

  const start = async (times: Partial<AgentTimes> = {}): Promise<void> => {
    agent = new Agent(
      {
        socket: path.join(directory, 'agent.sock'),
        node: 'n1',
        environment: 'local',
        cpus: 1,
        memoryMib: 1,
        stateDirectory: directory,
        noOp: true,
        times: { ...DEFAULT_AGENT_TIMES, redialMs: 5, longestRedialMs: 20, ...times },
      },
      {
        log: silentLogger,
        bootId: 'boot',
        makeRunner: (parts) => new NoOpRunner(parts.outbox, parts),
        finished: (why) => finished.push(why),
      },
    );
    await agent.start();
    await until(() => got.some((message) => message.hello));
  };

  beforeEach(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-orders-'));
    sessions = [];
    got = [];
    finished = [];
    door = new AgentDoor(path.join(directory, 'agent.sock'), {
      method: loadAttachMethod(),
      peerUid: () => 0,
      log: silentLogger,
      attach: (one) => {
        sessions.push(one);
        one.on('data', (message: FromAgent) => got.push(message));
        one.on('end', () => one.end());
        one.on('error', () => {});
      },
    });
    await door.start();
  });
  afterEach(async () => {
    await agent.stop();
    await door.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  });

  it('carries an order out once, however often its number comes', async () => {
    await start();
    greet('link-1');
    const append = { job: 1, attempt: 1, append: Buffer.from('x') };
    for (const number of [1, 1, 2, 1, 2]) {
      session().write({ orders: orders(number, { steering: [append] }) });
    }
    session().write({ orders: orders(3, { launches: [GROUP] }) });
    await until(() => ended().length === 2);
    expect(got.flatMap((message) => message.reports?.appended?.job ?? [])).toEqual([1, 1]);
    expect(confirmed()).toBe(3);
  });

  it('launches an attempt once, under however many numbers and daemons it is ordered', async () => {
    await start();
    greet('link-1');
    for (const number of [1, 2]) session().write({ orders: orders(number, { launches: [GROUP] }) });
    await until(() => ended().length === 2);
    session().write({ orders: orders(3, { forget: { job: [1], attempt: [1] } }) });
    await until(() => confirmed() === 3);
    session().write({ confirmed: 1 });
    const reported = got.length;
    session().end();
    await until(() => sessions.length === 2 && got.slice(reported).some(({ hello }) => hello));
    const { hello } = got.findLast((message) => message.hello) ?? {};
    expect(hello?.attempts).toMatchObject({ job: [2], attempt: [1] });
    greet('link-2');
    session().write({
      orders: orders(1, { launches: [GROUP, { ...GROUP, job: [3], attempt: [1] }] }),
    });
    await until(() => ended().includes(3));
    expect(ended()).toEqual([1, 2, 3]);
  });

  it('says what it had of a link when it comes back, and sends what is unconfirmed again', async () => {
    await start();
    greet('link-1');
    session().write({ orders: orders(7, { launches: [GROUP] }) });
    await until(() => ended().length === 2);
    session().end();
    await until(() => got.filter((message) => message.hello).length === 2);
    const { hello } = got.findLast((message) => message.hello) ?? {};
    expect(hello?.link).toBe('link-1');
    expect(numberOf(hello?.handled)).toBe(7);
    expect(numberOf(hello?.nextReport)).toBe(1);
    greet('link-1');
    await until(() => ended().length === 4);
    session().write({ confirmed: 1 });
    session().end();
    await until(() => got.filter((message) => message.hello).length === 3);
    expect(numberOf(got.findLast((message) => message.hello)?.hello?.nextReport)).toBe(2);
  });

  it('says nothing before it is welcome', async () => {
    await start({ heartbeatMs: 5 });
    session().write({ confirmed: 0 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(got).toHaveLength(1);
    greet('link-1');
    await until(() => got.some((message) => message.heartbeat));
  });

  it('stops when it is refused or dismissed', async () => {
    await start();
    greet('', 'not wanted');
    await until(() => finished.length === 1);
    session().write({ leave: true });
    await until(() => finished.length === 2);
    expect(finished).toEqual(['refused', 'dismissed']);
  });

  it('dials again when its daemon answers nothing', async () => {
    await start({ heartbeatMs: 10, silenceMs: 50 });
    greet('link-1');
    await until(() => sessions.length === 2);
    expect(got.filter((message) => message.heartbeat).length).toBeGreaterThan(1);
  });
});
