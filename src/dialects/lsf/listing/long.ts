// `bjobs -l`: sentences of comma-separated facts, broken hard behind 79 characters, further lines
// indented by 21 blanks. Clients join the lines again by deleting exactly that, so both numbers
// hold.

import type { Instant } from '../../../base/brand.ts';
import { isSuccess } from '../../../model/outcome.ts';
import type { JobView } from '../../../model/view.ts';
import { visible } from '../../kit/control-characters.ts';
import type { Zone } from '../../kit/time-zone.ts';
import { longDate } from '../dates.ts';
import { elementId } from '../job-ids.ts';
import { exitCodeOf, terminationOf, terminationText } from '../outcomes.ts';
import { pendingPhrase } from '../reasons.ts';
import { statOf } from '../states.ts';
import { bytesText, cpuMs, extra, fromHome, hostList, nameText, projectText } from './facts.ts';

const WIDTH = 79;
const INDENT = ' '.repeat(21);

/** Between two jobs. */
export const LONG_SEPARATOR = `${'-'.repeat(78)}\n`;

/** What the texts depend on. */
export interface LongSettings {
  readonly zone: Zone;
  readonly isShortHostList: boolean;
  /** `-UF`: one line a sentence. */
  readonly isUnformatted: boolean;
}

const LOAD_TABLE = `
 SCHEDULING PARAMETERS:
           r15s   r1m  r15m   ut      pg    io   ls    it    tmp    swp    mem
 loadSched   -     -     -     -       -     -    -     -     -      -      -  
 loadStop    -     -     -     -       -     -    -     -     -      -      -  
`;

/** Breaks a sentence as LSF does. */
export function wrapped(sentence: string): string {
  let text = sentence.slice(0, WIDTH);
  for (let at = WIDTH; at < sentence.length; at += WIDTH - INDENT.length) {
    text += `\n${INDENT}${sentence.slice(at, at + WIDTH - INDENT.length)}`;
  }
  return `${text}\n`;
}

/** Everything about one job. */
export function longText(view: JobView, settings: LongSettings): string {
  const { zone, isUnformatted } = settings;
  const lay = isUnformatted ? (sentence: string) => `${sentence}\n` : wrapped;
  const event = (at: Instant, sentence: string): string =>
    lay(`${longDate(at, zone)}: ${sentence}`);
  let text = `\n${lay(head(view))}${event(view.submittedAt, `${submission(view)};`)}`;
  text += limits(view);
  if (view.startedAt !== undefined) text += event(view.startedAt, `${started(view, settings)};`);
  if (view.outcome !== undefined && view.endedAt !== undefined && view.state === 'finished') {
    text += ending(view, (sentence) => event(view.endedAt as Instant, sentence));
  }
  const phrase = pendingPhrase(view);
  if (phrase !== undefined) {
    const heading = view.heldBy === undefined ? ' PENDING REASONS:' : ' SUSPENDING REASONS:';
    text += `${heading}\n ${phrase};\n`;
  }
  return `${text}${LOAD_TABLE}${requirements(view)}`;
}

function head(view: JobView): string {
  const { request } = view;
  const parts = [`Job <${elementId(view.base, view.element)}>`];
  const add = (label: string, value: string): void => {
    if (value !== '') parts.push(`${label} <${value}>`);
  };
  if (request.dialect !== 'lsf' || extra(view, 'named') !== '') add('Job Name', nameText(view));
  add('User', visible(view.owner.user));
  add('Project', projectText(view));
  add('Application', extra(view, 'application'));
  add('Job Group', extra(view, 'group'));
  add('User Group', extra(view, 'userGroup'));
  add('Mail', extra(view, 'mail'));
  add('Status', statOf(view));
  add('Queue', visible(request.queue));
  add('Job Priority', String(request.userPriority ?? ''));
  add('Command', visible(request.command));
  add('Job Description', visible(request.comment ?? ''));
  return parts.join(', ');
}

