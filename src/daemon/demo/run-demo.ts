// The demo: a private gateway, real jobs through all three dialects, a daemon that is killed in the
// middle, the accounting from every side, and what was proven. Anything that is not as it must be
// makes it fail; whatever happens, nothing is left behind.

import * as os from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { GatewayError } from '../../base/gateway-error.ts';
import type { JobRow } from '../own-commands/listings.ts';
import { type Account, accounts, expectedAccounts, SIDES } from './accounting.ts';
import { PrivateGateway } from './private-gateway.ts';
import { type Progress, progressOf } from './progress.ts';
import { type Proof, proofs } from './proofs.ts';
import { type Display, Screen } from './screen.ts';
import { type Submitted, submissions } from './submissions.ts';

const LIMIT_MS = 60_000;
const LOOK_MS = 80;
/** What the others do is a surprise. */
const MEANT_TO_FAIL = ['broken', 'endless'];
/** Elements of the array that are done when the daemon is killed. */
const DONE_BEFORE_KILL = 3;

/** What one run of the demo goes through. */
interface Stage {
  readonly gateway: PrivateGateway;
  readonly screen: Screen;
  readonly nowMs: () => number;
  readonly isStopped: () => boolean;
}

/** Runs it; true when everything was as it must be. `stop` ends it early. */
export async function runDemo(display: Display, stop: AbortSignal): Promise<boolean> {
  const screen = new Screen(display);
  const gateway = new PrivateGateway();
  const beganMs = performance.now();
  const nowMs = () => performance.now() - beganMs;
  const stage = { gateway, screen, nowMs, isStopped: () => stop.aborted };
  let isWell = false;
  try {
    isWell = await play(stage);
  } finally {
    await gateway.remove();
  }
  const seconds = (nowMs() / 1000).toFixed(1);
  if (stop.aborted) screen.say('', 'Stopped. Nothing is left behind.');
  else if (isWell) {
    screen.say(
      '',
      `${screen.paint('green', 'All as it must be')}, in ${seconds} s. Nothing is left behind.`,
      `Next: ${screen.paint('bold', 'npm start')} leaves a gateway running and says what to type.`,
    );
  } else screen.say('', screen.paint('red', `Not as it must be: the lines with ✗ (${seconds} s).`));
  return isWell && !stop.aborted;
}

async function play(stage: Stage): Promise<boolean> {
  const { gateway, screen } = stage;
  const { username } = os.userInfo();
  const cpus = os.availableParallelism();
  const title = screen.paint('bold', 'Spillway');
  screen.say(
    `${title}: LSF, Slurm and AWS Batch in front of one queue`,
    screen.paint(
      'dim',
      `A gateway of its own in ${gateway.directory}, ${cpus} CPUs, user ${username}`,
    ),
    '',
  );
  await gateway.start();
  const jobs: Submitted[] = [];
  for await (const one of submissions(gateway)) {
    if (stage.isStopped()) return false;
    jobs.push(one);
    const side = screen.paint('cyan', one.side.padEnd(6));
    screen.say(`  ${side} ${one.line.padEnd(58)} ${screen.paint('dim', `job ${one.job}`)}`);
  }
  screen.say('');
  const survived = await follow(stage, jobs);
  if (survived === undefined) return false;
  const found = await accounts(gateway, jobs);
  const isAccounted = showAccounts(screen, jobs, found);
  const proven = proofs({ jobs, rows: await gateway.jobs(), survived, work: gateway.work });
  return showProofs(screen, proven) && isAccounted;
}

/** Draws until all have ended; how many jobs lived through the death of the daemon. */
async function follow(stage: Stage, jobs: readonly Submitted[]): Promise<number | undefined> {
  const { gateway, screen, nowMs, isStopped } = stage;
  const limitMs = nowMs() + LIMIT_MS;
  let survived: number | undefined;
  const notes: string[] = [];
  for (;;) {
    const rows = await gateway.jobs();
    const progress = jobs.map((job) => progressOf(job, rows));
    screen.draw([
      ...picture(screen, jobs, progress),
      ...notes.map((note) => `  ${screen.paint('yellow', '!')} ${note}`),
    ]);
    if (isStopped()) return undefined;
    const surprise = jobs.find(
      ({ name }, at) => !MEANT_TO_FAIL.includes(name) && (progress[at]?.failed ?? 0) > 0,
    );
    if (surprise !== undefined) throw new GatewayError('demo', `${surprise.name} failed`);
    if (nowMs() > limitMs) throw new GatewayError('demo', `jobs still run after ${LIMIT_MS} ms`);
    if (progress.every((one) => one.isOver)) break;
    const running = progress.reduce((sum, one) => sum + one.running, 0);
    const isTime = (progress[0]?.done ?? 0) >= DONE_BEFORE_KILL && running > 0;
    if (survived === undefined && isTime) {
      const beganMs = nowMs();
      await gateway.kill();
      await gateway.start();
      survived = running;
      const ms = Math.round(nowMs() - beganMs);
      notes.push(
        `kill -9 of the daemon while ${running} jobs run; the next one is there after ${ms} ms`,
      );
    }
    if (notes.length === 1 && (await cancelEndless(stage, jobs, rows))) {
      notes.push(`scancel of endless, which came by bsub`);
    }
    await setTimeout(LOOK_MS);
  }
  screen.settle();
  return survived ?? 0;
}

/** The job without an end is cancelled by the other dialect once it runs. */
async function cancelEndless(
  { gateway }: Stage,
  jobs: readonly Submitted[],
  rows: readonly JobRow[],
): Promise<boolean> {
  const endless = jobs.find((job) => job.name === 'endless')?.job;
  const row = rows.find((one) => one.id === endless);
  if (row?.state !== 'running') return false;
  await gateway.shell(`scancel ${row.id}`);
  return true;
}

function picture(screen: Screen, jobs: readonly Submitted[], all: readonly Progress[]): string[] {
  return jobs.map(({ job, name, side }, at) => {
    const { marks = [], words = '' } = all[at] ?? {};
    const drawn = marks.map(({ mark, color }) => screen.paint(color, mark)).join('');
    const space = ' '.repeat(Math.max(0, 8 - marks.length));
    const head = `  ${String(job).padStart(2)}  ${name.padEnd(8)} ${side.padEnd(6)}`;
    return `${head} ${drawn}${space}  ${words}`;
  });
}

function showAccounts(
  screen: Screen,
  jobs: readonly Submitted[],
  found: readonly Account[],
): boolean {
  const widths = [9, 10, 14, 17, 12];
  const row = (cells: readonly string[]) =>
    cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' ');
  screen.say('', 'The same jobs, as every side accounts for them:', '');
  screen.say(`      ${screen.paint('bold', row(['', ...SIDES]).trimEnd())}`);
  let isWell = true;
  for (const [at, { name, cells }] of found.entries()) {
    const expected = expectedAccounts.find((one) => one.name === name)?.cells ?? [];
    const isRight = cells.join('|') === expected.join('|');
    isWell &&= isRight;
    const line = `  ${String(jobs[at]?.job).padStart(2)}  ${row([name, ...cells]).trimEnd()}`;
    screen.say(isRight ? line : screen.paint('red', `${line}  ✗ not ${expected.join(', ')}`));
  }
  return isWell;
}

function showProofs(screen: Screen, proven: readonly Proof[]): boolean {
  screen.say('');
  for (const { words, holds } of proven) {
    const mark = holds ? screen.paint('green', '✓') : screen.paint('red', '✗');
    screen.say(`  ${mark} ${words}`);
  }
  return proven.every((proof) => proof.holds);
}
