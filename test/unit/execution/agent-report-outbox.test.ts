// What the agent sends of what happened, and again until it is confirmed.

import { describe, expect, it } from 'vitest';
import { BATCH_SIZE, ReportOutbox } from '../../../src/execution/agent/report-outbox.ts';
import { readReports } from '../../../src/execution/link/report-reader.ts';
import { loadAttachMethod } from '../../../src/execution/protocol/agents-service.ts';
import { numberOf, type Reports } from '../../../src/execution/protocol/messages.ts';
import { nodeName } from '../../../src/model/ids.ts';

const { fromAgent } = loadAttachMethod();

function newOutbox(): ReportOutbox {
  return new ReportOutbox((number, columns) =>
    fromAgent.encode({ reports: { number, ...columns } }),
  );
}

function decode(bytes: Buffer | undefined): Reports {
  const reports = bytes && fromAgent.decode(bytes).reports;
  if (!reports) throw new Error('no reports');
  return reports;
}

const END = {
  startedMs: 10,
  endedMs: 20,
  status: 256 + 9,
  userCpuMs: 1,
  systemCpuMs: 2,
  maxMemoryKib: 3,
};

describe('the outbox of reports', () => {
  it('sends nothing when nothing happened', () => {
    expect(newOutbox().next()).toBeUndefined();
  });

  it('keeps every column of an end', () => {
    const outbox = newOutbox();
    outbox.ended({ job: 1, attempt: 2, ...END, oddity: { outOfMemory: true } });
    const { ended } = decode(outbox.next());
    expect(ended).toMatchObject({
      job: [1],
      attempt: [2],
      startedMs: [10],
      endedMs: [20],
      status: [265],
      userCpuMs: [1],
      systemCpuMs: [2],
      maxMemoryKib: [3],
      oddities: [{ position: 0, outOfMemory: true }],
    });
  });

  it('tells at once of processes that do not die, before the end of their attempt', () => {
    const outbox = newOutbox();
    outbox.started(8, 1, 0);
    expect(outbox.isUrgent).toBe(false);
    outbox.unkillable(7, 2, 3);
    expect(outbox.isUrgent).toBe(true);
    outbox.ended({ job: 7, attempt: 2, ...END });
    const reports = readReports(nodeName('n1'), decode(outbox.next()), 0);
    expect(reports.map((report) => report.kind)).toEqual([
      'attemptsStarted',
      'attemptsUnkillable',
      'attemptsEnded',
    ]);
    const attempts = [{ job: 7, attempt: 2, processes: 3 }];
    expect(reports[1]).toEqual({ kind: 'attemptsUnkillable', node: 'n1', attempts });
  });

  it('leaves columns of zeros out', () => {
    const outbox = newOutbox();
    outbox.endedAtOnce(1, 1, 5);
    const { ended } = decode(outbox.next());
    expect([ended?.status, ended?.userCpuMs, ended?.maxMemoryKib]).toEqual([[], [], []]);
  });

  it('leaves the start out when the end is in the same message, and only then', () => {
    const outbox = newOutbox();
    outbox.started(1, 1, 10);
    outbox.started(2, 1, 11);
    outbox.ended({ job: 1, attempt: 1, ...END });
    expect(decode(outbox.next())).toMatchObject({
      started: { job: [2], attempt: [1], atMs: [11] },
      ended: { job: [1] },
    });
  });

  it('cuts what is too much for one message and keeps the order', () => {
    const outbox = newOutbox();
    for (let job = 1; job <= BATCH_SIZE + 1; job++) outbox.endedAtOnce(job, 1, 0);
    expect(decode(outbox.next()).ended?.job).toHaveLength(BATCH_SIZE);
    expect(decode(outbox.next()).ended?.job).toEqual([BATCH_SIZE + 1]);
    expect(outbox.next()).toBeUndefined();
  });

  it('repeats in a new session what was not confirmed, with the same numbers', () => {
    const outbox = newOutbox();
    for (const job of [1, 2, 3]) {
      outbox.endedAtOnce(job, 1, 0);
      outbox.next();
    }
    outbox.confirm(1);
    expect(outbox.nextNumber).toBe(2);
    outbox.beginSession();
    outbox.endedAtOnce(4, 1, 0);
    const sent = [outbox.next(), outbox.next(), outbox.next()].map(decode);
    expect(sent.map((reports) => numberOf(reports.number))).toEqual([2, 3, 4]);
    expect(sent.map((reports) => reports.ended?.job)).toEqual([[2], [3], [4]]);
  });

  it('keeps a bounded number of messages under way and goes on when they are confirmed', () => {
    const outbox = newOutbox();
    let sent = 0;
    for (let job = 1; job <= 100; job++) {
      outbox.endedAtOnce(job, 1, 0);
      if (outbox.next() !== undefined) sent++;
    }
    expect(sent).toBeLessThan(30);
    outbox.confirm(sent);
    expect(decode(outbox.next()).ended?.job).toHaveLength(100 - sent);
  });
});
