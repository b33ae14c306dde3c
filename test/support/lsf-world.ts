// A scripted engine for LSF's commands: jobs, queues and nodes as given, selected as the engine
// would.

import { type Instant, instant } from '../../src/base/brand.ts';
import type { Command, CommandResult, Steered } from '../../src/model/command.ts';
import { jobId, nodeName, queueName } from '../../src/model/ids.ts';
import { hasIndex } from '../../src/model/index-set.ts';
import type { JobRequest } from '../../src/model/job-request.ts';
import type { Query } from '../../src/model/query.ts';
import type { JobSelection } from '../../src/model/selection.ts';
import type { Identity } from '../../src/model/user.ts';
import type { JobView, NodeView, QueueView, View } from '../../src/model/view.ts';
import type { Invocation } from '../../src/dialects/kit/dialog.ts';
import { lsfPrograms } from '../../src/dialects/lsf/programs.ts';
import { identity, invocation, type Ran, run, TEST_SITE, type World } from './dialog-runner.ts';

export const NOW = instant(Date.UTC(2026, 10, 21, 8, 0, 0));
export const SITE = { ...TEST_SITE, cluster: 'lab', host: 'node1', defaultQueue: 'normal' };

/** A job with everything that a test does not care about filled in. */
export function jobView(
  id: number,
  changes: Partial<Omit<JobView, 'request'>> & { request?: Partial<JobRequest> } = {},
): JobView {
  const { request, ...others } = changes;
  return {
    id: jobId(id),
    base: jobId(id),
    request: {
      dialect: 'lsf',
      name: 'sleep 60',
      queue: queueName('normal'),
      command: 'sleep 60',
      launch: 'shell',
      arguments: [],
      resources: { tasks: 1, cpusPerTask: 1 },
      limits: {},
      streams: { openMode: 'append' },
      workingDirectory: '/home/alice/work',
      umask: 0o022,
      submitHost: 'node1',
      account: 'default',
      extras: { 'lsf.home': '/home/alice' },
      ...request,
    },
    owner: { uid: 1001, gid: 1001, user: 'alice', group: 'alice' },
    state: 'pending',
    reason: 'new',
    priority: 1,
    submittedAt: at('2026-11-21T07:39:00Z'),
    attempt: 0,
    earlierAttempts: [],
    ...others,
  };
}

/** What a job that runs has besides. */
export function runningSince(time: string, node = 'node1', tasks = 1): Partial<JobView> {
  return {
    state: 'running',
    startedAt: at(time),
    attempt: 1,
    allocation: [{ node: nodeName(node), cpus: tasks, memoryMib: 0, tasks }],
  };
}

export function at(time: string): Instant {
  return instant(Date.parse(time));
}

const QUEUES: readonly QueueView[] = [queue('normal', 30, true), queue('short', 35, false)];

function queue(name: string, priority: number, isDefault: boolean): QueueView {
  const open = { open: true, active: true, description: '', environments: [] };
  return { name: queueName(name), priority, isDefault, ...open, pending: 0, running: 0 };
}

const NODES = [{ name: nodeName('node1') }] as unknown as readonly NodeView[];

/** The engine's answers for these jobs; `refuse` answers commands instead. */
export function lsfWorld(
  jobs: readonly JobView[],
  more: Partial<World> & { refuse?: CommandResult } = {},
): World {
  const { refuse, ...others } = more;
  return {
    query: (query, by) => answer(query, by, jobs),
    command: (command, by) => refuse ?? obey(command, by, jobs),
    ...others,
  };
}

function answer(query: Query, _by: Identity, jobs: readonly JobView[]): View {
  if (query.kind === 'queues') return { kind: 'queues', queues: QUEUES };
  if (query.kind === 'nodes') return { kind: 'nodes', nodes: NODES };
  if (query.kind !== 'jobs') throw new Error(`no answer to ${query.kind}`);
  const since = query.finishedSince;
  const shown = jobs.filter(
    (job) =>
      matches(job, query.selection) &&
      (job.state !== 'finished' || (since !== undefined && (job.endedAt ?? 0) >= since)),
  );
  return { kind: 'jobs', asOf: NOW, jobs: shown };
}

