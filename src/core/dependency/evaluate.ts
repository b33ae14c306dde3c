// Whether a dependency is met: yes, not yet, or never. Pure over the state.

import { hasIndex } from '../../model/index-set.ts';
import { OUTCOME_KINDS } from '../../model/array-record.ts';
import type { Dependency, DependencyCondition, Comparison } from '../../model/dependency.ts';
import type { Instant } from '../../base/brand.ts';
import { isSuccess, type Outcome } from '../../model/outcome.ts';
import type { Elements, Job, StateView } from '../state.ts';

/** `yes` met · `wait` may still be met · `never` cannot be met any more. */
export type Verdict = 'yes' | 'wait' | 'never';

/** Whose dependency it is. */
export interface Asker {
  /** Infinity before it has a number. */
  readonly id: number;
  readonly uid: number;
  readonly name: string;
  /** The index of an element, for conditions on its counterpart. */
  readonly element?: number | undefined;
}

/** The asker that a job is. */
export function askerOf(job: Job): Asker {
  const { id, owner, spec, element } = job;
  return { id, uid: owner.uid, name: spec.request.name, element };
}

/** The verdict on the dependency of `asker`. */
export function evaluate(
  state: StateView,
  asker: Asker,
  dependency: Dependency,
  now: Instant,
): Verdict {
  switch (dependency.kind) {
    case 'condition':
      return condition(state, dependency, now, asker.element);
    case 'singleton':
      return singleton(state, asker);
    case 'not':
      return negated(evaluate(state, asker, dependency.of, now));
    case 'all':
    case 'any': {
      const parts = dependency.of.map((part) => evaluate(state, asker, part, now));
      const [decisive, idle]: [Verdict, Verdict] =
        dependency.kind === 'all' ? ['never', 'yes'] : ['yes', 'never'];
      if (parts.includes(decisive)) return decisive;
      return parts.includes('wait') ? 'wait' : idle;
    }
    default:
      return dependency satisfies never;
  }
}

/** Whether the counterparts of an element are all that it waits for. */
export function isOnlyElementwise(dependency: Dependency): boolean {
  if (dependency.kind === 'condition') return dependency.sameIndex === true;
  if (dependency.kind === 'not') return isOnlyElementwise(dependency.of);
  return dependency.kind !== 'singleton' && dependency.of.every(isOnlyElementwise);
}

/** Whether each element of the job waits for its counterpart rather than for a whole job. */
export function isElementwise(dependency: Dependency): boolean {
  if (dependency.kind === 'condition') return dependency.sameIndex === true;
  if (dependency.kind === 'not') return isElementwise(dependency.of);
  return dependency.kind !== 'singleton' && dependency.of.some(isElementwise);
}

function negated(verdict: Verdict): Verdict {
  if (verdict === 'wait') return 'wait';
  return verdict === 'yes' ? 'never' : 'yes';
}

function condition(
  state: StateView,
  asked: DependencyCondition,
  now: Instant,
  index: number | undefined,
): Verdict {
  const target = state.jobs.get(asked.job);
  if (target === undefined) return ofUnknown(asked, state.remembered.get(asked.job), now);
  if (asked.when.startsWith('count')) return ofCount(asked, target);
  const element = asked.sameIndex ? index : asked.element;
  const facts =
    element === undefined || target.elements === undefined
      ? wholeFacts(target)
      : elementFacts(target.elements, element);
  // An element that the other array does not have will never do anything.
  return facts === undefined ? 'never' : ofFacts(asked, facts, now);
}

interface Facts {
  /** When it began; undefined: it did not. */
  readonly startedAt: Instant | undefined;
  /** How it ended; undefined: it did not. */
  readonly outcome: Outcome | undefined;
}

const NOT_YET: Facts = { startedAt: undefined, outcome: undefined };

function wholeFacts(job: Job): Facts {
  if (job.state.kind === 'finished') {
    return { startedAt: job.state.startedAt ?? job.state.endedAt, outcome: arrayOutcome(job) };
  }
  if (job.state.kind === 'active') {
    return { startedAt: job.state.run.startedAt, outcome: undefined };
  }
  const elements = job.elements;
  if (elements === undefined || elements.waitingCount > 0 || elements.detachedUnfinished > 0) {
    return NOT_YET;
  }
  const starts = [...elements.active.values()].map((run) => run.startedAt);
  return {
    startedAt: starts.every((at) => at !== undefined) ? starts[0] : undefined,
    outcome: undefined,
  };
}

