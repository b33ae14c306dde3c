// The fields of `bjobs -o`: name, width when asked for with a bare colon, value. Every field name
// of LSF 10.1 is known; those that nothing is known of are empty (`-` in text, "" in JSON).

import type { Instant } from '../../../base/brand.ts';
import { isSuccess } from '../../../model/outcome.ts';
import type { JobView } from '../../../model/view.ts';
import { visible } from '../../kit/control-characters.ts';
import type { FeatureRow } from '../../kit/compatibility.ts';
import type { Zone } from '../../kit/time-zone.ts';
import { shortDate } from '../dates.ts';
import { exitCodeOf, terminationOf, terminationText } from '../outcomes.ts';
import { pendingPhrase } from '../reasons.ts';
import { statOf } from '../states.ts';
import {
  bytesText,
  cpuMs,
  extra,
  fromHome,
  hostList,
  hoursText,
  nameText,
  projectText,
  runMs,
} from './facts.ts';

/** What values depend on besides the job. */
export interface FieldSettings {
  readonly zone: Zone;
  readonly now: Instant;
  readonly isShortHostList: boolean;
  /** `-hms`: durations as hh:mm:ss. */
  readonly isClockTime: boolean;
}

/** The value of a field; '' when there is none. */
export type FieldValue = (view: JobView, settings: FieldSettings) => string;

/** A field. */
export interface Field {
  readonly name: string;
  readonly width: number;
  readonly value: FieldValue;
  readonly aliases?: readonly string[];
  /** Cut at its head rather than its end. */
  readonly isCutAtHead?: boolean;
}

const time = (at: Instant | undefined, { zone }: FieldSettings): string =>
  at === undefined ? '' : shortDate(at, zone);

const seconds = (
  ms: number | undefined,
  { isClockTime }: FieldSettings,
  digits: number,
): string => {
  if (ms === undefined) return '';
  return isClockTime ? hoursText(ms, 2) : `${(ms / 1000).toFixed(digits)} second(s)`;
};

const whole = (ms: number | undefined, settings: FieldSettings): string =>
  seconds(ms === undefined ? undefined : Math.floor(ms / 1000) * 1000, settings, 0);

const text = (value: string | undefined): string => (value === undefined ? '' : visible(value));

function pendMs(view: JobView, now: number): number {
  return Math.max(0, (view.startedAt ?? view.endedAt ?? now) - view.submittedAt);
}

const NOTHING: FieldValue = () => '';

/** ` L`: the time at which the run limit ends it. */
function finishTime(view: JobView, settings: FieldSettings): string {
  if (view.endedAt !== undefined) return time(view.endedAt, settings);
  const limit = view.request.limits.wallTimeMs;
  if (view.startedAt === undefined || limit === undefined) return '';
  return `${time((view.startedAt + limit) as Instant, settings)} L`;
}

function percentComplete(view: JobView, { now }: FieldSettings): string {
  const limit = view.request.limits.wallTimeMs;
  const ran = runMs(view, now);
  if (limit === undefined || ran === undefined || view.state === 'finished') return '';
  return `${Math.min(100, (ran / limit) * 100).toFixed(2)}% L`;
}

function timeLeft(view: JobView, { now }: FieldSettings): string {
  const limit = view.request.limits.wallTimeMs;
  const ran = runMs(view, now);
  if (limit === undefined || ran === undefined || view.endedAt !== undefined) return '';
  const minutes = Math.max(0, Math.floor((limit - ran) / 60_000));
  return `${Math.floor(minutes / 60)}:${minutes % 60} L`;
}

function runLimit(view: JobView): string {
  const limit = view.request.limits.wallTimeMs;
  return limit === undefined ? '' : (limit / 60_000).toFixed(1);
}

function exitCode({ outcome }: JobView): string {
  if (outcome === undefined || isSuccess(outcome)) return '';
  const code = exitCodeOf(outcome);
  return code === 0 ? '' : String(code);
}

function exitReason({ outcome }: JobView): string {
  const termination = outcome === undefined ? undefined : terminationOf(outcome);
  return termination === undefined ? '' : terminationText(termination);
}

function killReason({ outcome }: JobView): string {
  return outcome?.kind === 'cancelled' ? text(outcome.why) : '';
}

const requirement: FieldValue = (view) =>
  extra(view, 'requirement') || 'select[type == local] order[r15s:pg]';

const maxMemory: FieldValue = ({ usage }) =>
  usage === undefined || usage.maxMemoryKib === 0 ? '' : bytesText(usage.maxMemoryKib);

const slots: FieldValue = ({ request }) => String(request.resources.tasks);

