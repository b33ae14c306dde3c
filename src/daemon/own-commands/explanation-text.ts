// An explanation in sentences: where the job is, what it waits for, its place in line, what each
// node lacks for it. Pure.

import type { Zone } from '../../dialects/kit/time-zone.ts';
import type { ExplainedCondition, Explanation, NodeTest } from '../../model/explanation.ts';
import type { PendingReason } from '../../model/pending-reason.ts';
import type { JobView } from '../../model/view.ts';
import { clockTime, jobNumber, outcomeWords } from './listings.ts';
import { table } from './table.ts';

const REASONS: Readonly<Record<PendingReason, string>> = {
  new: 'It was submitted just now and has not been looked at yet.',
  heldByUser: 'It is held by its user.',
  heldByAdministrator: 'It is held by an administrator.',
  beginTime: 'It may not begin before its time.',
  dependency: 'It waits for other jobs.',
  dependencyNeverSatisfied: 'What it waits for can never happen any more: cancel it.',
  arrayLimit: 'As many elements of its array run as may run at once.',
  priority: 'Jobs before it wait for room, and it would delay them.',
  resources: 'It is the first in line for its kind of room, and too little is free.',
  neverFits: 'No node could ever hold it: ask for less, or cancel it.',
  nodesUnavailable: 'The nodes that could hold it are not there, down or drained.',
  queueInactive: 'Its queue starts no jobs now.',
  queueLimit: 'Its queue is at its limit.',
  userLimit: 'Its user is at a limit.',
  requeued: 'It ran before, and waits a while before it runs again.',
  capacityRequested: 'An instance is being bought for it.',
};

const MET = { yes: 'met', wait: 'not yet', never: 'never' } as const;
const UNITS = { cpus: 'CPUs', memoryMib: 'MiB' } as const;

/** A few lines for a person. Text is one character a byte. */
export function explanationText(explained: Explanation, zone: Zone): string {
  const { job } = explained;
  const name = `Job ${jobNumber(job)} (${job.request.name}) of ${job.owner.user}`;
  const head = `${name}, submitted ${clockTime(job.submittedAt, zone)} to ${job.request.queue}`;
  const parts =
    job.state === 'pending' ? waitingParts(explained, zone) : [beyondWaiting(job, zone)];
  return `${[head, ...parts].join('\n')}\n`;
}

function beyondWaiting(job: JobView, zone: Zone): string {
  const nodes = job.allocation?.map((part) => part.node).join(', ') ?? 'no node';
  const since = job.startedAt === undefined ? '' : ` since ${clockTime(job.startedAt, zone)}`;
  switch (job.state) {
    case 'finished': {
      const when = job.endedAt === undefined ? '' : ` at ${clockTime(job.endedAt, zone)}`;
      return `It ended${when}: ${job.outcome === undefined ? 'done' : outcomeWords(job.outcome)}.`;
    }
    case 'completing':
      return `Its process has ended on ${nodes}; its report is being written.`;
    default:
      return `It is ${job.state} on ${nodes}${since}${job.ending ? ', and is being ended' : ''}.`;
  }
}

function waitingParts(explained: Explanation, zone: Zone): string[] {
  const { job, conditions, beginAt, line, nodes } = explained;
  const isHopeless = nodes.length > 0 && nodes.every((test) => test.kind === 'tooSmall');
  // Behind somebody who waits for room, the pass looks no further; the nodes know better.
  const reason = isHopeless ? 'neverFits' : (job.reason ?? 'new');
  const parts = [`It is pending. ${REASONS[reason]}`];
  const isEligible = line !== undefined;
  const since = job.eligibleAt === undefined ? '' : ` since ${clockTime(job.eligibleAt, zone)}`;
  parts.push(`  eligible:   ${isEligible ? `yes${since}` : 'no'}`);
  if (beginAt !== undefined) parts.push(`  not before: ${clockTime(beginAt, zone)}`);
  if (job.reason === 'dependency' && conditions.length === 0) {
    parts.push('  waits for:  older jobs of the same name and user (singleton)');
  }
  for (const one of conditions) parts.push(`  waits for:  ${conditionWords(one)}`);
  if (line === undefined) return parts;
  const { jobsAhead, queuePriority, queueActive } = line;
  const ahead = jobsAhead === 0 ? 'nobody before it' : `${jobsAhead} before it`;
  parts.push(`  in line:    ${ahead} (queue priority ${queuePriority}, own ${job.priority})`);
  if (!queueActive) parts.push(`  queue:      ${job.request.queue} starts no jobs now`);
  parts.push(nodeTable(nodes));
  return parts;
}

function conditionWords({ condition, verdict }: ExplainedCondition): string {
  const { job, element, when, compare } = condition;
  const target = element === undefined ? `${job}` : `${job}[${element}]`;
  const test = compare === undefined ? '' : ` ${compare.operator} ${compare.value}`;
  return `job ${target} ${when}${test}: ${MET[verdict]}`;
}

function nodeTable(nodes: readonly NodeTest[]): string {
  const rows = nodes.map((test) => [`  ${test.node}`, nodeWords(test)]);
  return table(['  NODE', 'WHAT STANDS IN THE WAY'], rows, '  There is no node.').trimEnd();
}

function nodeWords(test: NodeTest): string {
  switch (test.kind) {
    case 'notUp':
      return `it is ${test.state}`;
    case 'drained':
      return `it takes no new jobs: ${test.why}`;
    case 'notAllowed':
      return 'the job or its queue excludes it';
    case 'tooSmall':
      return `too small: has ${test.has} ${UNITS[test.what]}, the job needs ${test.needs}`;
    case 'busy':
      return `busy: ${test.free} ${UNITS[test.what]} free, the job needs ${test.needs}`;
    case 'notEmpty':
      return `the job wants it alone, and ${test.running} run there`;
    case 'free':
      return 'nothing; its room is kept for jobs before this one';
    default:
      return test satisfies never;
  }
}
