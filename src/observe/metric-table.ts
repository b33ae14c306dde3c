// Every metric that /metrics shows: name with its unit last, help, labels. Only a table. The slurm_
// names are those of Slurm's own exposition (25.11), so that dashboards made for it work.

import type { CounterName, HistogramName } from '../base/metrics.ts';

/** A row of the table. */
export interface MetricRow {
  readonly help: string;
  readonly labels: readonly string[];
}

/** Counted where it happens. */
export const COUNTERS = {
  spillway_commands_total: { help: 'Wishes that were decided.', labels: ['kind'] },
  spillway_commands_refused_total: { help: 'Wishes that were refused.', labels: ['code'] },
  spillway_committed_jobs_total: { help: 'Job rows written by commits.', labels: [] },
  spillway_committed_events_total: { help: 'Events written by commits.', labels: [] },
} as const satisfies Readonly<Record<CounterName, MetricRow>>;

/** Timed where it happens. */
export const HISTOGRAMS = {
  spillway_command_seconds: {
    help: 'From the arrival of a wish until its answer, which is durable.',
    labels: ['kind'],
  },
  spillway_commit_seconds: { help: 'Time of a commit.', labels: [] },
} as const satisfies Readonly<Record<HistogramName, MetricRow>>;

/** Read from a snapshot at each scrape. */
export const GAUGES = {
  slurm_jobs: { help: 'Unfinished jobs.', labels: [] },
  slurm_jobs_pending: { help: 'Jobs that wait.', labels: [] },
  slurm_jobs_running: { help: 'Jobs that run.', labels: [] },
  slurm_jobs_cpus_alloc: { help: 'CPUs that jobs hold.', labels: [] },
  slurm_partition_jobs: { help: 'Unfinished jobs of a queue.', labels: ['partition'] },
  slurm_partition_jobs_pending: { help: 'Jobs that wait in a queue.', labels: ['partition'] },
  slurm_partition_jobs_running: { help: 'Jobs of a queue that run.', labels: ['partition'] },
  slurm_nodes: { help: 'Nodes that are known.', labels: [] },
  slurm_nodes_idle: { help: 'Nodes without a job.', labels: [] },
  slurm_nodes_mixed: { help: 'Nodes with jobs and free CPUs.', labels: [] },
  slurm_nodes_alloc: { help: 'Nodes without a free CPU.', labels: [] },
  slurm_nodes_down: { help: 'Nodes out of contact.', labels: [] },
  slurm_nodes_drain: { help: 'Nodes that take no new jobs.', labels: [] },
  slurm_node_cpus: { help: 'CPUs of a node.', labels: ['node'] },
  slurm_node_cpus_alloc: { help: 'CPUs of a node that jobs hold.', labels: ['node'] },
  spillway_node_memory_bytes: { help: 'Memory of a node.', labels: ['node'] },
  spillway_node_memory_alloc_bytes: { help: 'Memory of a node that jobs hold.', labels: ['node'] },
} as const satisfies Readonly<Record<string, MetricRow>>;

/** Name of a gauge. */
export type GaugeName = keyof typeof GAUGES;
