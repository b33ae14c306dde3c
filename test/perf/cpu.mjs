// CPU time of groups of processes, exact, from the kernel's own books (cgroup version 1, cpuacct):
// children and threads that came and went are in it. Where it is not there, or we are not root, times
// are NaN and the tables say "unknown".

import * as fs from 'node:fs';
import * as path from 'node:path';

const CPUACCT = '/sys/fs/cgroup/cpuacct';
const OURS = path.join(CPUACCT, 'spillway-perf');

export class CpuGroups {
  static #made = 0;
  #folder = path.join(OURS, `${process.pid}.${(CpuGroups.#made += 1)}`);
  #names = new Set();

  /** Moves a process, all its threads and what they will start into the group. */
  put(name, pid) {
    const folder = this.#folderOf(name);
    if (folder !== undefined) fs.writeFileSync(path.join(folder, 'cgroup.procs'), String(pid));
  }

  /** Shell words that move the shell that says them into the group; nothing where there are none. */
  joinWords(name) {
    const folder = this.#folderOf(name);
    return folder === undefined ? ':' : `echo $$ > ${folder}/cgroup.procs`;
  }

  /** Milliseconds of CPU of each group so far. */
  readMs() {
    const times = {};
    for (const name of this.#names) times[name] = usageMs(path.join(this.#folder, name));
    return times;
  }

  remove() {
    for (const name of this.#names) removeEmpty(path.join(this.#folder, name));
    removeEmpty(this.#folder);
    removeEmpty(OURS);
  }

  #folderOf(name) {
    const folder = path.join(this.#folder, name);
    try {
      fs.mkdirSync(folder, { recursive: true });
    } catch {
      return undefined;
    }
    this.#names.add(name);
    return folder;
  }
}

/** What the whole folder of cpuacct used, in milliseconds; NaN where it is not there. */
export function usageMs(folder) {
  try {
    return Number(fs.readFileSync(path.join(folder, 'cpuacct.usage'), 'latin1')) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** The same of folders directly under the root, such as those that a node's jobs have. */
export function usageOfMs(name) {
  return usageMs(path.join(CPUACCT, name));
}

/** Later minus earlier, by group. */
export function difference(later, earlier) {
  const names = Object.keys(later);
  return Object.fromEntries(names.map((name) => [name, later[name] - (earlier[name] ?? 0)]));
}

function removeEmpty(folder) {
  try {
    fs.rmdirSync(folder);
  } catch {
    // Not ours to insist: something still runs there, or it was never made.
  }
}
