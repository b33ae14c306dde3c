// The fields of sacct --format: every one that 22.05's --helpformat lists, with its width
// (recorded: 12-sacct/field-*, all-fields-*). What is not measured here is empty, as in the
// original.

import type { Instant } from '../../base/brand.ts';
import { compressHostlist } from '../../base/hostlist.ts';
import type { Outcome } from '../../model/outcome.ts';
import { visible } from '../kit/control-characters.ts';
import type { AccountingRow } from './accounting-rows.ts';
import { formatCpuTime, formatElapsed } from './durations.ts';
import { cpuCount, memoryMib, nodeCount, priorityOf } from './job-facts.ts';
import { writtenId } from './job-ids.ts';
import { formatKib, formatMib, formatMibIn } from './memory.ts';
import { reasonOf } from './reasons.ts';
import type { TimeWriter } from './time-format.ts';

/** What a table of sacct is made with. */
export interface AccountingContext {
  readonly now: Instant;
  readonly time: TimeWriter;
  readonly cluster: string;
  readonly listLength: number;
  /** --units. */
  readonly unit?: string;
  /** --noconvert. */
  readonly raw?: boolean;
}

/** One field. */
export interface AccountingField {
  readonly name: string;
  readonly width: number;
  readonly alignLeft?: true;
  /** Of a newer release: known, but not in the list of fields. */
  readonly hidden?: true;
  /** Not measured here. */
  readonly empty?: true;
  readonly value: (row: AccountingRow, context: AccountingContext) => string;
}

type Value = AccountingField['value'];

const field = (name: string, width: number, value?: Value): AccountingField =>
  value === undefined ? { name, width, empty: true, value: () => '' } : { name, width, value };
const left = (name: string, width: number, value: Value): AccountingField => ({
  ...field(name, width, value),
  alignLeft: true,
});
const hidden = (name: string, width: number, value: Value): AccountingField => ({
  ...field(name, width, value),
  hidden: true,
});
/** Only in the row of the job. */
const job =
  (value: Value): Value =>
  (row, context) =>
    row.isBatch ? '' : value(row, context);
/** Only in the row of the step. */
const step =
  (value: Value): Value =>
  (row, context) =>
    row.isBatch ? value(row, context) : '';
const extra = (row: AccountingRow, name: string) =>
  visible(String(row.view.request.extras?.[`slurm.${name}`] ?? ''));

/** Exit codes of 128 and more lose 128 in accounting (04-output/exit-codes). */
function exitText(exitCode: number, signal: number): string {
  return signal !== 0 ? `0:${signal}` : `${exitCode >= 128 ? exitCode - 128 : exitCode}:0`;
}

const JOB_EXIT: { [K in Outcome['kind']]: (outcome: Extract<Outcome, { kind: K }>) => string } = {
  exited: ({ exitCode, signal }) => exitText(exitCode, signal),
  cancelled: () => '0:0',
  timedOut: () => '0:0',
  outOfMemory: () => '0:125',
  nodeFailed: () => '0:0',
  launchFailed: () => '0:53',
  neverStarted: () => '0:0',
};

function exitOf({ outcome, isBatch }: AccountingRow): string {
  if (outcome === undefined) return '0:0';
  // The step shows how the script really ended, also when the job was cancelled.
  if (isBatch && 'exitCode' in outcome && outcome.kind !== 'outOfMemory') {
    return exitText(outcome.exitCode, outcome.signal);
  }
  return (JOB_EXIT[outcome.kind] as (outcome: Outcome) => string)(outcome);
}

function stateText(row: AccountingRow): string {
  const { outcome, state } = row;
  if (row.isBatch) return stepState(row);
  // A job that was given up for its dependency was cancelled by nobody.
  const isCancelled = state.name === 'CANCELLED' && outcome?.kind === 'cancelled';
  return isCancelled ? `CANCELLED by ${outcome.uid}` : state.name;
}

