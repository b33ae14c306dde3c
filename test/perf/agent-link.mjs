// How many attempts a second go through the daemon's link and an agent process, and what that costs
// each of them: no engine, no store, so the ceiling of execution alone. No-op attempts, or with `real`
// ones that run true(1) as the user who runs this, with an output file.
// node test/perf/agent-link.mjs [attempts] [in flight] [real]   (needs a build)

import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { systemClock } from '../../dist/base/clock.js';
import { silentLogger } from '../../dist/base/log.js';
import { AgentLink } from '../../dist/execution/link/agent-link.js';
import { DEFAULT_LINK_TIMES } from '../../dist/execution/link/settings.js';

const total = Number(process.argv[2] ?? 1_000_000);
const inFlight = Number(process.argv[3] ?? 10_000);
const isReal = process.argv[4] === 'real';
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-perf-'));
const socket = path.join(directory, 'agent.sock');
const node = 'bench';
const { uid, gid, username } = os.userInfo();
const owner = { uid, gid, user: username, group: '' };
const request = {
  dialect: 'grpc',
  name: 'no-op',
  queue: 'normal',
  command: 'true',
  launch: 'exec',
  arguments: ['true'],
  resources: { tasks: 1, cpusPerTask: 1 },
  limits: {},
  streams: { openMode: 'truncate' },
  workingDirectory: '/',
  umask: 0o22,
  submitHost: node,
};
const allocation = [{ node, cpus: 1, memoryMib: 0, tasks: 1 }];
const content = { script: new Uint8Array(), environment: Buffer.from('PATH=/usr/bin:/bin\0') };

const link = new AgentLink(
  { socket, ...DEFAULT_LINK_TIMES },
  {
    clock: systemClock(),
    log: silentLogger,
    describeLaunch: async () => ({
      template: {
        request,
        owner,
        streams: { stdin: ['/dev/null'], stdout: [`${directory}/out`] },
        environment: [],
        scriptName: '',
      },
      content,
    }),
    renderReport: async () => new Uint8Array(),
    peerUid: () => 0,
  },
);

let connected;
const ready = new Promise((resolve) => {
  connected = resolve;
});
let finish;
const finished = new Promise((resolve) => {
  finish = resolve;
});
let job = 0;
let ended = 0;

function launches(count) {
  const effects = [];
  for (let i = 0; i < count && job < total; i++) {
    job++;
    const launch = {
      job,
      attempt: 1,
      base: job,
      index: undefined,
      spec: 'k',
      request,
      owner,
      allocation,
    };
    effects.push({ kind: 'launch', node, launch });
  }
  return effects;
}

link.deliverTo(async (report) => {
  if (report.kind === 'nodeConnected') connected();
  if (report.kind !== 'attemptsEnded') return;
  ended += report.ended.length;
  const effects = report.ended.map((attempt) => ({ kind: 'forget', node, attempt }));
  effects.push(...launches(report.ended.length));
  link.perform(effects);
  if (ended === total) finish();
});

await link.start();
const agent = spawn(
  process.execPath,
  [
    path.resolve(import.meta.dirname, '../../dist/bin/spillway-agent.js'),
    ...(isReal ? [] : ['--no-op']),
    ...['--node', node, '--socket', socket, '--state-dir', directory],
  ],
  { stdio: 'inherit' },
);
await ready;
const cpuBefore = process.cpuUsage();
const agentBefore = agentCpuMs();
const start = performance.now();
link.perform(launches(inFlight));
await finished;
const seconds = (performance.now() - start) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const micros = (cpu.user + cpu.system) / total;
const agentMicros = ((agentCpuMs() - agentBefore) * 1000) / total;
process.stdout.write(
  `${Math.round(total / seconds)} attempts/s; CPU per attempt: daemon ${micros.toFixed(2)} us, ` +
    `agent ${agentMicros.toFixed(2)} us; agent's memory ${agentRssMib()} MiB\n`,
);
void link.dismiss(node);
await new Promise((resolve) => agent.once('exit', resolve));
await link.stop();
fs.rmSync(directory, { recursive: true });

function agentCpuMs() {
  const fields = fs.readFileSync(`/proc/${agent.pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function agentRssMib() {
  return Math.round(
    Number(fs.readFileSync(`/proc/${agent.pid}/statm`, 'latin1').split(' ')[1]) / 256,
  );
}
