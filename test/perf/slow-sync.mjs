// Builds slow-sync.c, once a run of the benchmarks.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

let library;

/** The environment of a process whose every sync takes `ms` longer. */
export function slowSync(ms) {
  library ??= build();
  return { environment: { LD_PRELOAD: library, SLOW_SYNC_US: String(ms * 1000) } };
}

function build() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-sync-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const made = path.join(folder, 'slow-sync.so');
  const source = path.join(import.meta.dirname, 'slow-sync.c');
  execFileSync('cc', ['-O2', '-D_GNU_SOURCE', '-shared', '-fPIC', '-o', made, source, '-ldl']);
  return made;
}