function stepState({ outcome, state }: AccountingRow): string {
  if (outcome === undefined) return state.name;
  if (outcome.kind === 'outOfMemory') return 'OUT_OF_MEMORY';
  if (!('exitCode' in outcome)) return 'CANCELLED';
  if (outcome.signal !== 0) return 'CANCELLED';
  return outcome.exitCode === 0 ? 'COMPLETED' : 'FAILED';
}

function elapsed(row: AccountingRow, now: Instant): number {
  if (row.startedAt === undefined) return 0;
  return Math.max(0, (row.endedAt ?? now) - row.startedAt);
}
const wholeSeconds = (ms: number) => Math.floor(ms / 1000);

/** How long the job waited once it could run. */
function reservedMs(row: AccountingRow, now: Instant): number {
  if (row.eligibleAt === undefined) return 0;
  return Math.max(0, (row.startedAt ?? row.endedAt ?? now) - row.eligibleAt);
}

function tres(row: AccountingRow, cpus: number, nodes: number, billing: boolean): string {
  const memory = memoryMib(row.view);
  const share =
    row.isBatch && nodes === 1 ? memory / Math.max(1, row.view.allocation?.length ?? 1) : memory;
  return [
    ...(billing ? [`billing=${cpus}`] : []),
    `cpu=${cpus}`,
    ...(memory > 0 ? [`mem=${formatMib(Math.round(share))}`] : []),
    `node=${nodes}`,
  ].join(',');
}

function jobIdText(row: AccountingRow, id: string): string {
  return row.isBatch ? `${id}.batch` : id;
}

function limitText(row: AccountingRow, format: (ms: number) => string): string {
  const limit = row.view.request.limits.wallTimeMs;
  if (limit !== undefined) return format(limit);
  return row.startedAt === undefined ? 'Partition_Limit' : 'UNLIMITED';
}

const reserved: Value = (row, { now }) => formatElapsed(reservedMs(row, now));
const reservedCpu: Value = (row, { now }) =>
  formatElapsed(reservedMs(row, now) * cpuCount(row.view));
const reservedCpuRaw: Value = (row, { now }) =>
  String(wholeSeconds(reservedMs(row, now)) * cpuCount(row.view));
const cpus: Value = (row) => String(row.cpus);
const memory: Value = (row, { unit, raw }) => {
  const kib = row.usage.maxMemoryKib;
  if (kib === 0) return '';
  return formatKib(kib, {
    ...(unit === undefined ? {} : { unit }),
    ...(raw === true ? { raw } : {}),
  });
};
const requestedMemory: Value = (row, { unit }) => {
  const mib = memoryMib(row.view);
  return mib === 0 ? '0' : formatMibIn(mib, unit === undefined ? {} : { unit });
};
const frequency: Value = (row) => (row.isBatch ? '0' : 'Unknown');
const energy = step((row) => (row.outcome === undefined ? '' : 'energy=0'));
const timeOr = (at: Instant | undefined, context: AccountingContext) =>
  at === undefined ? 'Unknown' : context.time(at);

