// The books that the agent keeps of real attempts, with a launcher that the test plays.

import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import type { FoundAttempt, LauncherEvents } from '../../../src/execution/agent/launcher-client.ts';
import { type Launcher, ProcessRunner } from '../../../src/execution/agent/process-runner.ts';
import { ReportOutbox, type ReportColumns } from '../../../src/execution/agent/report-outbox.ts';
import { specMessage } from '../../../src/execution/link/spec-message.ts';
import type { EndRecord } from '../../../src/execution/launcher/wire.ts';
import type { LaunchGroup, Steering } from '../../../src/execution/protocol/messages.ts';
import { OWNER, requestOf } from '../../support/launches.ts';

const KEY = { job: 1, attempt: 1 };
const RECORD: EndRecord = {
  ...KEY,
  outcome: { kind: 'exited', code: 3 },
  cause: 0,
  lastSignal: 0,
  startMs: 1000,
  endMs: 3000,
  durationMs: 1500,
  suspendedMs: 0,
  userCpuMs: 1,
  systemCpuMs: 1,
  peakMemoryBytes: 2048,
  oomKills: 0,
  clippedLimits: [],
  usedFallbackCwd: false,
  leftoversKilled: false,
  holdsOutput: false,
  unkillable: false,
};
const GROUP: LaunchGroup = {
  spec: 1,
  base: 0,
  job: [1],
  attempt: [1],
  index: [],
  nodes: [Buffer.from('n1')],
  cpus: [1],
  tasks: [1],
  memoryMib: 0,
};
const end = (signals: readonly (readonly [number, number, string])[]): Steering => ({
  ...KEY,
  order: 'end',
  end: { steps: signals.map(([signal, afterMs, scope]) => ({ signal, afterMs, scope })) },
});

