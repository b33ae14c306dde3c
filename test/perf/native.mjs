// The small C programs of the benchmarks, built once a run.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ALICE, hasAlice } from './users.mjs';

let folder;

/** The path of `name`.c as a program, or as a library to preload. */
function built(name, flags) {
  folder ??= madeFolder();
  const made = path.join(folder, name);
  if (fs.existsSync(made)) return made;
  const source = path.join(import.meta.dirname, `${name}.c`);
  execFileSync('cc', ['-O2', '-D_GNU_SOURCE', ...flags, '-o', made, source, '-ldl']);
  return made;
}

function madeFolder() {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-native-'));
  fs.chmodSync(made, 0o755);
  process.once('exit', () => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

/** The environment of a process whose every sync takes `ms` longer. */
export function slowSync(ms) {
  const library = built('slow-sync', ['-shared', '-fPIC']);
  return { LD_PRELOAD: library, SLOW_SYNC_US: String(ms * 1000) };
}

/** The program whose output is the time. */
export function stampProgram() {
  return built('stamp', []);
}

/**
 * Runs the words `count` times one after the other, as alice where she exists; the times at which
 * each began and had ended, in milliseconds since the epoch.
 */
export function timesOf(words, count, options) {
  const as = hasAlice() ? { uid: ALICE.uid, gid: ALICE.gid } : {};
  const program = built('time-command', []);
  const said = execFileSync(program, [String(count), ...words], {
    ...options,
    ...as,
    encoding: 'utf8',
  });
  const lines = said.trim().split('\n');
  return lines.map((line) => {
    const [began, ended] = line.split(' ').map((ns) => Number(BigInt(ns) / 1000n) / 1000);
    return { began, ended };
  });
}