/** Every field in the order of --helpformat. */
export const ACCOUNTING_FIELDS: readonly AccountingField[] = [
  field('Account', 10, (row) => visible(row.view.request.account ?? '')),
  field('AdminComment', 15),
  field('AllocCPUS', 10, cpus),
  field('AllocNodes', 10, (row) => String(row.isBatch ? 1 : row.nodes.length)),
  field('AllocTRES', 10, (row) =>
    row.hasRun ? tres(row, row.cpus, row.isBatch ? 1 : row.nodes.length, !row.isBatch) : '',
  ),
  field('AssocID', 7),
  field('AveCPU', 10),
  field(
    'AveCPUFreq',
    10,
    step(() => '0'),
  ),
  field('AveDiskRead', 14),
  field('AveDiskWrite', 14),
  field('AvePages', 10),
  field('AveRSS', 10, step(memory)),
  field('AveVMSize', 10),
  field('BlockID', 16),
  field('Cluster', 10, (_row, { cluster }) => cluster),
  field(
    'Comment',
    14,
    job((row) => visible(row.view.request.comment ?? '')),
  ),
  field('Constraints', 19),
  field(
    'ConsumedEnergy',
    14,
    step(() => '0'),
  ),
  field(
    'ConsumedEnergyRaw',
    17,
    step(() => '0'),
  ),
  field('Container', 19),
  field('CPUTime', 10, (row, { now }) => formatElapsed(elapsed(row, now) * row.cpus)),
  field('CPUTimeRAW', 10, (row, { now }) => String(wholeSeconds(elapsed(row, now)) * row.cpus)),
  left('DBIndex', 10, (row) => String(row.view.id)),
  field(
    'DerivedExitCode',
    15,
    job(() => '0:0'),
  ),
  field('Elapsed', 10, (row, { now }) => formatElapsed(elapsed(row, now))),
  field('ElapsedRaw', 10, (row, { now }) => String(wholeSeconds(elapsed(row, now)))),
  field('Eligible', 19, (row, context) => timeOr(row.eligibleAt, context)),
  field('End', 19, (row, context) => timeOr(row.endedAt, context)),
  field('ExitCode', 8, exitOf),
  field(
    'Flags',
    19,
    job((row) => (row.hasRun ? 'SchedMain,StartRecieved' : 'StartRecieved')),
  ),
  field(
    'GID',
    6,
    job((row) => String(row.view.owner.gid)),
  ),
  field(
    'Group',
    9,
    job((row) => visible(row.view.owner.group)),
  ),
  left('JobID', 12, (row, { listLength }) => jobIdText(row, writtenId(row.view, listLength))),
  left('JobIDRaw', 12, (row) => jobIdText(row, String(row.view.id))),
  field('JobName', 10, (row) => (row.isBatch ? 'batch' : visible(row.view.request.name))),
  field(
    'Layout',
    9,
    step(() => 'Unknown'),
  ),
  field('MaxDiskRead', 12),
  field('MaxDiskReadNode', 15),
  field('MaxDiskReadTask', 15),
  field('MaxDiskWrite', 12),
  field('MaxDiskWriteNode', 16),
  field('MaxDiskWriteTask', 16),
  field('MaxPages', 8),
  field('MaxPagesNode', 12),
  field('MaxPagesTask', 14),
  field('MaxRSS', 10, step(memory)),
  field(
    'MaxRSSNode',
    10,
    step((row) => (row.usage.maxMemoryKib > 0 ? (row.nodes[0] ?? '') : '')),
  ),
  field(
    'MaxRSSTask',
    10,
    step((row) => (row.usage.maxMemoryKib > 0 ? '0' : '')),
  ),
  field('MaxVMSize', 10),
  field('MaxVMSizeNode', 14),
  field('MaxVMSizeTask', 14),
  field('McsLabel', 12),
  field('MinCPU', 10),
  field('MinCPUNode', 10),
  field('MinCPUTask', 10),
  field('NCPUS', 10, cpus),
  field('NNodes', 8, (row) => String(row.isBatch ? 1 : row.nodes.length || nodeCount(row.view))),
  field('NodeList', 15, (row) =>
    row.nodes.length === 0 ? 'None assigned' : compressHostlist(row.nodes),
  ),
  field(
    'NTasks',
    8,
    step(() => '1'),
  ),
  field(
    'Partition',
    10,
    job((row) => visible(row.view.request.queue)),
  ),
  field(
    'Priority',
    10,
    job((row) => String(priorityOf(row.view))),
  ),
  field(
    'QOS',
    10,
    job((row) => extra(row, 'qos') || 'normal'),
  ),
  field(
    'QOSRAW',
    6,
    job(() => '1'),
  ),
  field(
    'Reason',
    22,
    job((row) => (row.view.state === 'pending' ? reasonOf(row.view) : 'None')),
  ),
  field('ReqCPUFreq', 10, frequency),
  field('ReqCPUFreqGov', 13, frequency),
  field('ReqCPUFreqMax', 13, frequency),
  field('ReqCPUFreqMin', 13, frequency),
  field('ReqCPUS', 8, (row) => String(row.isBatch ? row.cpus : cpuCount(row.view))),
  field('ReqMem', 10, job(requestedMemory)),
  field('ReqNodes', 8, (row) => String(row.isBatch ? 1 : nodeCount(row.view))),
  field(
    'ReqTRES',
    10,
    job((row) => tres(row, cpuCount(row.view), nodeCount(row.view), true)),
  ),
  field('Reservation', 20),
  field('ReservationId', 8),
  field('Reserved', 10, job(reserved)),
  field('ResvCPU', 10, job(reservedCpu)),
  field('ResvCPURAW', 10, job(reservedCpuRaw)),
  field('Start', 19, (row, context) => timeOr(row.startedAt, context)),
  field('State', 10, stateText),
  field('Submit', 19, (row, context) =>
    timeOr(row.isBatch ? row.startedAt : row.view.submittedAt, context),
  ),
  field(
    'SubmitLine',
    20,
    job((row) => extra(row, 'submitLine')),
  ),
  field('Suspended', 10, () => '00:00:00'),
  field('SystemComment', 15),
  field('SystemCPU', 10, (row) => formatCpuTime(row.usage.systemCpuMs)),
  field(
    'Timelimit',
    10,
    job((row) => limitText(row, formatElapsed)),
  ),
  field(
    'TimelimitRaw',
    10,
    job((row) => limitText(row, (ms) => String(Math.round(ms / 60_000)))),
  ),
  field('TotalCPU', 10, (row) => formatCpuTime(row.usage.userCpuMs + row.usage.systemCpuMs)),
  field('TRESUsageInAve', 14, energy),
  field('TRESUsageInMax', 14),
  field('TRESUsageInMaxNode', 18),
  field('TRESUsageInMaxTask', 18),
  field('TRESUsageInMin', 14),
  field('TRESUsageInMinNode', 18),
  field('TRESUsageInMinTask', 18),
  field('TRESUsageInTot', 14, energy),
  field('TRESUsageOutAve', 15, energy),
  field('TRESUsageOutMax', 15),
  field('TRESUsageOutMaxNode', 19),
  field('TRESUsageOutMaxTask', 19),
  field('TRESUsageOutMin', 15),
  field('TRESUsageOutMinNode', 19),
  field('TRESUsageOutMinTask', 19),
  field('TRESUsageOutTot', 15, energy),
  field(
    'UID',
    6,
    job((row) => String(row.view.owner.uid)),
  ),
  field(
    'User',
    9,
    job((row) => visible(row.view.owner.user)),
  ),
  field('UserCPU', 10, (row) => formatCpuTime(row.usage.userCpuMs)),
  field(
    'WCKey',
    10,
    job((row) => extra(row, 'wckey')),
  ),
  field(
    'WCKeyID',
    10,
    job(() => '0'),
  ),
  field(
    'WorkDir',
    20,
    job((row) => visible(row.view.request.workingDirectory)),
  ),
  hidden('Planned', 10, job(reserved)),
  hidden('PlannedCPU', 10, job(reservedCpu)),
  hidden('PlannedCPURAW', 10, job(reservedCpuRaw)),
  hidden(
    'Restarts',
    8,
    job((row) => String(row.view.earlierAttempts.length)),
  ),
];

/** `ALL`, a name or the beginning of one, in any case; undefined: no such field. */
export function fieldNamed(text: string): AccountingField | undefined {
  const lower = text.toLowerCase();
  return ACCOUNTING_FIELDS.find((known) => known.name.toLowerCase().startsWith(lower));
}
