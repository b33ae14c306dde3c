// What Slurm says of a launch: the SLURM_* variables of every job (recorded: 05-env), the files of
// its own jobs (04-output), and the script's name.

import type { JobRequest } from '../../model/job-request.ts';
import type {
  EnvironmentRow,
  HoleName,
  StreamTemplates,
  Template,
} from '../../model/launch-template.ts';
import type { Site } from '../../model/site.ts';
import type { Owner } from '../../model/user.ts';
import { type IndexSet, indexCount } from '../../model/index-set.ts';
import type { Launching, OrderedEnd } from '../kit/launching.ts';
import { zone } from '../kit/time-zone.ts';
import { nameTemplate } from './patterns.ts';
import { timeWriter } from './time-format.ts';

const hole = (name: HoleName): Template => [{ hole: name }];

/** Slurm's part of every launch. */
export const launching: Launching = {
  variables,
  streams,
  scriptName: 'slurm_script',
  directoryNote,
  endNote,
};

/** Recorded: 01-sbatch-basic/chdir-missing. It is said twice there. */
function directoryNote({ workingDirectory }: JobRequest): Template {
  const line: Template = [
    'slurmstepd-',
    { hole: 'node' },
    `: error: couldn't chdir to \`${workingDirectory}': `,
    { hole: 'error' },
    ': going to /tmp instead\n',
  ];
  return [...line, ...line];
}

/** Recorded: 04-output/cancel-message, 04-output/timeout. */
function endNote({ job, node, ending, at }: OrderedEnd): string {
  const time = timeWriter('standard', zone(undefined), at)(at);
  const why = ending.kind === 'timedOut' ? ' DUE TO TIME LIMIT' : '';
  return `slurmstepd-${node}: error: *** JOB ${job} ON ${node} CANCELLED AT ${time}${why} ***\n`;
}

function variables(request: JobRequest, owner: Owner, site: Site): readonly EnvironmentRow[] {
  const { extras = {}, resources } = request;
  const rows: EnvironmentRow[] = [
    ['ENVIRONMENT', ['BATCH']],
    ['HOSTNAME', hole('node')],
    ['SLURMD_NODENAME', hole('node')],
    ['SLURM_CLUSTER_NAME', [site.cluster]],
    ['SLURM_CPUS_ON_NODE', hole('cpus')],
    ['SLURM_GTIDS', ['0']],
    ['SLURM_JOBID', hole('job')],
    ['SLURM_JOB_CPUS_PER_NODE', hole('cpusByNode')],
    ['SLURM_JOB_GID', [String(owner.gid)]],
    ['SLURM_JOB_ID', hole('job')],
    ['SLURM_JOB_NAME', [request.name]],
    ['SLURM_JOB_NODELIST', hole('nodeList')],
    ['SLURM_JOB_NUM_NODES', hole('nodeCount')],
    ['SLURM_JOB_PARTITION', [request.queue]],
    ['SLURM_JOB_QOS', [String(extras['slurm.qos'] ?? 'normal')]],
    ['SLURM_JOB_UID', [String(owner.uid)]],
    ['SLURM_JOB_USER', [owner.user]],
    ['SLURM_LOCALID', ['0']],
    ['SLURM_NNODES', hole('nodeCount')],
    ['SLURM_NODEID', ['0']],
    ['SLURM_NODELIST', hole('nodeList')],
    ['SLURM_NODE_ALIASES', ['(null)']],
    ['SLURM_PRIO_PROCESS', ['0']],
    ['SLURM_PROCID', ['0']],
    ['SLURM_SUBMIT_DIR', [request.workingDirectory]],
    ['SLURM_SUBMIT_HOST', [request.submitHost]],
    ['SLURM_TASKS_PER_NODE', hole('tasksByNode')],
    ['SLURM_TASK_PID', hole('pid')],
    ['SLURM_TOPOLOGY_ADDR', hole('node')],
    ['SLURM_TOPOLOGY_ADDR_PATTERN', ['node']],
    ['SLURM_WORKING_CLUSTER', [`${site.cluster}:${site.host}:6817:9728:109`]],
    ['TMPDIR', ['/tmp']],
  ];
  // Only a job that may run again has ever been restarted.
  if (request.rerunnable === true || request.retry !== undefined) {
    rows.push(['SLURM_RESTART_COUNT', [{ hole: 'restarts', unlessZero: true }]]);
  }
  const add = (name: string, value: string | number | boolean | undefined) => {
    if (value !== undefined) rows.push([name, [String(value)]]);
  };
  add('SLURM_JOB_ACCOUNT', request.account);
  add('SLURM_CPUS_PER_TASK', extras['slurm.cpusPerTask']);
  add('SLURM_NTASKS_PER_NODE', extras['slurm.tasksPerNode']);
  // Only where -n was given, as in the recordings; other dialects always say how many.
  const tasks = request.dialect === 'slurm' ? extras['slurm.ntasks'] : resources.tasks;
  add('SLURM_NTASKS', tasks);
  add('SLURM_NPROCS', tasks);
  add('SLURM_MEM_PER_CPU', resources.memoryMibPerCpu);
  add('SLURM_MEM_PER_NODE', resources.memoryMibPerNode);
  if (request.array !== undefined) rows.push(...arrayVariables(request.array.indices));
  return rows;
}

function arrayVariables(indices: IndexSet): EnvironmentRow[] {
  const [first] = indices;
  const last = indices.at(-1);
  if (first === undefined || last === undefined) return [];
  const maximum = last.first + (last.count - 1) * last.step;
  return [
    ['SLURM_ARRAY_JOB_ID', hole('base')],
    ['SLURM_ARRAY_TASK_COUNT', [String(indexCount(indices))]],
    ['SLURM_ARRAY_TASK_ID', hole('index')],
    ['SLURM_ARRAY_TASK_MAX', [String(maximum)]],
    ['SLURM_ARRAY_TASK_MIN', [String(first.first)]],
    ['SLURM_ARRAY_TASK_STEP', [String(indices.length === 1 ? first.step : 1)]],
  ];
}

function streams(request: JobRequest, owner: Owner): StreamTemplates {
  const { stdin, stdout, stderr } = request.streams;
  const defaultName = request.array === undefined ? 'slurm-%j.out' : 'slurm-%A_%a.out';
  const named = (pattern: string) => nameTemplate(pattern, request, owner);
  return {
    stdin: named(stdin ?? '/dev/null'),
    stdout: named(stdout ?? defaultName),
    ...(stderr === undefined ? {} : { stderr: named(stderr) }),
  };
}
