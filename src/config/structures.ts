// The settings that have parts: queues, compute environments and LSF's own names. They come from
// the file alone; a variable or a flag cannot say them.

import { z } from 'zod';
import { durationMs, name, oneOf, sizeBytes, text, wholeNumber, yesNo } from './value-types.ts';

const PRIORITY_MAX = 1_000_000;

const queue = z
  .strictObject({
    name,
    priority: wholeNumber(0, PRIORITY_MAX).default(30),
    description: text.default('No description provided.'),
    default: yesNo.default(false),
    open: yesNo.default(true),
    active: yesNo.default(true),
    maxWallTime: durationMs.optional(),
    defaultWallTime: durationMs.optional(),
    environments: z.array(name).min(1).default(['local']),
  })
  .transform(({ default: isDefault, maxWallTime, defaultWallTime, ...rest }) => ({
    ...rest,
    isDefault,
    ...(maxWallTime !== undefined && { maxWallTimeMs: maxWallTime }),
    ...(defaultWallTime !== undefined && { defaultWallTimeMs: defaultWallTime }),
  }));

/** Where jobs wait; at most one is the default, else the first is. */
export const queues = z
  .array(queue)
  .min(1, 'must name a queue at least')
  .superRefine((all, context) => {
    const repeated = all.find((one, at) => all.findIndex((other) => other.name === one.name) < at);
    if (repeated !== undefined) {
      context.addIssue({ code: 'custom', message: `names the queue ${repeated.name} twice` });
    }
    if (all.filter((one) => one.isDefault).length > 1) {
      context.addIssue({ code: 'custom', message: 'has more than one default queue' });
    }
    const short = all.find(
      (one) => (one.defaultWallTimeMs ?? 0) > (one.maxWallTimeMs ?? Number.MAX_SAFE_INTEGER),
    );
    if (short !== undefined) {
      context.addIssue({
        code: 'custom',
        message: `gives ${short.name} a default time above its maximum`,
      });
    }
  })
  .transform((all) =>
    all.some((one) => one.isDefault)
      ? all
      : all.map((one, at) => ({ ...one, isDefault: at === 0 })),
  );

const instanceType = z
  .strictObject({
    name: text,
    cpus: wholeNumber(1, 4096),
    memory: sizeBytes,
    price: z
      .string()
      .regex(/^[0-9]{1,6}(\.[0-9]{1,6})?$/, 'must be a price an hour such as 0.085')
      .transform((written) => Math.round(Number(written) * 1e6)),
  })
  .transform(({ memory, price, ...rest }) => ({
    ...rest,
    memoryMib: Math.floor(memory / 1024 ** 2),
    priceMicros: price,
  }));

/** Where jobs run: the site's own nodes, or instances that are bought. */
export const environments = z.array(
  z
    .strictObject({
      name,
      type: oneOf('local', 'ec2'),
      instanceTypes: z.array(instanceType).default([]),
      maxInstances: wholeNumber(0, 100_000).default(0),
      idle: durationMs.default(300_000),
    })
    .transform(({ type, idle, ...rest }) => ({ ...rest, kind: type, idleMs: idle })),
);

const yesOrNo = oneOf('Y', 'N');

/** Settings that LSF sites know from lsf.conf, under their own names and with their own words. */
export const lsf = z.strictObject({
  LSB_BSUB_PARSE_SCRIPT: yesOrNo.default('N'),
  LSB_BJOBS_CONSISTENT_EXIT_CODE: yesOrNo.default('N'),
  LSB_STDOUT_DIRECT: yesOrNo.default('Y'),
  LSB_JOB_REPORT_MAIL: yesOrNo.default('Y'),
  /** Unset is not KB: then -M is in KB, but rusage[mem=] in MB. */
  LSF_UNIT_FOR_LIMITS: oneOf('KB', 'MB', 'GB', 'TB').optional(),
  RESOURCE_RESERVE_PER_TASK: yesOrNo.default('N'),
  JOB_DEP_LAST_SUB: oneOf('0', '1').default('0'),
});