const rlimit =
  (name: string): FieldValue =>
  ({ request }) => {
    const soft = request.resourceLimits?.[name]?.[0] ?? -1;
    return soft < 0 || request.dialect !== 'lsf' ? '' : bytesText(Math.floor(soft / 1024));
  };

type Row = readonly [name: string, width: number, value: FieldValue, ...aliases: string[]];

const ROWS: readonly Row[] = [
  ['jobid', 7, ({ base }) => String(base), 'id'],
  ['jobindex', 8, ({ element = 0 }) => String(element)],
  ['stat', 5, (view) => statOf(view)],
  ['user', 7, ({ owner }) => text(owner.user)],
  ['user_group', 15, (view) => extra(view, 'userGroup'), 'ugroup'],
  ['queue', 10, ({ request }) => text(request.queue)],
  ['job_name', 10, nameText, 'name', 'jname'],
  ['job_description', 17, ({ request }) => text(request.comment), 'description'],
  ['proj_name', 11, projectText, 'proj', 'project'],
  ['application', 13, (view) => extra(view, 'application'), 'app'],
  ['service_class', 13, NOTHING, 'sla'],
  ['job_group', 10, (view) => extra(view, 'group'), 'group'],
  ['job_priority', 12, ({ request }) => String(request.userPriority ?? ''), 'priority'],
  ['rsvid', 40, NOTHING],
  ['esub', 20, NOTHING],
  ['kill_reason', 50, killReason],
  ['suspend_reason', 50, NOTHING],
  ['resume_reason', 50, NOTHING],
  ['kill_issue_host', 50, NOTHING],
  ['suspend_issue_host', 50, NOTHING],
  ['resume_issue_host', 50, NOTHING],
  ['dependency', 15, (view) => extra(view, 'dependency')],
  [
    'pend_reason',
    11,
    (view) => (pendingPhrase(view) === undefined ? '' : `${pendingPhrase(view)};`),
  ],
  ['charged_saap', 50, NOTHING, 'saap'],
  ['delay_order', 12, NOTHING],
  ['command', 15, ({ request }) => text(request.command), 'cmd'],
  ['pre_exec_command', 16, NOTHING, 'pre_cmd'],
  ['post_exec_command', 17, NOTHING, 'post_cmd'],
  ['resize_notification_command', 27, NOTHING, 'resize_cmd'],
  ['pids', 20, NOTHING],
  ['exit_code', 10, exitCode],
  ['exit_reason', 50, exitReason],
  ['exception_status', 16, NOTHING, 'except_stat'],
  ['from_host', 11, ({ request }) => text(request.submitHost)],
  ['first_host', 11, ({ allocation }) => allocation?.[0]?.node ?? ''],
  ['exec_host', 11, (view, { isShortHostList }) => hostList(view, isShortHostList).join(':')],
  ['nexec_host', 10, ({ allocation }) => String(allocation?.length ?? '')],
  ['ask_hosts', 30, ({ request }) => (request.resources.nodeNames ?? []).map(visible).join(' ')],
  ['alloc_slot', 20, (view, { isShortHostList }) => hostList(view, isShortHostList).join(':')],
  [
    'nalloc_slot',
    10,
    (view, settings) => (view.allocation === undefined ? '' : slots(view, settings)),
  ],
  ['nreq_slot', 10, slots],
  ['host_file', 10, NOTHING],
  ['exclusive', 13, ({ request }) => (request.resources.exclusive ? 'exclusive' : '')],
  ['submit_time', 15, (view, settings) => time(view.submittedAt, settings)],
  ['start_time', 15, (view, settings) => time(view.startedAt, settings)],
  [
    'estimated_start_time',
    20,
    (view, settings) => time(view.expectedStartAt, settings),
    'estart_time',
  ],
  [
    'specified_start_time',
    20,
    ({ request }, settings) => time(request.beginAt, settings),
    'sstart_time',
  ],
  ['specified_terminate_time', 24, NOTHING, 'sterminate_time'],
  ['time_left', 11, timeLeft],
  ['finish_time', 16, finishTime],
  ['estimated_run_time', 20, NOTHING, 'ertime'],
  ['ru_utime', 12, ({ usage }, settings) => seconds(usage?.userCpuMs, settings, 1)],
  ['ru_stime', 12, ({ usage }, settings) => seconds(usage?.systemCpuMs, settings, 1)],
  ['%complete', 11, percentComplete],
  ['warning_action', 15, NOTHING, 'warn_act'],
  ['action_warning_time', 19, NOTHING, 'warn_time'],
  ['pend_time', 12, (view, { now, isClockTime }) => clockOrSeconds(pendMs(view, now), isClockTime)],
  ['pendstate', 9, ({ state, heldBy }) => (state !== 'pending' ? '' : heldBy ? 'IPEND' : 'EPEND')],
  ['ependtime', 9, NOTHING],
  ['ipendtime', 9, NOTHING],
  [
    'cpu_used',
    10,
    (view, settings) =>
      seconds(view.startedAt === undefined ? undefined : cpuMs(view), settings, 1),
  ],
  ['run_time', 15, (view, settings) => whole(runMs(view, settings.now), settings)],
  ['idle_factor', 11, NOTHING],
  ['slots', 5, slots],
  ['mem', 15, NOTHING],
  ['max_mem', 15, maxMemory],
  ['avg_mem', 15, NOTHING],
  [
    'memlimit',
    15,
    ({ request }) =>
      request.limits.memoryMib === undefined ? '' : bytesText(request.limits.memoryMib * 1024),
  ],
  ['swap', 15, NOTHING],
  ['swaplimit', 15, rlimit('as')],
  ['gpu_num', 10, NOTHING, 'gnum'],
  ['gpu_mode', 20, NOTHING, 'gmode'],
  ['gpu_alloc', 30, NOTHING, 'galloc'],
  ['j_exclusive', 11, NOTHING, 'j_excl'],
  ['nthreads', 10, NOTHING],
  ['hrusage', 50, NOTHING],
  ['min_req_proc', 12, slots],
  ['max_req_proc', 12, slots],
  ['effective_resreq', 17, requirement, 'eresreq'],
  ['combined_resreq', 20, requirement, 'cresreq'],
  ['network_req', 15, NOTHING],
  ['filelimit', 10, rlimit('fsize')],
  ['corelimit', 10, rlimit('core')],
  ['stacklimit', 10, rlimit('stack')],
  ['processlimit', 12, NOTHING],
  ['runtimelimit', 12, runLimit],
  ['runlimit', 10, runLimit],
  ['plimit', 10, NOTHING],
  ['input_file', 10, ({ request }) => text(request.streams.stdin)],
  ['output_file', 11, ({ request }) => text(request.streams.stdout)],
  ['error_file', 10, ({ request }) => text(request.streams.stderr)],
  ['output_dir', 15, NOTHING],
  ['sub_cwd', 10, (view) => fromHome(view, submitDirectory(view))],
  ['exec_home', 10, (view) => (view.startedAt === undefined ? '' : extra(view, 'home'))],
  [
    'exec_cwd',
    10,
    (view) => (view.startedAt === undefined ? '' : text(view.request.workingDirectory)),
  ],
  ['licproject', 20, NOTHING],
  ['forward_cluster', 15, NOTHING, 'fwd_cluster'],
  ['forward_time', 15, NOTHING, 'fwd_time'],
  ['srcjobid', 8, NOTHING],
  ['dstjobid', 8, NOTHING],
  ['source_cluster', 15, NOTHING, 'srcluster'],
  ['energy', 15, NOTHING],
  ['gpfsio', 15, NOTHING],
  ['block', 5, NOTHING],
  ['cpu_peak', 10, NOTHING],
  ['cpu_peak_efficiency', 19, NOTHING],
  ['mem_efficiency', 14, NOTHING],
  ['average_cpu_efficiency', 22, NOTHING],
  ['cpu_peak_reached_duration', 25, NOTHING],
  ['all_jobs_reasons', 20, NOTHING],
  ['subm_host', 11, ({ request }) => text(request.submitHost)],
  ['nalloc_gpu', 10, NOTHING],
  ['ac_req', 10, NOTHING],
  ['runtime_left', 12, NOTHING],
  ['rank', 10, NOTHING],
  ['req_order', 10, NOTHING],
];

/** The fields as COMPATIBILITY.md lists them. */
export const FIELD_ROWS: readonly FeatureRow[] = ROWS.map(([name, , value, ...aliases]) => ({
  name: [name, ...aliases].map((one) => `\`${one}\``).join(', '),
  support:
    value === NOTHING
      ? { kind: 'accepted', note: 'Always empty.' }
      : { kind: 'full', evidence: 'LSF 10.1 reference, bjobs -o' },
}));

/** All fields by name and alias, in lower case. */
export const FIELDS: ReadonlyMap<string, Field> = new Map(
  ROWS.flatMap(([name, width, value, ...aliases]) => {
    const field: Field = { name, width, value, aliases, isCutAtHead: name === 'job_name' };
    return [name, ...aliases].map((key) => [key, field] as const);
  }),
);

function submitDirectory(view: JobView): string {
  const given = view.request.extras?.['lsf.submitDirectory'];
  return typeof given === 'string' ? given : view.request.workingDirectory;
}

function clockOrSeconds(ms: number, isClockTime: boolean): string {
  return isClockTime ? hoursText(ms, 2) : String(Math.floor(ms / 1000));
}
