// --dependency: Slurm's conditions to the model's, and back for squeue's DEPENDENCY. Pure syntax;
// whether the jobs exist is the engine's business.

import { jobId } from '../../model/ids.ts';
import type { Dependency, DependencyCondition } from '../../model/dependency.ts';
import type { JobView } from '../../model/view.ts';

type Meaning = Pick<DependencyCondition, 'when' | 'sameIndex'>;

/** The types that name jobs. */
const TYPES: Readonly<Record<string, Meaning>> = {
  after: { when: 'started' },
  afterany: { when: 'ended' },
  afterok: { when: 'succeeded' },
  afternotok: { when: 'failed' },
  aftercorr: { when: 'succeeded', sameIndex: true },
  // There are no burst buffers here whose stage-out could last longer than the job.
  afterburstbuffer: { when: 'ended' },
};

/**
 * `type:id[_index][+minutes][:id…]` joined by `,` (all) or `?` (any); undefined: Job dependency
 * problem.
 */
export function parseDependency(text: string): Dependency | undefined {
  const joins = text.includes('?') ? 'any' : 'all';
  if (joins === 'any' && text.includes(',')) return undefined;
  const conditions: Dependency[] = [];
  for (const part of text.split(joins === 'any' ? '?' : ',')) {
    const parsed = parsePart(part.trim());
    if (parsed === undefined) return undefined;
    conditions.push(...parsed);
  }
  const [first] = conditions;
  return conditions.length === 1 ? first : { kind: joins, of: conditions };
}

function parsePart(text: string): Dependency[] | undefined {
  if (/^singleton$/i.test(text)) return [{ kind: 'singleton' }];
  const [type = '', ...targets] = text.split(':');
  const meaning = TYPES[type.toLowerCase()];
  if (meaning === undefined || targets.length === 0) return undefined;
  const conditions: Dependency[] = [];
  for (const target of targets) {
    const condition = parseTarget(meaning, target);
    if (condition === undefined) return undefined;
    conditions.push(condition);
  }
  return conditions;
}

function parseTarget(meaning: Meaning, text: string): DependencyCondition | undefined {
  const [, id, element, minutes] =
    /^(\d{1,10})(?:_(\d{1,10}|\*))?(?:\+(\d{1,7}))?$/.exec(text) ?? [];
  if (id === undefined || Number(id) === 0) return undefined;
  if (minutes !== undefined && meaning.when !== 'started') return undefined;
  return {
    kind: 'condition',
    job: jobId(Number(id)),
    ...meaning,
    ...(element === undefined || element === '*' ? {} : { element: Number(element) }),
    ...(minutes === undefined ? {} : { delayMs: Number(minutes) * 60_000 }),
  };
}

/**
 * The dependency without its conditions on a job that does not exist; undefined: nothing is left.
 */
export function withoutJob(dependency: Dependency, job: number): Dependency | undefined {
  if (dependency.kind === 'condition') return dependency.job === job ? undefined : dependency;
  if (dependency.kind === 'all' || dependency.kind === 'any') {
    const left = dependency.of.map((part) => withoutJob(part, job));
    // A condition on an unknown job is met: any-of-them with such a one is met as a whole.
    if (dependency.kind === 'any' && left.includes(undefined)) return undefined;
    const kept = left.filter((part) => part !== undefined);
    return kept.length === 0 ? undefined : { ...dependency, of: kept };
  }
  return dependency;
}

/** squeue's DEPENDENCY: `afterok:12(unfulfilled)`; undefined when nothing is waited for. */
export function dependencyText(view: JobView): string | undefined {
  const { dependency } = view.request;
  const waits =
    view.state === 'pending' &&
    dependency !== undefined &&
    (view.reason === 'dependency' ||
      view.reason === 'dependencyNeverSatisfied' ||
      view.heldBy !== undefined);
  if (!waits) return undefined;
  return written(dependency, view.reason === 'dependencyNeverSatisfied' ? 'failed' : 'unfulfilled');
}

function written(dependency: Dependency, how: string): string {
  switch (dependency.kind) {
    case 'singleton':
      return `singleton(${how})`;
    case 'all':
      return dependency.of.map((part) => written(part, how)).join(',');
    case 'any':
      return dependency.of.map((part) => written(part, how)).join('?');
    case 'not':
      return written(dependency.of, how);
    case 'condition': {
      const { job, element, delayMs } = dependency;
      const index =
        dependency.sameIndex === true ? '_*' : element === undefined ? '' : `_${element}`;
      const delay = delayMs === undefined ? '' : `+${Math.round(delayMs / 60_000)}`;
      return `${typeOf(dependency)}:${job}${index}${delay}(${how})`;
    }
    default:
      return dependency satisfies never;
  }
}

/** The nearest type; conditions of other dialects have none of their own. */
function typeOf(condition: DependencyCondition): string {
  if (condition.sameIndex === true) return 'aftercorr';
  switch (condition.when) {
    case 'started':
    case 'countStarted':
    case 'countRunning':
      return 'after';
    case 'succeeded':
    case 'countSucceeded':
      return 'afterok';
    case 'failed':
    case 'exitCode':
    case 'countFailed':
      return 'afternotok';
    case 'ended':
    case 'countEnded':
    case 'countHeld':
    case 'countPending':
      return 'afterany';
    default:
      return condition.when satisfies never;
  }
}