/** An array succeeded when all elements did. */
function arrayOutcome(job: Job): Outcome | undefined {
  return job.state.kind === 'finished' ? job.state.outcome : undefined;
}

function elementFacts(elements: Elements, index: number): Facts | undefined {
  const detached = elements.detached.get(index);
  if (detached !== undefined) return wholeFacts(detached);
  const run = elements.active.get(index);
  if (run !== undefined) return { startedAt: run.startedAt, outcome: undefined };
  if (hasIndex(elements.waiting, index)) {
    return { startedAt: undefined, outcome: elements.closed };
  }
  const at = elements.ended.index.lastIndexOf(index);
  if (at < 0) return undefined;
  const kind = OUTCOME_KINDS[elements.ended.outcome[at] as number] ?? 'exited';
  const outcome: Outcome = {
    kind,
    exitCode: elements.ended.exitCode[at] as number,
    signal: elements.ended.signal[at] as number,
  };
  return { startedAt: elements.ended.startedAt[at] as Instant, outcome };
}

function ofFacts(asked: DependencyCondition, facts: Facts, now: Instant): Verdict {
  const { outcome, startedAt } = facts;
  switch (asked.when) {
    case 'started': {
      const since = startedAt ?? (outcome === undefined ? undefined : now);
      if (since === undefined) return 'wait';
      return asked.delayMs === undefined || now >= since + asked.delayMs ? 'yes' : 'wait';
    }
    case 'ended':
      return outcome === undefined ? 'wait' : 'yes';
    case 'succeeded':
      return outcome === undefined ? 'wait' : isSuccess(outcome) ? 'yes' : 'never';
    case 'failed':
      return outcome === undefined ? 'wait' : isSuccess(outcome) ? 'never' : 'yes';
    default: {
      if (outcome === undefined) return 'wait';
      const code =
        'exitCode' in outcome ? outcome.exitCode || (outcome.signal && 128 + outcome.signal) : 1;
      return asked.compare && compares(code, asked.compare) ? 'yes' : 'never';
    }
  }
}

/** A job nobody remembers ended long ago, or never was: Slurm takes it for done. */
function ofUnknown(
  asked: DependencyCondition,
  outcome: Outcome | undefined,
  now: Instant,
): Verdict {
  if (outcome === undefined) return asked.when === 'failed' ? 'never' : 'yes';
  return ofFacts(asked, { startedAt: 0 as Instant, outcome }, now);
}

function ofCount(asked: DependencyCondition, job: Job): Verdict {
  const elements = job.elements;
  if (elements === undefined || asked.compare === undefined) return 'never';
  const counts: Record<string, number> = {
    countSucceeded: elements.succeeded,
    countFailed: elements.failed,
    countEnded: elements.succeeded + elements.failed,
    countHeld: job.heldBy === undefined ? 0 : elements.waitingCount,
    countPending: elements.waitingCount,
    countRunning: elements.active.size,
    countStarted: elements.size - elements.waitingCount,
  };
  if (compares(counts[asked.when] ?? 0, asked.compare)) return 'yes';
  return job.state.kind === 'finished' ? 'never' : 'wait';
}

function compares(
  left: number,
  { operator, value }: { operator: Comparison; value: number },
): boolean {
  switch (operator) {
    case '==':
      return left === value;
    case '!=':
      return left !== value;
    case '<':
      return left < value;
    case '<=':
      return left <= value;
    case '>':
      return left > value;
    case '>=':
      return left >= value;
    default:
      return operator satisfies never;
  }
}

/** Older unfinished jobs of the same name and user come first. */
function singleton(state: StateView, asker: Asker): Verdict {
  for (const other of state.jobs.values()) {
    if (other.id >= asker.id) break;
    const same = other.owner.uid === asker.uid && other.spec.request.name === asker.name;
    if (same && other.array === undefined && other.state.kind !== 'finished') return 'wait';
  }
  return 'yes';
}
