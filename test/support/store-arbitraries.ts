// Random job records of any shape, with any bytes in their text.

import * as fc from 'fast-check';
import { instant } from '../../src/base/brand.ts';
import { jobId } from '../../src/model/ids.ts';
import type { Allocation } from '../../src/model/node.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { JobDetails, JobRecord } from '../../src/model/record.ts';
import { requestOf } from './store-records.ts';

/** One character a byte: ASCII, valid UTF-8, or neither. */
const text = fc.oneof(
  fc.string({ maxLength: 12 }).map((s) => Buffer.from(s, 'utf8').toString('latin1')),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const small = fc.nat(1000);
const time = fc.integer({ min: 0, max: 2 ** 42 }).map(instant);

const status = fc.record({ exitCode: fc.nat(255), signal: fc.nat(64) });
const outcome = fc.oneof(
  status.map((s) => ({ kind: 'exited' as const, ...s })),
  status.map((s) => ({ kind: 'timedOut' as const, ...s })),
  status.map((s) => ({ kind: 'outOfMemory' as const, ...s })),
  fc.record(
    {
      kind: fc.constant('cancelled' as const),
      by: fc.constantFrom('owner' as const, 'system' as const),
      uid: small,
      why: text,
      exitCode: fc.nat(255),
      signal: fc.nat(64),
    },
    { requiredKeys: ['kind', 'by', 'uid', 'exitCode', 'signal'] },
  ),
  text.map((node) => ({ kind: 'nodeFailed' as const, node })),
  text.map((path) => ({ kind: 'launchFailed' as const, why: 'exec' as const, errno: 2, path })),
  fc.constant({ kind: 'neverStarted' as const, why: 'dependency' as const }),
) as fc.Arbitrary<Outcome>;

const usage = fc.record({
  userCpuMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  systemCpuMs: small,
  maxMemoryKib: small,
});

const allocation = fc.array(
  fc.record({
    node: text,
    cpus: fc.double({ min: 0, max: 64, noNaN: true }),
    memoryMib: small,
    tasks: small,
  }),
  { maxLength: 3 },
) as unknown as fc.Arbitrary<Allocation>;

const attempts = fc
  .array(fc.record({ startedAt: time, endedAt: time, nodes: fc.array(text), outcome, usage }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((list) => list.map((attempt, i) => ({ attempt: i + 1, ...attempt })));

const details = fc.record(
  {
    heldBy: fc.constant('user' as const),
    notBefore: time,
    earlierAttempts: attempts,
    ending: text,
    owedSignals: fc.array(fc.tuple(small, text)),
    reason: text,
  },
  { requiredKeys: [] },
) as unknown as fc.Arbitrary<JobDetails>;

const owner = fc.record({ uid: small, gid: small, user: text, group: text });

/** A first record, given its id. */
export const recordArbitrary: fc.Arbitrary<(id: number) => JobRecord> = fc
  .record(
    {
      name: text,
      queue: text,
      account: text,
      owner,
      state: fc.constantFrom<JobRecord['state'][]>('pending', 'starting', 'running', 'finished'),
      priority: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      submittedAt: time,
      eligibleAt: time,
      startedAt: time,
      attempt: small,
      allocation,
      outcome,
      usage,
      details,
      array: small.map(jobId),
      element: small,
      requestId: text,
    },
    { requiredKeys: ['name', 'queue', 'owner', 'state', 'priority', 'submittedAt', 'attempt'] },
  )
  .map(({ name, queue, account, requestId, ...rest }) => (id: number) => ({
    ...rest,
    ...(rest.state === 'finished' && { endedAt: instant(rest.submittedAt + 1) }),
    ...(requestId !== undefined && { requestId: `${id}:${requestId}` }),
    id: jobId(id),
    isNew: true,
    ...withoutKey(requestOf(name, { queue, ...(account !== undefined && { account }) })),
  }));

function withoutKey<T extends { key: unknown }>({ key: _, ...rest }: T): Omit<T, 'key'> {
  return rest;
}
