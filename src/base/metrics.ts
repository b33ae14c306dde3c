// The interface that every part measures through. The real one, with help texts and labels, lives
// in observe. Names are those of the exposition, unit last.

/** Things that only grow. */
export type CounterName =
  | 'spillway_commands_total'
  | 'spillway_commands_refused_total'
  | 'spillway_committed_jobs_total'
  | 'spillway_committed_events_total';

/** Times of which the distribution matters, in seconds. */
export type HistogramName = 'spillway_command_seconds' | 'spillway_commit_seconds';

/** Labels of a measurement; few and from closed lists, never a user's text. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Where measurements go. Never throws, costs less than a microsecond. */
export interface Metrics {
  count(name: CounterName, by?: number, labels?: MetricLabels): void;
  observeSeconds(name: HistogramName, seconds: number, labels?: MetricLabels): void;
}

/** Metrics that keep nothing. */
export const silentMetrics: Metrics = { count() {}, observeSeconds() {} };
