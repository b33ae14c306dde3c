// Which jobs a selection means, for steering and for listings. Filters come before anything is
// built.

import type { JobId } from '../../model/ids.ts';
import type { JobSelection, JobStateName } from '../../model/selection.ts';
import type { Elements, Job, Run, StateView } from '../state.ts';

/** A job, or one compact element of an array. */
export interface Selected {
  readonly job: Job;
  /** The run of a compact element. */
  readonly run?: Run | undefined;
}

/** A test of jobs, made once for a selection. `refs` are not part of it. */
export function matcher(selection: JobSelection): (job: Job) => boolean {
  const users = selection.users && new Set(selection.users);
  const names = selection.names && new Set(selection.names);
  const queues = selection.queues && new Set(selection.queues);
  const accounts = selection.accounts && new Set(selection.accounts);
  const pattern = selection.namePattern === undefined ? undefined : wildcard(selection.namePattern);
  const states = selection.states && new Set<JobStateName>(selection.states);
  const nodes = selection.nodes && new Set<string>(selection.nodes);
  return (job) => {
    const request = job.spec.request;
    if (users && !users.has(job.owner.user) && !users.has(String(job.owner.uid))) return false;
    if (queues && !queues.has(request.queue)) return false;
    if (names && !names.has(request.name)) return false;
    if (pattern && !pattern.test(nameOf(job))) return false;
    if (accounts && !accounts.has(request.account ?? '')) return false;
    if (states && job.elements === undefined && !states.has(stateOf(job))) return false;
    if (nodes && job.elements === undefined && !isOn(job, nodes)) return false;
    return true;
  };
}

/** The state of a job as users tell them apart; of an array: of its waiting rest. */
export function stateOf(job: Job): JobStateName {
  if (job.state.kind !== 'active') return job.state.kind;
  return phaseOf(job.state.run);
}

/** The state of a run. */
export function phaseOf(run: Run): JobStateName {
  return run.phase === 'gone' ? 'finished' : run.phase;
}

/** Everything of an array that holds a node, with or without a record of its own. */
export function allRuns({ active, detached }: Elements): readonly Run[] {
  const apart = [...detached.values()];
  return [
    ...active.values(),
    ...apart.flatMap(({ state }) => (state.kind === 'active' ? [state.run] : [])),
  ];
}

/** Whether a part of an array in this state is meant: `matcher` leaves that open. */
export function isWanted(
  { selection: { states } }: { readonly selection: JobSelection },
  state: JobStateName,
): boolean {
  return states === undefined || states.includes(state);
}

/** All jobs that a number means: the job, the array, or the element with that number of its own. */
export function find(state: StateView, id: JobId): Selected | undefined {
  const job = state.jobs.get(id);
  if (job !== undefined) return { job };
  const run = state.runs.get(id);
  return run && { job: run.job, run };
}

function nameOf(job: Job): string {
  const name = job.spec.request.name;
  return job.element === undefined ? name : `${name}[${job.element}]`;
}

function isOn(job: Job, nodes: ReadonlySet<string>): boolean {
  const allocation =
    job.state.kind === 'active'
      ? job.state.run.allocation
      : job.state.kind === 'finished'
        ? job.state.allocation
        : undefined;
  return allocation?.some((part) => nodes.has(part.node)) ?? false;
}

/**
 * A test for names with `*` for any text. Each part is looked for behind the one before, so that no
 * pattern takes long on any name (a regular expression would, with many stars).
 */
function wildcard(pattern: string): { test(name: string): boolean } {
  const parts = pattern.split('*');
  const first = parts[0] as string;
  const last = parts.at(-1) as string;
  if (parts.length === 1) return { test: (name) => name === pattern };
  const middle = parts.slice(1, -1);
  return {
    test(name) {
      if (!name.startsWith(first) || !name.endsWith(last)) return false;
      let at = first.length;
      for (const part of middle) {
        const found = name.indexOf(part, at);
        if (found === -1) return false;
        at = found + part.length;
      }
      return at + last.length <= name.length;
    },
  };
}
