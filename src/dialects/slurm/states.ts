// Slurm's words for the states of jobs. Total tables: a new state or outcome does not compile
// without its word.

import type { Outcome } from '../../model/outcome.ts';
import type { JobStateName } from '../../model/selection.ts';
import type { JobView } from '../../model/view.ts';

/** A state with squeue's compact form. */
export interface SlurmState {
  readonly name: string;
  readonly compact: string;
}

const state = (name: string, compact: string): SlurmState => ({ name, compact });

/** Waits. */
export const PENDING: SlurmState = state('PENDING', 'PD');
/** Holds a node. */
export const RUNNING: SlurmState = state('RUNNING', 'R');
const COMPLETED = state('COMPLETED', 'CD');
const CANCELLED = state('CANCELLED', 'CA');
const FAILED = state('FAILED', 'F');
const TIMEOUT = state('TIMEOUT', 'TO');
const NODE_FAIL = state('NODE_FAIL', 'NF');
const DEADLINE = state('DEADLINE', 'DL');
const OUT_OF_MEMORY = state('OUT_OF_MEMORY', 'OOM');
const COMPLETING = state('COMPLETING', 'CG');
/** An attempt after which the job was run again. */
export const REQUEUED: SlurmState = state('REQUEUED', 'RQ');

/** Every state that Slurm 22.05 knows, in its own order. */
export const ALL_STATES: readonly SlurmState[] = [
  PENDING,
  RUNNING,
  state('SUSPENDED', 'S'),
  COMPLETED,
  CANCELLED,
  FAILED,
  TIMEOUT,
  NODE_FAIL,
  state('PREEMPTED', 'PR'),
  state('BOOT_FAIL', 'BF'),
  DEADLINE,
  OUT_OF_MEMORY,
  COMPLETING,
  state('CONFIGURING', 'CF'),
  state('RESIZING', 'RS'),
  state('RESV_DEL_HOLD', 'RD'),
  REQUEUED,
  state('REQUEUE_FED', 'RF'),
  state('REQUEUE_HOLD', 'RH'),
  state('REVOKED', 'RV'),
  state('SIGNALING', 'SI'),
  state('SPECIAL_EXIT', 'SE'),
  state('STAGE_OUT', 'SO'),
  state('STOPPED', 'ST'),
];

/** A job that holds a node is RUNNING in Slurm from the allocation on, before anything started. */
const STATES: Record<Exclude<JobStateName, 'finished'>, SlurmState> = {
  pending: PENDING,
  starting: RUNNING,
  running: RUNNING,
  completing: COMPLETING,
};

const OUTCOMES: { [K in Outcome['kind']]: (outcome: Extract<Outcome, { kind: K }>) => SlurmState } =
  {
    exited: ({ exitCode, signal }) => (exitCode === 0 && signal === 0 ? COMPLETED : FAILED),
    cancelled: ({ asDone }) => (asDone === true ? COMPLETED : CANCELLED),
    timedOut: () => TIMEOUT,
    outOfMemory: () => OUT_OF_MEMORY,
    nodeFailed: () => NODE_FAIL,
    launchFailed: () => FAILED,
    neverStarted: ({ why }) => (why === 'deadline' ? DEADLINE : CANCELLED),
  };

/** The state of an ended attempt. */
export function endState(outcome: Outcome): SlurmState {
  return (OUTCOMES[outcome.kind] as (outcome: Outcome) => SlurmState)(outcome);
}

/** The state that squeue shows; a job that is being ended is COMPLETING. */
export function jobState(view: JobView): SlurmState {
  if (view.state === 'finished') {
    return view.outcome === undefined ? COMPLETED : endState(view.outcome);
  }
  if (view.ending === true && view.state !== 'pending') return COMPLETING;
  return STATES[view.state];
}

/** The model's states whose jobs may be shown in one of these; of a job's end it knows no more. */
export function modelStates(states: readonly SlurmState[]): readonly JobStateName[] {
  return states.flatMap(({ name }) => {
    if (name === PENDING.name) return ['pending'] as const;
    if (name === RUNNING.name) return ['starting', 'running'] as const;
    // What is being ended is COMPLETING before it is so in the model.
    if (name === COMPLETING.name) return ['starting', 'running', 'completing'] as const;
    return ['finished'] as const;
  });
}

/** A state by its name, compact name or an abbreviation of the name; undefined: none. */
export function stateNamed(text: string): SlurmState | undefined {
  const upper = text.toUpperCase();
  return (
    ALL_STATES.find((known) => known.compact === upper || known.name === upper) ??
    (upper === '' ? undefined : ALL_STATES.find((known) => known.name.startsWith(upper)))
  );
}
