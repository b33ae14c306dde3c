// Names of things, branded so that one kind cannot stand where another is meant.

import type { Brand } from '../base/brand.ts';

/** A job's number, as Slurm and LSF show it: from 1 to 2^31-1, never used again. */
export type JobId = Brand<number, 'JobId'>;

/** A node's name, as users see it. */
export type NodeName = Brand<string, 'NodeName'>;

/** A queue's name. */
export type QueueName = Brand<string, 'QueueName'>;

/** The key of a specification: SHA-256 of its content, in lower-case hexadecimal. */
export type SpecKey = Brand<string, 'SpecKey'>;

export const jobId = (n: number): JobId => n as JobId;
export const nodeName = (name: string): NodeName => name as NodeName;
export const queueName = (name: string): QueueName => name as QueueName;
export const specKey = (key: string): SpecKey => key as SpecKey;

/** The largest job id, as the dialects' clients can hold it. */
export const JOB_ID_MAX = 2 ** 31 - 1;