function matches(job: JobView, selection: JobSelection): boolean {
  const { refs, users, names, namePattern, queues, accounts, states, nodes } = selection;
  const isIn = (list: readonly string[] | undefined, value: string | undefined): boolean =>
    list === undefined || (value !== undefined && list.includes(value));
  const pattern =
    namePattern === undefined
      ? undefined
      : new RegExp(`^${namePattern.split('*').map(literal).join('.*')}$`);
  return (
    (refs === undefined ||
      refs.some(
        ({ job: id, elements }) =>
          id === job.base &&
          (elements === undefined ||
            (job.element !== undefined && hasIndex(elements, job.element))),
      )) &&
    isIn(users, job.owner.user) &&
    isIn(names, job.request.name) &&
    (pattern === undefined || pattern.test(job.request.name)) &&
    isIn(queues, job.request.queue) &&
    isIn(accounts, job.request.account) &&
    isIn(states, job.state) &&
    (nodes === undefined || nodes.some((node) => job.allocation?.some((one) => one.node === node)))
  );
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function obey(command: Command, by: Identity, jobs: readonly JobView[]): CommandResult {
  if (command.kind === 'submitJob') {
    const { queue } = command.submission.request;
    return QUEUES.some(({ name }) => name === queue)
      ? { kind: 'submitted', job: jobId(123), queue, repeated: false }
      : { kind: 'refused', refusal: { code: 'noSuchQueue', queue } };
  }
  if (command.kind !== 'cancelJobs' && command.kind !== 'signalJobs') return { kind: 'done' };
  const { refs, onlyLast, ...rest } = command.selection;
  if (refs !== undefined)
    return { kind: 'steered', jobs: refs.map((ref) => steered(ref, by, jobs)) };
  const found = jobs.filter((job) => job.state !== 'finished' && matches(job, rest));
  const bases = [...new Set(found.map(({ base }) => base))];
  const chosen = onlyLast ? bases.slice(-1) : bases;
  return { kind: 'steered', jobs: chosen.map((job) => ({ ref: { job }, job })) };
}

function steered(
  ref: NonNullable<JobSelection['refs']>[number],
  by: Identity,
  jobs: readonly JobView[],
): Steered {
  const found = jobs.filter((job) => matches(job, { refs: [ref] }));
  const known = { ref, job: ref.job };
  if (found.length === 0) return { ...known, refusal: { code: 'noSuchJob', ref } };
  if (found.every(({ owner }) => owner.user !== by.user)) {
    return { ...known, refusal: { code: 'notPermitted', ref } };
  }
  if (found.every(({ state }) => state === 'finished')) {
    return { ...known, refusal: { code: 'alreadyFinished', ref } };
  }
  return known;
}

/** Runs a command line of plain words (`'a b'` groups) against these jobs. */
export function lsf(
  line: string,
  jobs: readonly JobView[] = [],
  more: Partial<World> & { refuse?: CommandResult; call?: Partial<Invocation> } = {},
): Ran {
  const { call, ...world } = more;
  const [name = '', ...words] = splitLine(line);
  const program = lsfPrograms[name];
  if (program === undefined) throw new Error(`no program ${name}`);
  const environment = new Map([
    ['HOME', '/home/alice'],
    ['PATH', '/usr/bin:/bin'],
  ]);
  return run(
    program,
    invocation(name, words, {
      now: NOW,
      site: SITE,
      host: 'node1',
      environment,
      workingDirectory: '/home/alice/work',
      identity: identity('alice', 1001),
      ...call,
    }),
    lsfWorld(jobs, world),
  );
}

/** Words of a line as a shell without expansions reads them. */
export function splitLine(line: string): string[] {
  const words = line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, (_, a, b) => a ?? b ?? ''));
}
