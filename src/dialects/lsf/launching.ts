// The variables that LSF gives every job, and the streams of the jobs that bsub submitted.

import type { JobRequest } from '../../model/job-request.ts';
import type { EnvironmentRow, StreamTemplates, Template } from '../../model/launch-template.ts';
import type { Site } from '../../model/site.ts';
import type { Owner } from '../../model/user.ts';
import type { Launching } from '../kit/launching.ts';
import { fileTemplate } from './patterns.ts';

/** LSB_HOSTS is left out for jobs with more slots than this, as LSF does for long lists. */
const MOST_LISTED_SLOTS = 1024;

/** What a launch has to know of LSF. */
export const launching: Launching = {
  variables,
  streams,
  scriptName: 'lsbatch.shell',
};

const BASE: Template = [{ hole: 'base' }];
const INDEX: Template = [{ hole: 'index' }];
const NODE: Template = [{ hole: 'node' }];

function variables(request: JobRequest, owner: Owner, site: Site): readonly EnvironmentRow[] {
  const slots = request.resources.tasks;
  const element: Template = request.array === undefined ? [] : ['[', { hole: 'index' }, ']'];
  const rows: EnvironmentRow[] = [
    ['LSB_JOBID', BASE],
    ['LSB_JOBINDEX', INDEX],
    ['LSB_BATCH_JID', [...BASE, ...element]],
    ['LSB_JOBNAME', [request.name, ...element]],
    ['LSB_QUEUE', [request.queue]],
    ['LSB_MCPU_HOSTS', [...NODE, ` ${slots} `]],
    ['LSB_DJOB_NUMPROC', [String(slots)]],
    ['LSB_MAX_NUM_PROCESSORS', [String(slots)]],
    ['LSB_SUB_HOST', [request.submitHost]],
    ['LSB_SUB_USER', [owner.user]],
    ['LSB_JOB_EXECUSER', [owner.user]],
    ['LSFUSER', [owner.user]],
    ['LSB_UNIXGROUP', [owner.group]],
    ['LS_SUBCWD', [text(request, 'submitDirectory') || request.workingDirectory]],
    ['LSB_EXEC_CLUSTER', [site.cluster]],
    ['LSB_PROJECT_NAME', [request.account ?? 'default']],
    ['LSB_EXIT_PRE_ABORT', ['99']],
    ['LSB_TRAPSIGS', ['trap # 15 10 12 2 1']],
    ['LS_EXEC_T', ['START']],
    ['LS_JOBPID', [{ hole: 'pid' }]],
    ['LSF_INVOKE_CMD', ['bsub']],
    ['LSB_JOBFILENAME', [{ hole: 'directory' }, '/lsbatch']],
    ['LSB_CHKFILENAME', [{ hole: 'directory' }, '/lsbatch']],
  ];
  if (slots <= MOST_LISTED_SLOTS) rows.push(['LSB_HOSTS', listed(slots)]);
  return [...rows, ...arrayRows(request), ...requestRows(request)];
}

/** The host once a slot. */
function listed(slots: number): Template {
  return Array.from({ length: slots }, (_, i) => (i === 0 ? NODE : [' ', ...NODE])).flat();
}

function arrayRows({ array }: JobRequest): readonly EnvironmentRow[] {
  if (array === undefined) return [];
  let last = 0;
  for (const { first, count, step } of array.indices) last = first + (count - 1) * step;
  const step = array.indices[0]?.step ?? 1;
  return [
    ['LSB_JOBINDEX_STEP', [String(step)]],
    ['LSB_JOBINDEX_END', [String(last)]],
  ];
}

function requestRows(request: JobRequest): readonly EnvironmentRow[] {
  const rows: EnvironmentRow[] = [];
  const add = (name: string, value: string): void => {
    if (value !== '') rows.push([name, [value]]);
  };
  add('LSB_JOBGROUP', text(request, 'group'));
  add('LSB_APPLICATION_NAME', text(request, 'application'));
  add('LSB_EFFECTIVE_RSRCREQ', text(request, 'requirement'));
  if (request.dialect !== 'lsf') return rows;
  const { stdin, stdout, stderr } = request.streams;
  if (stdin !== undefined) rows.push(['LSB_INPUTFILE', fileTemplate(stdin)]);
  if (stdout !== undefined) rows.push(['LSB_OUTPUTFILE', fileTemplate(stdout)]);
  if (stderr !== undefined) rows.push(['LSB_ERRORFILE', fileTemplate(stderr)]);
  return rows;
}

function text({ extras }: JobRequest, name: string): string {
  const value = extras?.[`lsf.${name}`];
  return value === undefined ? '' : String(value);
}

function streams({ streams: files }: JobRequest): StreamTemplates {
  return {
    stdin: files.stdin === undefined ? ['/dev/null'] : fileTemplate(files.stdin),
    ...(files.stdout === undefined ? {} : { stdout: fileTemplate(files.stdout) }),
    ...(files.stderr === undefined ? {} : { stderr: fileTemplate(files.stderr) }),
  };
}
