// The settings as the engine wants them. Pure: the machine's own facts are passed in.

import type { Policy } from '../core/context.ts';
import type { Settings } from '../config/settings.ts';
import { retryWords } from '../dialects/batch/status.ts';
import type { EngineSettings } from '../engine/settings.ts';
import { queueName } from '../model/ids.ts';
import type { Queue } from '../model/queue.ts';
import type { Site } from '../model/site.ts';

/** What settings do not say. */
export interface Place {
  readonly host: string;
  /** Absolute. */
  readonly stateDirectory: string;
  /** Sixteen hexadecimal digits, the same for ever. */
  readonly installation: string;
}

/** Finished jobs that stay in memory: enough for listings, little enough for small machines. */
const FINISHED_IN_MEMORY = 50_000;
const MAILBOX_MOST = 65_536;
const BOOT_MS = 10 * 60_000;

/** The engine's settings. */
export function engineSettings(settings: Settings, place: Place): EngineSettings {
  const { environments, firstJobId } = settings;
  const queues = queuesOf(settings);
  return {
    site: siteOf(settings, queues, place),
    policy: policyOf(settings),
    queues,
    environments,
    firstJobId,
    finishedInMemory: FINISHED_IN_MEMORY,
    mailboxMost: MAILBOX_MOST,
    checks: false,
  };
}

/** One is the default: the first, unless another says so. */
function queuesOf({ queues }: Settings): Queue[] {
  const chosen = queues.find((queue) => queue.isDefault) ?? queues[0];
  return queues.map((queue) => ({
    ...queue,
    name: queueName(queue.name),
    isDefault: queue === chosen,
  }));
}

function siteOf(settings: Settings, queues: readonly Queue[], place: Place): Site {
  const { cluster, minJobAgeMs, cleanPeriodMs, maxArraySize, maxScriptBytes, lsf } = settings;
  return {
    cluster,
    minJobAgeMs,
    cleanPeriodMs,
    maxArraySize,
    maxScriptBytes,
    lsf,
    defaultQueue: queues.find((queue) => queue.isDefault)?.name ?? '',
    ...place,
  };
}

/** The agent ends its attempts before anybody runs them again. */
const LEASE_MARGIN_MS = 60_000;

function policyOf(settings: Settings): Policy {
  const { maxArraySize, maxJobs, maxScriptBytes, maxEnvironmentBytes, minimumUid } = settings;
  return {
    maxArraySize,
    maxJobs,
    maxScriptBytes,
    maxEnvironmentBytes,
    minimumUid,
    leaseMs: settings.nodeLeaseMs + LEASE_MARGIN_MS,
    nodeLostAfterMs: settings.nodeLostAfterMs,
    requeueDelayMs: { slurm: settings.requeueDelayMs, lsf: 0, batch: 0, grpc: 0 },
    bootMs: BOOT_MS,
    retryWords,
  };
}