function submission(view: JobView): string {
  const { request } = view;
  const { streams, resources } = request;
  const hold = request.held === undefined ? '' : ' with hold';
  const parts = [`Submitted from host <${visible(request.submitHost)}>${hold}`];
  const add = (label: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') parts.push(`${label} <${visible(value)}>`);
  };
  parts.push(`CWD <${fromHome(view, submitDirectory(view))}>`);
  add('Input File', streams.stdin);
  add(`Output File${streams.openMode === 'truncate' ? ' (overwrite)' : ''}`, streams.stdout);
  const isOverwritten = streams.stderrOpenMode === 'truncate';
  add(`Error File${isOverwritten ? ' (overwrite)' : ''}`, streams.stderr);
  if (request.rerunnable) parts.push('Re-runnable');
  if (resources.exclusive) parts.push('Exclusive Execution');
  if (resources.tasks > 1) parts.push(`${resources.tasks} Task(s)`);
  add('Requested Resources', extra(view, 'requirement'));
  add('Specified Hosts', resources.nodeNames?.join(' '));
  add('Dependency Condition', extra(view, 'dependency'));
  add('Login Shell', extra(view, 'loginShell'));
  return parts.join(', ');
}

function submitDirectory(view: JobView): string {
  const given = view.request.extras?.['lsf.submitDirectory'];
  return typeof given === 'string' ? given : view.request.workingDirectory;
}

/** Tables of the limits, each behind an empty line. */
function limits({ request }: JobView): string {
  const { wallTimeMs, memoryMib } = request.limits;
  let text = '';
  if (wallTimeMs !== undefined) {
    const minutes = (wallTimeMs / 60_000).toFixed(1);
    text += `\n RUNLIMIT                \n ${minutes} min of ${visible(request.submitHost)}\n`;
  }
  if (memoryMib !== undefined) text += `\n MEMLIMIT\n${limitText(memoryMib).padStart(8)} \n`;
  return text === '' ? '' : `${text}\n`;
}

function limitText(mib: number): string {
  return mib % 1024 === 0 ? `${mib / 1024} G` : `${mib} M`;
}

function started(view: JobView, { isShortHostList }: LongSettings): string {
  const hosts = hostList(view, isShortHostList)
    .map((host) => `<${host}>`)
    .join(' ');
  const slots = view.request.resources.tasks;
  const home = extra(view, 'home');
  return [
    `Started ${slots} Task(s) on Host(s) ${hosts}`,
    `Allocated ${slots} Slot(s) on Host(s) ${hosts}`,
    ...(home === '' ? [] : [`Execution Home <${home}>`]),
    `Execution CWD <${visible(view.request.workingDirectory)}>`,
  ].join(', ');
}

function ending(view: JobView, event: (sentence: string) => string): string {
  const { outcome, usage } = view;
  if (outcome === undefined) return '';
  const used = `The CPU time used is ${(cpuMs(view) / 1000).toFixed(1)} seconds.`;
  const termination = terminationOf(outcome);
  const code = exitCodeOf(outcome);
  let text = '';
  if (isSuccess(outcome)) text += event(`Done successfully. ${used}`);
  else if (view.startedAt !== undefined) text += event(`Exited with exit code ${code}. ${used}`);
  else if (termination === undefined) text += event(`Exited with exit code ${code}.`);
  if (termination !== undefined) {
    text += event(`Completed <exit>; ${terminationText(termination)}.`);
  }
  if (usage === undefined || usage.maxMemoryKib === 0) return text;
  return `${text}\n MEMORY USAGE:\n MAX MEM: ${bytesText(usage.maxMemoryKib)};  AVG MEM: -\n`;
}

function requirements(view: JobView): string {
  const text = extra(view, 'requirement') || 'select[type == local] order[r15s:pg]';
  return `\n RESOURCE REQUIREMENT DETAILS:\n Combined: ${text}\n Effective: ${text}\n\n`;
}
