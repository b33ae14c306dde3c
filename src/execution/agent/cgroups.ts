// Which control groups an attempt gets on this node: chosen once at the agent's start, as a list
// of leaves per attempt that the launcher makes. Here too: what is done to a leaf whose supervisor
// is gone. Never on the way of an ordinary job.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CgroupLeaf } from '../launcher/wire.ts';

/** `none`: the supervisor holds the tree as its subreaper and accounts by wait4. */
export type CgroupDriver = 'v2' | 'hybrid' | 'v1' | 'none';

/** What a control group is to hold an attempt to. */
export interface CgroupLimits {
  readonly memoryLimitBytes?: number;
  readonly processLimit?: number;
}

/** Our directory in each hierarchy that we use. */
export interface CgroupRoots {
  /** A version 2 hierarchy, or the version 1 freezer. */
  readonly tree?: { readonly version: 1 | 2; readonly path: string };
  readonly cpuacct?: string;
  readonly memory?: string;
  readonly pids?: string;
  /** The tree's hierarchy has these controllers itself. */
  readonly treeControllers: readonly string[];
}

interface Mounts {
  readonly v2: string | undefined;
  readonly v1: ReadonlyMap<string, string>;
}

export class Cgroups {
  readonly driver: CgroupDriver;
  readonly roots: CgroupRoots;

  constructor(driver: CgroupDriver, roots: CgroupRoots) {
    this.driver = driver;
    this.roots = roots;
  }

  /**
   * The leaves of the attempt called `name`. As few as will do: each costs the job about 0.1 ms.
   */
  leaves(name: string, limits: CgroupLimits): CgroupLeaf[] {
    const { tree, cpuacct, memory, pids } = this.roots;
    if (!tree) return [];
    const leaves: CgroupLeaf[] = [this.#treeLeaf(name, limits)];
    if (cpuacct) leaves.push({ version: 1, roles: ['cpu'], path: join(cpuacct, name), writes: [] });
    if (memory && limits.memoryLimitBytes !== undefined)
      leaves.push({
        version: 1,
        roles: ['memory'],
        path: join(memory, name),
        writes: memoryWritesV1(limits.memoryLimitBytes),
      });
    if (pids && limits.processLimit !== undefined)
      leaves.push({
        version: 1,
        roles: [],
        path: join(pids, name),
        writes: [{ file: 'pids.max', value: String(limits.processLimit) }],
      });
    return leaves;
  }

  /** Whether limits of this kind hold here, for saying so where they do not. */
  canLimit(what: 'memory' | 'processes'): boolean {
    const controller = what === 'memory' ? 'memory' : 'pids';
    return this.roots[controller] !== undefined || this.roots.treeControllers.includes(controller);
  }

  /** Whether the attempt's tree still holds a process. */
  readonly isPopulated = async (name: string): Promise<boolean> => {
    return (await this.#processes(name)).length > 0;
  };

  /**
   * Kills the tree of an attempt whose supervisor is gone; the caller repeats it until it is
   * empty.
   */
  async kill(name: string): Promise<void> {
    const { tree } = this.roots;
    if (!tree) return;
    const leaf = join(tree.path, name);
    if (tree.version === 2 && (await writeIfThere(join(leaf, 'cgroup.kill'), '1'))) return;
    await this.#freeze(leaf, true);
    for (const pid of await this.#processes(name)) killIfThere(pid);
    await this.#freeze(leaf, false);
  }

  /** Removes the attempt's leaves where they are empty, whoever left them. */
  async remove(name: string): Promise<void> {
    for (const root of this.#paths()) await rmdirIfEmpty(join(root, name));
  }

  /** Removes empty leaves and then our own directories; false when something still runs in them. */
  async removeRoots(): Promise<boolean> {
    let all = true;
    for (const root of this.#paths()) {
      for (const name of await subdirectories(root)) await rmdirIfEmpty(join(root, name));
      all = (await rmdirIfEmpty(root)) && all;
    }
    return all;
  }

  #paths(): string[] {
    const { tree, cpuacct, memory, pids } = this.roots;
    return [tree?.path, cpuacct, memory, pids].filter((path) => path !== undefined);
  }

  #treeLeaf(name: string, limits: CgroupLimits): CgroupLeaf {
    const { tree, treeControllers } = this.roots;
    const path = join(tree?.path ?? '', name);
    if (tree?.version === 1) return { version: 1, roles: ['tree'], path, writes: [] };
    const roles: CgroupLeaf['roles'] = treeControllers.includes('memory')
      ? ['tree', 'cpu', 'memory']
      : ['tree', 'cpu'];
    const writes: { file: string; value: string; optional?: boolean }[] = [];
    if (limits.memoryLimitBytes !== undefined && treeControllers.includes('memory'))
      writes.push(
        { file: 'memory.max', value: String(limits.memoryLimitBytes) },
        { file: 'memory.swap.max', value: '0', optional: true },
        { file: 'memory.oom.group', value: '1', optional: true },
      );
    if (limits.processLimit !== undefined && treeControllers.includes('pids'))
      writes.push({ file: 'pids.max', value: String(limits.processLimit) });
    return { version: 2, roles, path, writes };
  }

  async #processes(name: string): Promise<number[]> {
    const { tree } = this.roots;
    if (!tree) return [];
    const text = await readIfThere(join(tree.path, name, 'cgroup.procs'));
    return text.split('\n').filter(Boolean).map(Number);
  }

  async #freeze(leaf: string, frozen: boolean): Promise<void> {
    await writeIfThere(join(leaf, 'freezer.state'), frozen ? 'FROZEN' : 'THAWED');
  }
}

