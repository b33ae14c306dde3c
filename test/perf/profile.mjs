// Reads CPU profiles (node --cpu-prof, SPILLWAY_PERF_PROFILE=DIR npm run perf -- --quick no-op) and prints
// where the time went: by function, alone.
// node test/perf/profile.mjs FILE… [--rows=N]

import * as fs from 'node:fs';

const rows = Number(process.argv.find((word) => word.startsWith('--rows='))?.slice(7) ?? 40);
for (const file of process.argv.slice(2).filter((word) => !word.startsWith('--'))) {
  const { nodes, samples, timeDeltas } = JSON.parse(fs.readFileSync(file, 'utf8'));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const selfUs = new Map();
  let totalUs = 0;
  samples.forEach((id, at) => {
    const { functionName, url, lineNumber } = byId.get(id).callFrame;
    const place =
      url === '' ? '' : ` ${url.replace(/^.*\/(dist|node_modules)\//, '')}:${lineNumber + 1}`;
    const name = `${functionName || '(anonymous)'}${place}`;
    if (name === '(idle)' || name === '(program)') return;
    totalUs += timeDeltas[at];
    selfUs.set(name, (selfUs.get(name) ?? 0) + timeDeltas[at]);
  });
  process.stdout.write(`${file}: ${Math.round(totalUs / 1000)} ms of work\n`);
  const sorted = [...selfUs].sort((a, b) => b[1] - a[1]).slice(0, rows);
  for (const [name, us] of sorted) {
    process.stdout.write(`${((us * 100) / totalUs).toFixed(1).padStart(5)} %  ${name}\n`);
  }
}
