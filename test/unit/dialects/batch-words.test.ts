// Batch's ids, parameters, variables and words, one function at a time.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchJobId, jobOfBatchId } from '../../../src/dialects/batch/job-id.ts';
import { jobReference } from '../../../src/dialects/batch/job-reference.ts';
import { launching } from '../../../src/dialects/batch/launching.ts';
import { retryWords } from '../../../src/dialects/batch/status.ts';
import { withParameters } from '../../../src/dialects/batch/submit-job.ts';
import { descending, pageOf } from '../../../src/dialects/batch/paging.ts';
import { JOB_ID_MAX, jobId, queueName } from '../../../src/model/ids.ts';
import { indexRange } from '../../../src/model/index-set.ts';
import type { JobRequest } from '../../../src/model/job-request.ts';
import type { Template } from '../../../src/model/launch-template.ts';
import { FAKE_SITE, identityOf } from '../../support/fake-gateway.ts';

const UUID_V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('every job number has a UUID of version 8 and comes back from it, in this installation alone', () => {
  const installation = fc.stringMatching(/^[0-9a-f]{16}$/);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: JOB_ID_MAX }),
      installation,
      installation,
      (job, one, other) => {
        const site = { ...FAKE_SITE, installation: one };
        const uuid = batchJobId(jobId(job), site);
        expect(uuid).toMatch(UUID_V8);
        expect(jobOfBatchId(uuid, site)).toBe(job);
        expect(jobOfBatchId(uuid.toUpperCase(), site)).toBe(job);
        if (one !== other)
          expect(jobOfBatchId(uuid, { ...site, installation: other })).toBeUndefined();
      },
    ),
  );
});

test('what is no id of a job is none', () => {
  const good = batchJobId(jobId(5), FAKE_SITE);
  for (const text of [
    '',
    good.slice(1),
    `${good}0`,
    `${good}:`,
    `${good}:x`,
    `${good}:-1`,
    `${good.slice(0, -12)}000000000000`,
    `${good.slice(0, -12)}00000000000a`,
    `${good.slice(0, -12)}999999999999`,
  ]) {
    expect(jobReference(text, FAKE_SITE), text).toBeUndefined();
  }
  expect(jobReference(`arn:aws:batch:r:0:job/${good}:7`, FAKE_SITE)).toEqual({ job: 5, index: 7 });
});

test('parameters replace the longest name first, once, and unknown names stay', () => {
  const values = { in: 'A', input: 'B', 'x.y': 'C', loop: 'Ref::in' };
  expect(
    withParameters(
      ['Ref::input', '--a=Ref::in,Ref::inner', 'Ref::x.y Ref::xzy', 'Ref::loop', 'Ref::no'],
      values,
    ),
  ).toEqual(['B', '--a=A,Aner', 'C Ref::xzy', 'Ref::in', 'Ref::no']);
  expect(withParameters(['Ref::__proto__', 'Ref::toString'], values)).toEqual([
    'Ref::__proto__',
    'Ref::toString',
  ]);
});

test('jobs of every dialect get the variables of Batch, filled in on the node', () => {
  const request = { dialect: 'slurm', queue: queueName('normal') } as JobRequest;
  const rows = (asked: JobRequest) =>
    Object.fromEntries(
      launching
        .variables(asked, identityOf('a', 1), FAKE_SITE)
        .map(([name, value]) => [name, filled(value)]),
    );
  expect(rows(request)).toEqual({
    AWS_BATCH_JOB_ID: batchJobId(jobId(42), FAKE_SITE),
    AWS_BATCH_JQ_NAME: 'normal',
    AWS_BATCH_CE_NAME: 'site',
    AWS_BATCH_JOB_ATTEMPT: '2',
  });
  expect(rows({ ...request, array: { indices: indexRange(0, 8, 2) } })).toMatchObject({
    AWS_BATCH_JOB_ID: `${batchJobId(jobId(42), FAKE_SITE)}:6`,
    AWS_BATCH_JOB_ARRAY_INDEX: '6',
    AWS_BATCH_JOB_ARRAY_SIZE: '5',
  });
});

function filled(template: Template): string {
  const holes: Readonly<Record<string, string>> = {
    base: '42',
    index: '6',
    attempt: '2',
    environment: 'site',
  };
  return template
    .map((part) =>
      typeof part === 'string' ? part : (holes[part.hole] ?? '?').padStart(part.width ?? 0, '0'),
    )
    .join('');
}

test('retry rules see the words that clients see, and the empty text where there is none', () => {
  expect(retryWords({ kind: 'nodeFailed', node: 'n1' })).toEqual({
    statusReason: 'Host EC2 (instance n1) terminated.',
    reason: '',
    exitCode: '',
  });
  expect(retryWords({ kind: 'exited', exitCode: 0, signal: 9 }).exitCode).toBe('137');
  expect(retryWords({ kind: 'outOfMemory', exitCode: 0, signal: 0 })).toMatchObject({
    exitCode: '137',
  });
  expect(retryWords({ kind: 'launchFailed', why: 'exec', errno: 2, path: 'x' }).statusReason).toBe(
    'Task failed to start',
  );
});

test('pages show every entry once, also when newer ones come between two pages', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 1000 })),
      fc.integer({ min: 1, max: 7 }),
      (ids, maxResults) => {
        const shown: number[] = [];
        let nextToken: string | undefined;
        let newest = 1000;
        do {
          const asked = { maxResults, ...(nextToken === undefined ? {} : { nextToken }) };
          const page = pageOf(newest > 1000 ? [...ids, newest] : ids, descending, asked, {
            default: 5,
            maximum: 5,
          });
          shown.push(...(page?.items ?? []));
          nextToken = page?.nextToken;
          newest += 1;
        } while (nextToken !== undefined);
        expect(shown).toEqual([...ids].sort((a, b) => b - a));
      },
    ),
  );
});