/**
 * Chooses the driver for the state directory `directory` and makes our roots in it. Version 2 when
 * it has the memory controller, else version 2 for the tree and version 1 for limits, else version
 * 1 alone, else none. A hierarchy that we may not write does not count. `mountinfo`: in place of
 * the kernel's, to make it choose another.
 */
export async function openCgroups(directory: string, mountinfo?: string): Promise<Cgroups> {
  const ours = `spillway-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;
  const mounts = parseMounts(mountinfo ?? (await readFile('/proc/self/mountinfo', 'latin1')));
  const own = parseMembership(await readFile('/proc/self/cgroup', 'latin1'));
  if (mounts.v2 !== undefined) {
    const parent = await v2Parent(mounts.v2, own.get('') ?? '/');
    const tree = await makeRoot(parent, ours);
    if (tree) {
      const treeControllers = await enableControllers(parent, tree);
      const v1 = treeControllers.includes('memory') ? {} : await limitRoots(mounts, own, ours);
      const driver = Object.keys(v1).length > 0 ? 'hybrid' : 'v2';
      return new Cgroups(driver, { tree: { version: 2, path: tree }, ...v1, treeControllers });
    }
  }
  const freezer = await makeV1Root(mounts, own, ours, 'freezer');
  if (freezer === undefined) return new Cgroups('none', { treeControllers: [] });
  const cpuacct = await makeV1Root(mounts, own, ours, 'cpuacct');
  return new Cgroups('v1', {
    tree: { version: 1, path: freezer },
    ...(cpuacct === undefined ? {} : { cpuacct }),
    ...(await limitRoots(mounts, own, ours)),
    treeControllers: [],
  });
}

/**
 * Reads the cgroup mounts of a mountinfo file: the version 2 one and each version 1 controller's.
 */
export function parseMounts(mountinfo: string): Mounts {
  let v2: string | undefined;
  const v1 = new Map<string, string>();
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const path = before.split(' ')[4];
    const [type, , options = ''] = after.split(' ');
    if (path === undefined) continue;
    if (type === 'cgroup2') v2 ??= path;
    if (type === 'cgroup') for (const option of options.split(',')) v1.set(option, path);
  }
  return { v2, v1 };
}

/** Reads /proc/self/cgroup: controller (the empty word for version 2) to path. */
export function parseMembership(text: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match) for (const name of match[1]?.split(',') ?? []) paths.set(name, match[2] ?? '/');
  }
  return paths;
}

/** Swap counts too, where the kernel counts it; the kernel wants the plain limit set first. */
function memoryWritesV1(bytes: number): CgroupLeaf['writes'] {
  return [
    { file: 'memory.limit_in_bytes', value: String(bytes) },
    { file: 'memory.memsw.limit_in_bytes', value: String(bytes), optional: true },
  ];
}

/**
 * Where our version 2 root goes: into our own service's cgroup (the unit says Delegate=yes), else
 * beside all others. In a service the agent first moves to a leaf, as a cgroup with controllers
 * for its children may hold no process itself.
 */
async function v2Parent(mount: string, own: string): Promise<string> {
  const service = own.endsWith('/agent') ? own.slice(0, -'/agent'.length) : own;
  if (!basename(service).endsWith('.service')) return mount;
  const parent = join(mount, service);
  if (own === service) {
    await mkdir(join(parent, 'agent'), { recursive: true });
    await writeFile(join(parent, 'agent', 'cgroup.procs'), String(process.pid));
  }
  return parent;
}

async function enableControllers(parent: string, tree: string): Promise<string[]> {
  for (const directory of [parent, tree])
    for (const controller of ['cpu', 'memory', 'pids'])
      await writeIfThere(join(directory, 'cgroup.subtree_control'), `+${controller}`);
  return (await readIfThere(join(tree, 'cgroup.subtree_control')))
    .trim()
    .split(' ')
    .filter(Boolean);
}

async function limitRoots(
  mounts: Mounts,
  own: ReadonlyMap<string, string>,
  ours: string,
): Promise<{ memory?: string; pids?: string }> {
  const memory = await makeV1Root(mounts, own, ours, 'memory');
  const pids = await makeV1Root(mounts, own, ours, 'pids');
  return { ...(memory === undefined ? {} : { memory }), ...(pids === undefined ? {} : { pids }) };
}

async function makeV1Root(
  mounts: Mounts,
  own: ReadonlyMap<string, string>,
  ours: string,
  controller: string,
): Promise<string | undefined> {
  const mount = mounts.v1.get(controller);
  if (mount === undefined) return undefined;
  return (await makeRoot(join(mount, own.get(controller) ?? '/'), ours)) ?? makeRoot(mount, ours);
}

/** Makes our directory; undefined where we may not, or where we could not put a process into it. */
async function makeRoot(parent: string, ours: string): Promise<string | undefined> {
  const path = join(parent, ours);
  try {
    await mkdir(path, { recursive: true });
    await mkdir(join(path, 'probe'), { recursive: true });
    await rmdir(join(path, 'probe'));
    return path;
  } catch {
    return undefined;
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return '';
  }
}

async function writeIfThere(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

async function subdirectories(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return [];
  }
}

async function rmdirIfEmpty(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    // Else it holds a process.
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
