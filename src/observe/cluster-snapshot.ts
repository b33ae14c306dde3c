// What the gauges are computed from: queues and nodes at one moment. Series are made for queues and
// nodes alone, which an administrator names; never for users or jobs, which nobody bounds.

import type { MetricLabels } from '../base/metrics.ts';
import type { GaugeName } from './metric-table.ts';

/** Queues and nodes at one moment. */
export interface ClusterSnapshot {
  readonly queues: readonly {
    readonly name: string;
    readonly pending: number;
    readonly running: number;
  }[];
  readonly nodes: readonly NodeSnapshot[];
}

/** A node at that moment. */
export interface NodeSnapshot {
  readonly name: string;
  readonly isUp: boolean;
  readonly isDrained: boolean;
  readonly cpus: number;
  readonly freeCpus: number;
  readonly memoryMib: number;
  readonly freeMemoryMib: number;
}

/** A gauge with its value. */
export interface GaugeValue {
  readonly name: GaugeName;
  readonly labels: MetricLabels;
  readonly value: number;
}

const MIB_BYTES = 1024 ** 2;

/** All gauges of a snapshot. */
export function gaugesOf({ queues, nodes }: ClusterSnapshot): GaugeValue[] {
  const values: GaugeValue[] = [];
  const set = (name: GaugeName, value: number, labels: MetricLabels = {}) => {
    values.push({ name, labels, value });
  };
  const pending = sum(queues.map((queue) => queue.pending));
  const running = sum(queues.map((queue) => queue.running));
  set('slurm_jobs', pending + running);
  set('slurm_jobs_pending', pending);
  set('slurm_jobs_running', running);
  set('slurm_jobs_cpus_alloc', sum(nodes.map((node) => node.cpus - node.freeCpus)));
  for (const queue of queues) {
    const labels = { partition: queue.name };
    set('slurm_partition_jobs', queue.pending + queue.running, labels);
    set('slurm_partition_jobs_pending', queue.pending, labels);
    set('slurm_partition_jobs_running', queue.running, labels);
  }
  const states = nodes.map(stateOf);
  set('slurm_nodes', nodes.length);
  for (const state of NODE_GAUGES) set(state, states.filter((each) => each === state).length);
  for (const node of nodes) {
    const labels = { node: node.name };
    set('slurm_node_cpus', node.cpus, labels);
    set('slurm_node_cpus_alloc', node.cpus - node.freeCpus, labels);
    set('spillway_node_memory_bytes', node.memoryMib * MIB_BYTES, labels);
    const held = node.memoryMib - node.freeMemoryMib;
    set('spillway_node_memory_alloc_bytes', held * MIB_BYTES, labels);
  }
  return values;
}

const NODE_GAUGES = [
  'slurm_nodes_idle',
  'slurm_nodes_mixed',
  'slurm_nodes_alloc',
  'slurm_nodes_down',
  'slurm_nodes_drain',
] as const;

/** A node counts once, under the first of these that holds, as Slurm counts it. */
function stateOf(node: NodeSnapshot): (typeof NODE_GAUGES)[number] {
  if (!node.isUp) return 'slurm_nodes_down';
  if (node.isDrained) return 'slurm_nodes_drain';
  if (node.freeCpus === node.cpus) return 'slurm_nodes_idle';
  return node.freeCpus > 0 ? 'slurm_nodes_mixed' : 'slurm_nodes_alloc';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
