// The job report that LSF appends to the output (or mails), in the form of LSF 10 with
// LSB_STDOUT_DIRECT: behind the output. Clients look for the status line two lines above
// "Resource usage summary:".

import type { Site } from '../../model/site.ts';
import { isSuccess } from '../../model/outcome.ts';
import type { JobView } from '../../model/view.ts';
import { visible } from '../kit/control-characters.ts';
import type { Zone } from '../kit/time-zone.ts';
import { fullDate } from './dates.ts';
import { elementId } from './job-ids.ts';
import { cpuMs, hostList, nameText, homeDirectory } from './listing/facts.ts';
import { exitCodeOf, terminationOf, terminationText } from './outcomes.ts';
import { expandedName } from './patterns.ts';

const DASHES = '-'.repeat(60);
const MOST_SCRIPT_LINES = 50;

/**
 * The whole text, from the empty line before it on. `script` is the job's own (one character a
 * byte), or its command line. Jobs of other dialects get the same report.
 */
export function renderReport(view: JobView, script: string, site: Site, zone: Zone): string {
  return [
    '',
    DASHES,
    ...headLines(view, site, zone),
    '',
    'Your job looked like:',
    '',
    DASHES,
    '# LSBATCH: User input',
    ...scriptLines(script),
    DASHES,
    '',
    ...endLines(view),
    '',
    'Resource usage summary:',
    '',
    ...usageLines(view),
    '',
    'The output (if any) is above this job summary.',
    '',
    ...errorLines(view),
    '',
  ].join('\n');
}

function headLines(view: JobView, site: Site, zone: Zone): readonly string[] {
  const { request, owner, submittedAt, startedAt, endedAt } = view;
  const name = nameText(view);
  const cluster = visible(site.cluster);
  const done = view.outcome !== undefined && isSuccess(view.outcome) ? 'Done' : 'Exited';
  const user = visible(owner.user);
  const host = visible(request.submitHost);
  const submitted = `by user <${user}> in cluster <${cluster}> at ${fullDate(submittedAt, zone)}`;
  const ended = endedAt ?? startedAt ?? submittedAt;
  const home = homeDirectory(view);
  return [
    `Sender: LSF System <lsfadmin@${visible(site.host)}>`,
    `Subject: Job ${elementId(view.base, view.element)}: <${name}> in cluster <${cluster}> ${done}`,
    '',
    `Job <${name}> was submitted from host <${host}> ${submitted}`,
    ...executed(view, `as user <${user}> in cluster <${cluster}>`, zone),
    ...(home === '' ? [] : [`<${home}> was used as the home directory.`]),
    `<${visible(request.workingDirectory)}> was used as the working directory.`,
    ...(startedAt === undefined ? [] : [`Started at ${fullDate(startedAt, zone)}`]),
    `Terminated at ${fullDate(ended, zone)}`,
    `Results reported at ${fullDate(ended, zone)}`,
  ];
}

/** The first host ends the sentence; further ones stand on lines of their own. */
function executed(view: JobView, who: string, zone: Zone): readonly string[] {
  const [first, ...others] = hostList(view, true);
  if (first === undefined || view.startedAt === undefined) return [];
  const queue = visible(view.request.queue);
  return [
    `Job was executed on host(s) <${first}>, in queue <${queue}>, ` +
      `${who} at ${fullDate(view.startedAt, zone)}`,
    ...others.map((host) => `${' '.repeat(28)}<${host}>`),
  ];
}

function scriptLines(script: string): readonly string[] {
  const lines = script.split('\n');
  if (lines.length - 1 <= MOST_SCRIPT_LINES) return lines;
  return [...lines.slice(0, MOST_SCRIPT_LINES), '(... more ...)'];
}

function endLines({ outcome }: JobView): readonly string[] {
  if (outcome === undefined || isSuccess(outcome)) return ['Successfully completed.'];
  const termination = terminationOf(outcome);
  const line = `Exited with exit code ${exitCodeOf(outcome)}.`;
  return termination === undefined ? [line] : [`${terminationText(termination)}.`, line];
}

function usageLines(view: JobView): readonly string[] {
  const { startedAt, endedAt, submittedAt, usage } = view;
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} sec.`;
  const maxMib = usage === undefined ? 0 : usage.maxMemoryKib / 1024;
  const askedMib = requestedMib(view);
  const ended = endedAt ?? submittedAt;
  return [
    usageLine('CPU time', `${(cpuMs(view) / 1000).toFixed(2)} sec.`),
    usageLine('Max Memory', maxMib === 0 ? '-' : `${Math.max(1, Math.round(maxMib))} MB`),
    usageLine('Average Memory', '-'),
    usageLine('Total Requested Memory', askedMib === undefined ? '-' : `${askedMib.toFixed(2)} MB`),
    usageLine(
      'Delta Memory',
      askedMib === undefined || maxMib === 0 ? '-' : `${(askedMib - maxMib).toFixed(2)} MB`,
    ),
    usageLine('Max Swap', '-'),
    usageLine('Max Processes', '-'),
    usageLine('Max Threads', '-'),
    usageLine('Run time', seconds(startedAt === undefined ? 0 : ended - startedAt)),
    usageLine('Turnaround time', seconds(ended - submittedAt)),
  ];
}

/** Values stand in column 49. */
function usageLine(label: string, value: string): string {
  return `    ${label} :`.padEnd(49) + value;
}

/** Memory asked for on all nodes together. */
function requestedMib({ request, allocation }: JobView): number | undefined {
  const { memoryMibPerNode, memoryMibPerCpu, tasks, cpusPerTask } = request.resources;
  if (memoryMibPerNode !== undefined)
    return memoryMibPerNode * Math.max(1, allocation?.length ?? 1);
  return memoryMibPerCpu === undefined ? undefined : memoryMibPerCpu * tasks * cpusPerTask;
}

function errorLines({ request, base, element }: JobView): readonly string[] {
  const { stderr } = request.streams;
  if (stderr === undefined) return [];
  const name = visible(expandedName(stderr, base, element ?? 0));
  return ['', '', 'PS:', '', `Read file <${name}> for stderr output of this job.`, ''];
}
