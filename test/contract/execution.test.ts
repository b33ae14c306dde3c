// The contract of the Execution port, held to by the fake and by the real link with a real agent.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ExecutionUnderTest,
  fakeExecution,
  LinkUnderTest,
  ReportRecorder,
  until,
} from '../support/execution-under-test.ts';
import { appendOf, endOf, forgetOf, keyOf, launchOf, signalOf } from '../support/launches.ts';

const MAKERS = [
  { name: 'the fake', make: fakeExecution },
  {
    name: 'the link and an agent',
    make: (recorder: ReportRecorder) => LinkUnderTest.open(recorder),
  },
];

describe.each(MAKERS)('execution by $name', ({ make }) => {
  let recorder: ReportRecorder;
  let test: ExecutionUnderTest;
  const perform = (...effects: Parameters<typeof test.execution.perform>[0]): void =>
    test.execution.perform(effects);
  const connected = (times = 1): Promise<void> =>
    until(() => recorder.of('nodeConnected').length >= times, 'the node did not connect');

  beforeEach(async () => {
    recorder = new ReportRecorder();
    test = await make(recorder);
    await connected();
  });
  afterEach(() => test.close());

  it('reports a node with its size when it dials', () => {
    expect(recorder.of('nodeConnected')[0]).toMatchObject({
      node: 'n1',
      environment: 'local',
      size: { cpus: 4, memoryMib: 1000 },
      attempts: [],
    });
  });

  it('drops effects for a node that is not connected', async () => {
    perform(launchOf('elsewhere', 1), launchOf('n1', 2));
    await until(() => recorder.started.includes(2));
    expect(test.orders()).toEqual(['launch 2.1']);
  });

  it('reports the start and the end of an attempt, in this order', async () => {
    perform(launchOf('n1', 1));
    await until(() => recorder.started.length === 1);
    test.finish(1);
    await until(() => recorder.ended.length === 1);
    const end = recorder.of('attemptsEnded')[0]?.ended[0];
    expect(end).toMatchObject({ job: 1, attempt: 1, exitCode: 0, signal: 0 });
    expect(Math.abs((end?.at ?? 0) - Date.now())).toBeLessThan(5_000);
  });

  it('carries out the orders for an attempt in the order in which they were given', async () => {
    perform(launchOf('n1', 1), signalOf('n1', 1, 18), endOf('n1', 1), signalOf('n1', 1, 10));
    await until(() => test.orders().length === 4);
    expect(test.orders()).toEqual(['launch 1.1', 'signal 1.1 18', 'end 1.1', 'signal 1.1 10']);
  });

  it('launches an attempt once, however often it is ordered', async () => {
    perform(launchOf('n1', 1), launchOf('n1', 1));
    await until(() => recorder.started.length === 1);
    perform(launchOf('n1', 1));
    test.finish(1);
    await until(() => recorder.ended.length === 1);
    perform(launchOf('n1', 1), forgetOf('n1', 1));
    perform(launchOf('n1', 1), launchOf('n1', 2));
    await until(() => recorder.started.length === 2);
    const ofTheFirst = test.orders().filter((order) => order.endsWith(' 1.1'));
    expect(ofTheFirst).toEqual(['launch 1.1', 'forget 1.1']);
  });

  it('appends the job report and says so', async () => {
    perform(launchOf('n1', 1));
    await until(() => recorder.started.length === 1);
    test.finish(1);
    await until(() => recorder.ended.length === 1);
    perform(appendOf('n1', 1));
    await until(() => recorder.of('reportsAppended').length === 1);
    expect(recorder.of('reportsAppended')[0]?.attempts).toEqual([keyOf(1)]);
  });

  it('reports again what was not committed', async () => {
    recorder.fails = (report) => report.kind === 'attemptsEnded';
    recorder.failures = 2;
    perform(launchOf('n1', 1), launchOf('n1', 2));
    await until(() => recorder.started.length === 2);
    test.finish(1);
    test.finish(2);
    await until(() => recorder.ended.includes(1) && recorder.ended.includes(2));
    expect(recorder.failed).toBe(2);
    expect(recorder.of('nodeDisconnected')).toEqual([]);
  });

  it('reports a node again whose connection was not committed', async () => {
    const next = new ReportRecorder();
    next.fails = (report) => report.kind === 'nodeConnected';
    next.failures = 3;
    await test.restartDaemon(next);
    await until(() => next.of('nodeConnected').length >= 1);
    expect(next.failed).toBe(3);
  });

  it('delivers everything once over a connection that keeps breaking', async () => {
    const jobs = Array.from({ length: 300 }, (_, i) => i + 1);
    for (const job of jobs) {
      perform(launchOf('n1', job), signalOf('n1', job, 10));
      // Now and then just when the orders have left.
      if (job % 40 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (job % 20 === 0) {
        test.cut();
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
    }
    await until(
      () => test.orders().length === 600,
      () => `${test.orders().length} orders`,
    );
    await until(() => new Set(recorder.started).size === 300);
    for (const job of jobs) {
      test.finish(job);
      if (job % 50 === 0) test.cut();
    }
    await until(() => new Set(recorder.ended).size === 300);
    expect(recorder.ended.length).toBe(300);
    const orders = test.orders();
    for (const job of jobs) {
      const own = orders.filter((order) => order.split(' ')[1] === `${job}.1`);
      expect(own).toEqual([`launch ${job}.1`, `signal ${job}.1 10`]);
    }
    expect(recorder.of('nodeConnected').length).toBe(1);
    expect(recorder.of('nodeDisconnected')).toEqual([]);
  });

  it('says that a node is lost when its connection is gone for longer than the grace', async () => {
    perform(launchOf('n1', 1));
    await until(() => recorder.started.length === 1);
    test.part();
    await until(() => recorder.of('nodeDisconnected').length === 1);
    perform(endOf('n1', 1));
    test.finish(1);
    test.mend();
    await connected(2);
    expect(recorder.of('nodeConnected')[1]?.attempts).toEqual([keyOf(1)]);
    await until(() => recorder.ended.includes(1));
    perform(forgetOf('n1', 1));
    await until(() => test.orders().length === 2);
    expect(test.orders()).toEqual(['launch 1.1', 'forget 1.1']);
  });

  it('brings what a daemon left unconfirmed to the next one', async () => {
    perform(launchOf('n1', 1), launchOf('n1', 2));
    await until(() => recorder.started.length === 2);
    let repair: () => void = () => {};
    recorder.disk = new Promise((resolve) => {
      repair = resolve;
    });
    test.finish(1);
    const next = new ReportRecorder();
    await test.restartDaemon(next);
    await until(() => next.ended.includes(1));
    expect(next.of('nodeConnected')[0]?.attempts).toEqual([keyOf(1), keyOf(2)]);
    test.finish(2);
    await until(() => next.ended.includes(2));
    repair();
  });

  it('finds the attempts of an agent that restarts', async () => {
    perform(launchOf('n1', 1), launchOf('n1', 2), launchOf('n1', 3));
    await until(() => recorder.started.length === 3);
    test.finish(1);
    await until(() => recorder.ended.length === 1);
    await test.restartAgent();
    await connected(2);
    expect(recorder.of('nodeConnected')[1]?.attempts).toEqual([keyOf(1), keyOf(2), keyOf(3)]);
    perform(launchOf('n1', 2), forgetOf('n1', 1), launchOf('n1', 4));
    await until(() => recorder.started.includes(4));
    test.finish(2);
    await until(() => recorder.ended.includes(2));
    expect(test.orders().filter((order) => order === 'launch 2.1')).toHaveLength(1);
  });
});
