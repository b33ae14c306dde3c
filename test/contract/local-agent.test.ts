// The agent that a daemon starts on its own machine. Needs a build.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { AgentLink } from '../../src/execution/link/agent-link.ts';
import { LocalAgent } from '../../src/execution/link/local-agent.ts';
import { DEFAULT_LINK_TIMES } from '../../src/execution/link/settings.ts';
import { nodeName } from '../../src/model/ids.ts';
import { ReportRecorder, until } from '../support/execution-under-test.ts';
import { describe as description } from '../support/launches.ts';

const NODE = nodeName('here');

describe('the local agent', () => {
  let directory: string;
  let recorder: ReportRecorder;
  let link: AgentLink;
  const daemon = async (): Promise<LocalAgent> => {
    recorder = new ReportRecorder();
    const socket = path.join(directory, 'agent.sock');
    const clock = systemClock();
    link = new AgentLink(
      { socket, ...DEFAULT_LINK_TIMES, graceMs: 200 },
      {
        clock,
        log: silentLogger,
        describeLaunch: description('exit 0'),
        renderReport: async () => new Uint8Array(),
        peerUid: () => process.geteuid?.() ?? 0,
      },
    );
    link.deliverTo(recorder.take);
    await link.start();
    const local = new LocalAgent(
      {
        node: NODE,
        environment: 'local',
        size: { cpus: 3, memoryMib: 300 },
        stateDirectory: directory,
        socket,
        logFile: path.join(directory, 'agent.log'),
      },
      { link, clock, log: silentLogger },
    );
    await local.start();
    await until(() => recorder.of('nodeConnected').length === 1);
    return local;
  };
  /** Agents of this directory, by /proc. */
  const agentPids = (): number[] =>
    fs.readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        const words = fs.readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0');
        return words.includes('--state-dir') && words.includes(directory) ? [Number(name)] : [];
      } catch (error) {
        if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
        throw error;
      }
    });

  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-local-'));
  });
  afterEach(async () => {
    await link.stop();
    for (const pid of agentPids()) process.kill(pid, 'SIGTERM');
    await until(() => agentPids().length === 0);
    fs.rmSync(directory, { recursive: true });
  });

  it('connects with the size that it was given, in a session of its own', async () => {
    const local = await daemon();
    expect(recorder.of('nodeConnected')[0]?.size).toEqual({ cpus: 3, memoryMib: 300 });
    const [pid] = agentPids();
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ');
    expect(fields?.[3]).toBe(String(pid));
    await local.stop();
    expect(agentPids()).toEqual([]);
  });

  it('is started again when it is killed', async () => {
    const local = await daemon();
    const [pid = 0] = agentPids();
    process.kill(pid, 'SIGKILL');
    await until(() => recorder.of('nodeConnected').length === 2);
    expect(agentPids()).not.toContain(pid);
    await local.stop();
  });

  it('is adopted by the next daemon when its own is gone', async () => {
    await daemon();
    const before = agentPids();
    await link.stop();
    const local = await daemon();
    await until(() => agentPids().length === 1);
    expect(agentPids()).toEqual(before);
    await local.stop();
    await link.stop();
    await until(() => agentPids().length === 0);
  });
});