describe('the runner of processes', () => {
  let orders: unknown[];
  let events: LauncherEvents;
  let found: FoundAttempt[];
  let duringScan: () => void;
  let outbox: ReportOutbox;
  let sent: ReportColumns[];
  let identify: (known: boolean) => void;
  let runner: ProcessRunner;
  let impossible: boolean;

  const launcher: Launcher = {
    start: async () => {},
    stop: async () => {},
    scan: async () => {
      duringScan();
      return found;
    },
    launch: (spec) => {
      if (impossible) throw new Error('no such launch');
      orders.push(`launch ${spec.job}.${spec.attempt}`);
    },
    signal: async (_key, plan) => {
      orders.push(plan.map((step) => `${step.signal}@${step.afterMs} ${step.scope}`));
      return 'delivered';
    },
    note: async (_key, bytes) => {
      orders.push(`note ${Buffer.from(bytes).toString()}`);
    },
    append: async () => {
      orders.push('append');
    },
    forget: (keys) => {
      if (keys.length > 0) orders.push(`forget ${keys.map((key) => key.job).join()}`);
    },
  };
  /** What was reported since the last call. */
  const reports = (): ReportColumns => {
    outbox.next();
    return sent.pop() as ReportColumns;
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    orders = [];
    impossible = false;
    found = [];
    sent = [];
    duringScan = () => {};
    outbox = new ReportOutbox((_number, columns) => {
      sent.push(columns);
      return Buffer.alloc(0);
    });
    const account = new Promise<boolean>((resolve) => {
      identify = resolve;
    });
    runner = new ProcessRunner(
      {
        node: 'n1',
        environment: 'site',
        runDirectory: '/nowhere/run',
        mailDirectory: '/nowhere/mail',
        logDirectory: '/nowhere/logs',
      },
      {
        outbox,
        clock: { nowMs: () => 5000, fromWallMs: (wallMs) => wallMs + 100 },
        changed: () => {},
        log: silentLogger,
        accounts: {
          accountOf: async () => ((await account) ? { gid: 1, groups: [1] } : undefined),
          nameOf: async () => 'tester',
        },
        makeLauncher: (its) => {
          events = its;
          return launcher;
        },
      },
    );
    const message = specMessage({
      template: {
        request: requestOf(),
        owner: OWNER,
        streams: { stdin: ['/dev/null'], stdout: ['out'] },
        environment: [],
        scriptName: 'script',
      },
      content: { script: new Uint8Array(), environment: new Uint8Array() },
    });
    runner.addSpec({ ...message, handle: 1 });
  });

  const launched = async (): Promise<void> => {
    await runner.start();
    identify(true);
    runner.launch(GROUP);
    await turn();
  };

  it('reports the end of an attempt that ends while it is being found', async () => {
    found = [{ ...KEY, state: 'running' }];
    duringScan = () => events.ended(RECORD);
    await runner.start();
    expect(reports().ended).toMatchObject({ job: [1], status: [3] });
  });

  it('reckons the start back from the end by the monotonic duration', async () => {
    await launched();
    events.ended(RECORD);
    expect(reports().ended).toMatchObject({ startedMs: [1600], endedMs: [3100] });
  });

  it('holds orders back until the attempt is launched', async () => {
    await runner.start();
    runner.launch(GROUP);
    runner.steer({ ...KEY, order: 'signal', signal: { signal: 10, scope: 'script' } });
    runner.steer(end([[15, 0, 'all']]));
    expect(orders).toEqual([]);
    identify(true);
    await turn();
    expect(orders).toEqual(['launch 1.1', ['10@0 main'], ['15@0 tree', '9@0 tree']]);
  });

  it('kills the whole tree at the end of a plan', async () => {
    await launched();
    runner.steer(
      end([
        [15, 0, 'all'],
        [9, 30_000, 'script'],
      ]),
    );
    expect(orders.at(-1)).toEqual(['15@0 tree', '9@30000 main', '9@30000 tree']);
    runner.steer(
      end([
        [15, 0, 'children'],
        [9, 20_000, 'all'],
      ]),
    );
    expect(orders.at(-1)).toEqual(['15@0 allButMain', '9@20000 tree']);
    runner.steer(end([]));
    expect(orders.at(-1)).toEqual(['9@0 tree']);
  });

  it('does not begin a plan again that is under way', async () => {
    await launched();
    runner.steer(end([[15, 0, 'all']]));
    runner.steer(end([[15, 0, 'all']]));
    expect(orders).toHaveLength(2);
  });

  it('tells the job of its end before the first signal, once for each plan', async () => {
    await launched();
    const order = end([[9, 0, 'all']]);
    const note = Buffer.from('cancelled');
    for (let i = 0; i < 2; i++)
      runner.steer({ ...order, end: { steps: order.end?.steps ?? [], note } });
    expect(orders.slice(1)).toEqual(['note cancelled', ['9@0 tree']]);
  });

  it('refuses an attempt whose user is another one here', async () => {
    await runner.start();
    identify(false);
    runner.launch(GROUP);
    await turn();
    expect(orders).toEqual([]);
    expect(reports().ended.oddities).toEqual([{ position: 0, launchFailure: 'identity' }]);
  });

  it('reports a launch that cannot be made as a failure to start, and goes on', async () => {
    impossible = true;
    runner.launch(GROUP);
    identify(true);
    await turn();
    expect(orders).toEqual([]);
    expect(reports().ended).toMatchObject({
      job: [1],
      oddities: [{ position: 0, launchFailure: 'node' }],
    });
    impossible = false;
    runner.launch({ ...GROUP, job: [2] });
    await turn();
    expect(orders).toEqual(['launch 2.1']);
  });

  it('says of an attempt that it never had, when it is to end, that it is lost', async () => {
    await runner.start();
    runner.steer(end([[15, 0, 'all']]));
    expect(reports().ended).toMatchObject({ job: [1], oddities: [{ position: 0, lost: true }] });
  });

  it('kills an attempt that is forgotten while it runs, and reports nothing of it', async () => {
    await launched();
    runner.forget({ job: [1], attempt: [1] });
    expect(orders.at(-1)).toEqual(['9@0 tree']);
    events.ended(RECORD);
    expect(orders.at(-1)).toBe('forget 1');
    expect(reports()).toBeUndefined();
    expect(runner.attempts().job).toEqual([]);
  });

  it('never launches again what it was told to forget', async () => {
    await launched();
    events.ended(RECORD);
    runner.forget({ job: [1], attempt: [1] });
    runner.launch(GROUP);
    await turn();
    expect(orders).toEqual(['launch 1.1', 'forget 1']);
  });

  it('has what it found, and says which reports were appended', async () => {
    found = [
      { ...KEY, state: 'ended', record: RECORD, reportAppended: true },
      { job: 2, attempt: 1, state: 'lost', why: 'rebooted' },
    ];
    await runner.start();
    expect(runner.attempts()).toEqual({ job: [1, 2], attempt: [1, 1] });
    expect(reports()).toMatchObject({
      ended: { job: [1, 2], oddities: [{ position: 1, lost: true }] },
      appended: { job: [1] },
    });
  });

  it('tells failures to start and a kill for memory apart from ends', async () => {
    await launched();
    events.ended({
      ...RECORD,
      outcome: { kind: 'notStarted', step: 'cwd', errno: 2, path: '/x\xff' },
    });
    expect(reports().ended.oddities).toEqual([
      {
        position: 0,
        launchFailure: 'workingDirectory',
        errno: 2,
        path: Buffer.from([47, 120, 255]),
      },
    ]);
    runner.launch({ ...GROUP, job: [2] });
    await turn();
    const outcome = { kind: 'signaled', signal: 9, coreDumped: false } as const;
    events.ended({ ...RECORD, job: 2, outcome, oomKills: 1 });
    expect(reports().ended).toMatchObject({
      status: [265],
      oddities: [{ position: 0, outOfMemory: true }],
    });
  });
});
