// The text of /metrics. Counters and histograms are fed by the parts; gauges are taken from a
// snapshot when somebody asks, so that a scrape never takes the scheduler's turn.

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { CounterName, HistogramName, MetricLabels, Metrics } from '../base/metrics.ts';
import { type ClusterSnapshot, gaugesOf } from './cluster-snapshot.ts';
import { COUNTERS, GAUGES, HISTOGRAMS } from './metric-table.ts';

/** Half a millisecond to half a minute, a factor of two to three apart. */
const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

/** Metrics of one process. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<CounterName, Counter>();
  readonly #histograms = new Map<HistogramName, Histogram>();
  readonly #gauges = new Map<string, Gauge>();

  constructor() {
    const registers = [this.#registry];
    for (const [name, { help, labels }] of rows(COUNTERS)) {
      this.#counters.set(name, new Counter({ name, help, labelNames: [...labels], registers }));
    }
    for (const [name, { help, labels }] of rows(HISTOGRAMS)) {
      const buckets = SECONDS_BUCKETS;
      const histogram = new Histogram({ name, help, labelNames: [...labels], buckets, registers });
      this.#histograms.set(name, histogram);
    }
    for (const [name, { help, labels }] of rows(GAUGES)) {
      this.#gauges.set(name, new Gauge({ name, help, labelNames: [...labels], registers }));
    }
    collectDefaultMetrics({ register: this.#registry });
  }

  count(name: CounterName, by = 1, labels: MetricLabels = {}): void {
    this.#counters.get(name)?.inc({ ...labels }, by);
  }

  observeSeconds(name: HistogramName, seconds: number, labels: MetricLabels = {}): void {
    this.#histograms.get(name)?.observe({ ...labels }, seconds);
  }

  /** What a scrape is answered with; `snapshot` fills the gauges. Content type: `contentType`. */
  async text(snapshot: ClusterSnapshot): Promise<string> {
    for (const gauge of this.#gauges.values()) gauge.reset();
    for (const { name, labels, value } of gaugesOf(snapshot)) {
      this.#gauges.get(name)?.set({ ...labels }, value);
    }
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}

function rows<Name extends string, Row>(table: Readonly<Record<Name, Row>>): [Name, Row][] {
  return Object.entries(table) as [Name, Row][];
}
