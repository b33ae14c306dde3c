// Turns the names and ids of a dependency into jobs, by asking. Names match the caller's own jobs
// only; several of one name must all satisfy the condition unless the site says JOB_DEP_LAST_SUB.

import { instant } from '../../../base/brand.ts';
import type { Dependency, DependencyCondition } from '../../../model/dependency.ts';
import { JOB_ID_MAX, type JobId, jobId } from '../../../model/ids.ts';
import { indexRange } from '../../../model/index-set.ts';
import type { JobSelection } from '../../../model/selection.ts';
import { type Answer, type Invocation, query, type Step } from '../../kit/dialog.ts';
import type { Expression, Subject } from './dependency-expression.ts';

/** A job that a condition speaks of, and how many elements it has. */
interface Found {
  readonly job: JobId;
  readonly size: number;
}

/** The dependency with jobs in place of names; a string is LSF's complaint. */
export function* resolveDependency(
  expression: Expression,
  call: Invocation,
): Generator<Step, Dependency | string, Answer> {
  if (expression.kind === 'not') {
    const of = yield* resolveDependency(expression.of, call);
    return typeof of === 'string' ? of : { kind: 'not', of };
  }
  if (expression.kind === 'condition') return yield* resolveCondition(expression, call);
  const parts: Dependency[] = [];
  for (const part of expression.of) {
    const resolved = yield* resolveDependency(part, call);
    if (typeof resolved === 'string') return resolved;
    parts.push(resolved);
  }
  return { kind: expression.kind === 'and' ? 'all' : 'any', of: parts };
}

function* resolveCondition(
  expression: Extract<Expression, { kind: 'condition' }>,
  call: Invocation,
): Generator<Step, Dependency | string, Answer> {
  const { subject } = expression;
  const found = yield* find(subject, call);
  if (found.length === 0) return `${shown(subject)}: No matching job found`;
  const conditions = found.map((job) => conditionOn(job, expression));
  return conditions.length === 1 ? (conditions[0] as Dependency) : { kind: 'all', of: conditions };
}

function conditionOn(
  found: Found,
  { subject, when, compare }: Extract<Expression, { kind: 'condition' }>,
): DependencyCondition {
  const value = compare?.value === 'all' ? found.size : compare?.value;
  return {
    kind: 'condition',
    job: found.job,
    when,
    ...(subject.element === undefined ? {} : { element: subject.element }),
    ...(subject.sameIndex === undefined ? {} : { sameIndex: true as const }),
    ...(compare === undefined || value === undefined
      ? {}
      : { compare: { operator: compare.operator, value } }),
  };
}

function* find(subject: Subject, call: Invocation): Generator<Step, readonly Found[], Answer> {
  if (subject.kind === 'id' && Number(subject.text) > JOB_ID_MAX) return [];
  const view = yield* query({
    kind: 'jobs',
    selection: selectionOf(subject, call),
    finishedSince: instant(call.now - call.site.cleanPeriodMs),
  });
  if (view.kind !== 'jobs') return [];
  const found = new Map<JobId, Found>();
  for (const { base, array } of view.jobs) found.set(base, { job: base, size: array?.size ?? 1 });
  const all = [...found.values()];
  const isLastOnly = subject.kind === 'name' && call.site.lsf['JOB_DEP_LAST_SUB'] === '1';
  if (!isLastOnly || all.length === 0) return all;
  return [all.reduce((newest, one) => (one.job > newest.job ? one : newest))];
}

function selectionOf(subject: Subject, call: Invocation): JobSelection {
  if (subject.kind === 'id') {
    const job = jobId(Number(subject.text));
    const { element } = subject;
    return {
      refs: [element === undefined ? { job } : { job, elements: indexRange(element, element) }],
    };
  }
  const users = [call.identity.user];
  return subject.text.endsWith('*')
    ? { users, namePattern: subject.text }
    : { users, names: [subject.text] };
}

function shown({ text, element, sameIndex }: Subject): string {
  if (sameIndex) return `${text}[*]`;
  return element === undefined ? text : `${text}[${element}]`;
}
