// /metrics as text, and the table of metrics against the rest of the tree.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../../src/observe/metric-table.ts';
import { PrometheusMetrics } from '../../../src/observe/metrics.ts';

const root = new URL('../../..', import.meta.url).pathname;
const node = {
  cpus: 4,
  freeCpus: 4,
  memoryMib: 1024,
  freeMemoryMib: 1024,
  isUp: true,
  isDrained: false,
};

describe('the text of /metrics', () => {
  test('gauges are those of the snapshot, and a node that left is gone', async () => {
    const metrics = new PrometheusMetrics();
    const queues = [
      { name: 'normal', pending: 3, running: 2 },
      { name: 'short', pending: 1, running: 0 },
    ];
    const nodes = [
      { ...node, name: 'n1', freeCpus: 1 },
      { ...node, name: 'n2' },
      { ...node, name: 'n3', isUp: false },
      { ...node, name: 'n4', isDrained: true },
      { ...node, name: 'n5', freeCpus: 0, freeMemoryMib: 512 },
    ];
    const text = await metrics.text({ queues, nodes });
    expect(text).toContain('\nslurm_jobs 6\n');
    expect(text).toContain('\nslurm_jobs_pending 4\n');
    expect(text).toContain('\nslurm_jobs_cpus_alloc 7\n');
    expect(text).toContain('\nslurm_partition_jobs_running{partition="normal"} 2\n');
    expect(text).toContain('\nspillway_node_memory_alloc_bytes{node="n5"} 536870912\n');
    for (const state of ['idle', 'mixed', 'alloc', 'down', 'drain']) {
      expect(text).toContain(`\nslurm_nodes_${state} 1\n`);
    }
    const later = await metrics.text({ queues, nodes: nodes.slice(1) });
    expect(later).not.toContain('node="n1"');
    expect(later).toContain('\nslurm_nodes 4\n');
  });

  test('counters add up and times fall into their buckets', async () => {
    const metrics = new PrometheusMetrics();
    metrics.count('spillway_commands_total', 2, { kind: 'submitJob' });
    metrics.count('spillway_commands_total', 1, { kind: 'submitJob' });
    metrics.observeSeconds('spillway_commit_seconds', 0.002);
    const text = await metrics.text({ queues: [], nodes: [] });
    expect(text).toContain('spillway_commands_total{kind="submitJob"} 3\n');
    expect(text).toContain('spillway_commit_seconds_bucket{le="0.001"} 0\n');
    expect(text).toContain('spillway_commit_seconds_bucket{le="0.0025"} 1\n');
    expect(metrics.contentType).toMatch(/^text\/plain/);
  });

  test('two sets of metrics do not share anything', async () => {
    const [one, other] = [new PrometheusMetrics(), new PrometheusMetrics()];
    one.count('spillway_commands_total', 5, { kind: 'submitJob' });
    expect(await other.text({ queues: [], nodes: [] })).not.toContain('kind="submitJob"');
  });
});

describe('the table of metrics', () => {
  const names = Object.keys({ ...COUNTERS, ...HISTOGRAMS, ...GAUGES });
  const declaring = ['base/metrics.ts', 'observe/metric-table.ts'];
  const sources = fs
    .readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !declaring.includes(name))
    .map((name) => fs.readFileSync(path.join(root, 'src', name), 'utf8'))
    .join('\n');
  const reference = fs.readFileSync(path.join(root, 'src/observe/README.md'), 'utf8');

  test.each(names)('%s is measured somewhere and described', (name) => {
    expect(sources).toContain(`'${name}'`);
    expect(reference).toContain(`\`${name}\``);
  });

  test('counters end in _total and times in _seconds', () => {
    expect(Object.keys(COUNTERS).filter((name) => !name.endsWith('_total'))).toEqual([]);
    expect(Object.keys(HISTOGRAMS).filter((name) => !name.endsWith('_seconds'))).toEqual([]);
  });
});
