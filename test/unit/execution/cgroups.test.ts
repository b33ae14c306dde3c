// The choice of control groups, from the texts that the kernel gives. mountinfo and cgroup files
// are of the shape of Debian 12 (unified), RHEL 8 (version 1) and a hybrid machine.

import { describe, expect, it } from 'vitest';
import {
  Cgroups,
  openCgroups,
  parseMembership,
  parseMounts,
} from '../../../src/execution/agent/cgroups.ts';

const HYBRID = `25 1 0:22 / /sys/fs/cgroup rw shared:9 - tmpfs tmpfs rw,mode=755
26 25 0:23 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 rw,nsdelegate
30 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:13 - cgroup cgroup rw,cpu,cpuacct
31 25 0:28 / /sys/fs/cgroup/memory rw shared:14 - cgroup cgroup rw,memory
`;

describe('the mounts of a machine', () => {
  it('give the place of version 2 and of each controller of version 1', () => {
    const { v2, v1 } = parseMounts(HYBRID);
    expect(v2).toBe('/sys/fs/cgroup/unified');
    expect(v1.get('cpuacct')).toBe('/sys/fs/cgroup/cpu,cpuacct');
    expect(v1.get('memory')).toBe('/sys/fs/cgroup/memory');
    expect(parseMounts('')).toEqual({ v2: undefined, v1: new Map() });
  });

  it('give our own place in each', () => {
    const own = parseMembership(
      '9:name=systemd:/\n4:cpu,cpuacct:/a:b\n0::/system.slice/x.service\n',
    );
    expect(own.get('cpuacct')).toBe('/a:b');
    expect(own.get('')).toBe('/system.slice/x.service');
  });
});

describe('the leaves of an attempt', () => {
  it('are one under version 2, with what limits it there', () => {
    const roots = {
      tree: { version: 2 as const, path: '/c' },
      treeControllers: ['memory', 'pids'],
    };
    const leaves = new Cgroups('v2', roots).leaves('7.0', {
      memoryLimitBytes: 1000,
      processLimit: 5,
    });
    expect(leaves).toEqual([
      {
        version: 2,
        roles: ['tree', 'cpu', 'memory'],
        path: '/c/7.0',
        writes: [
          { file: 'memory.max', value: '1000' },
          { file: 'memory.swap.max', value: '0', optional: true },
          { file: 'memory.oom.group', value: '1', optional: true },
          { file: 'pids.max', value: '5' },
        ],
      },
    ]);
  });

  it('are more than the tree only for limits that were asked for', () => {
    const roots = {
      tree: { version: 2 as const, path: '/c' },
      memory: '/m',
      pids: '/p',
      treeControllers: [],
    };
    const cgroups = new Cgroups('hybrid', roots);
    expect(cgroups.leaves('7.0', {}).map(({ path }) => path)).toEqual(['/c/7.0']);
    const limited = cgroups.leaves('7.0', { memoryLimitBytes: 1000, processLimit: 5 });
    expect(limited.map(({ path }) => path)).toEqual(['/c/7.0', '/m/7.0', '/p/7.0']);
    expect(cgroups.canLimit('memory')).toBe(true);
  });

  it('are none where nothing is mounted', async () => {
    const cgroups = await openCgroups('/nowhere', '');
    expect(cgroups.driver).toBe('none');
    expect(cgroups.leaves('7.0', { memoryLimitBytes: 1000 })).toEqual([]);
    expect(cgroups.canLimit('memory')).toBe(false);
  });
});
