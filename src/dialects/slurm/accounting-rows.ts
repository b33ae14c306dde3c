// The rows of sacct: one for every attempt of a job, one for its batch step; which of them a time
// window and states choose, and their order (recorded: 12-sacct). Pure.

import type { Instant } from '../../base/brand.ts';
import { type EndedAttempt, NO_USAGE, type Outcome, type Usage } from '../../model/outcome.ts';
import type { JobView } from '../../model/view.ts';
import { cpuCount } from './job-facts.ts';
import { PENDING, REQUEUED, RUNNING, type SlurmState, endState } from './states.ts';

/** One attempt of a job, as accounting sees it. */
export interface AccountingRow {
  readonly view: JobView;
  /** The step `.batch` of it instead of the whole. */
  readonly isBatch: boolean;
  readonly eligibleAt: Instant | undefined;
  /** A job cancelled before it started has started when it ended. */
  readonly startedAt: Instant | undefined;
  readonly endedAt: Instant | undefined;
  readonly outcome: Outcome | undefined;
  readonly usage: Usage;
  readonly nodes: readonly string[];
  readonly cpus: number;
  readonly state: SlurmState;
  /** Whether a script ran. */
  readonly hasRun: boolean;
}

/** What chooses rows. */
export interface AccountingWindow {
  readonly from: Instant;
  readonly to: Instant;
  readonly states: readonly SlurmState[] | undefined;
  /** Jobs were named: held ones count too. */
  readonly isNamed: boolean;
  /** Every attempt instead of the newest. */
  readonly duplicates: boolean;
}

/** The rows of a job that the window chooses. */
export function accountingRows(view: JobView, window: AccountingWindow): AccountingRow[] {
  if (view.earlierAttempts.length === 0) {
    const row = latestAttempt(view);
    return isChosen(row, window) ? [row] : [];
  }
  const attempts = [
    ...view.earlierAttempts.map((attempt) => earlierAttempt(view, attempt)),
    latestAttempt(view),
  ];
  const newestOnly = window.isNamed && !window.duplicates;
  const chosen = (newestOnly ? attempts.slice(-1) : attempts).filter((row) =>
    isChosen(row, window),
  );
  return window.duplicates ? chosen : chosen.slice(-1);
}

/** The batch step of an attempt; undefined: there was none. */
export function batchRow(row: AccountingRow): AccountingRow | undefined {
  if (!row.hasRun) return undefined;
  const [first] = row.view.allocation ?? [];
  return {
    ...row,
    isBatch: true,
    eligibleAt: row.startedAt,
    nodes: row.nodes.slice(0, 1),
    cpus: row.nodes.length > 1 && first !== undefined ? first.cpus : row.cpus,
  };
}

function earlierAttempt(view: JobView, attempt: EndedAttempt): AccountingRow {
  const { startedAt, endedAt, outcome, usage, nodes } = attempt;
  return {
    view,
    isBatch: false,
    eligibleAt: view.submittedAt,
    startedAt,
    endedAt,
    outcome,
    usage,
    nodes,
    cpus: cpuCount(view),
    state: REQUEUED,
    hasRun: startedAt !== undefined,
  };
}

function latestAttempt(view: JobView): AccountingRow {
  const { endedAt } = view;
  const hasEnded = view.state === 'finished';
  return {
    view,
    isBatch: false,
    eligibleAt: view.eligibleAt,
    startedAt: view.startedAt ?? endedAt,
    endedAt: hasEnded ? endedAt : undefined,
    outcome: hasEnded ? view.outcome : undefined,
    usage: view.usage ?? NO_USAGE,
    nodes: view.allocation?.map((part) => part.node) ?? [],
    cpus: cpuCount(view),
    state: stateOf(view),
    hasRun: view.startedAt !== undefined,
  };
}

/** Accounting knows no COMPLETING: such a job still runs. */
function stateOf(view: JobView): SlurmState {
  if (view.state === 'finished' && view.outcome !== undefined) return endState(view.outcome);
  return view.state === 'pending' ? PENDING : RUNNING;
}

function isChosen(row: AccountingRow, { from, to, states, isNamed }: AccountingWindow): boolean {
  const { eligibleAt, startedAt, endedAt } = row;
  if (states === undefined) {
    if (eligibleAt === undefined) return isNamed;
    return eligibleAt <= to && (endedAt === undefined || endedAt >= from);
  }
  return states.some(({ name }) => {
    switch (name) {
      case 'RUNNING':
        return startedAt !== undefined && startedAt <= to && (endedAt ?? to) >= from;
      case 'PENDING':
        if (isNamed && eligibleAt === undefined) return row.state.name === name;
        return eligibleAt !== undefined && eligibleAt <= to && (startedAt ?? to) >= from;
      default:
        return row.state.name === name && endedAt !== undefined && endedAt >= from && endedAt <= to;
    }
  });
}

/** By job id; the elements of an array stand together, where the first of them started. */
export function inAccountingOrder(views: readonly JobView[]): readonly JobView[] {
  const firstOf = new Map<number, number>();
  for (const { id, base, element } of views) {
    if (element === undefined || id === base) continue;
    firstOf.set(base, Math.min(firstOf.get(base) ?? id, id));
  }
  const placed = views.map((view) => ({ view, place: firstOf.get(view.base) ?? view.id }));
  placed.sort(
    (a, b) => a.place - b.place || (a.view.element ?? 2 ** 31) - (b.view.element ?? 2 ** 31),
  );
  return placed.map(({ view }) => view);
}
