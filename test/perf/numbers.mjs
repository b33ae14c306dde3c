// Statistics and how benchmarks print them.

export function median(values) {
  return quantile(values, 0.5);
}

/** The value below which the part `part` of them lies. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** With as many digits as are worth reading. */
export function show(value) {
  if (!Number.isFinite(value)) return 'unknown';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Rows of words under a head, in columns. */
export function table(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at].length)));
  const line = (row) => row.map((word, at) => pad(word, widths[at], at)).join('  ');
  return `${all.map((row) => line(row).trimEnd()).join('\n')}\n`;
}

/** The first column is a name, the others are numbers. */
function pad(word, width, at) {
  return at === 0 ? word.padEnd(width) : word.padStart(width);
}

/** One line for the CPU of each group for each of `count` jobs. */
export function cpuSplit(ms, count, unit = 'ms') {
  const scale = unit === 'us' ? 1000 : 1;
  const of = (time) => show((time * scale) / count);
  const total = Object.values(ms).reduce((sum, time) => sum + time, 0);
  const parts = Object.entries(ms).map(([name, time]) => `${name} ${of(time)}`);
  return `CPU a job: ${of(total)} ${unit} = ${parts.join(' + ')}`;
}
