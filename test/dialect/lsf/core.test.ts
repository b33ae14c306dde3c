// The commands over the real core instead of a scripted engine: what bsub asks for is what bjobs shows
// and bkill ends.

import { expect, test } from 'vitest';
import { jobId, nodeName } from '../../../src/model/ids.ts';
import { jobViews, nodeViews, queueViews } from '../../../src/core/view/queries.ts';
import type { JobView } from '../../../src/model/view.ts';
import { ALICE, BOB, CoreWorld } from '../../support/core-world.ts';
import type { Ran } from '../../support/dialog-runner.ts';
import { lsf } from '../../support/lsf-world.ts';

class Cluster {
  readonly core = new CoreWorld();
  #calls = 0;

  constructor(cpus: number) {
    this.core.addNode('node1', cpus);
  }

  run(line: string, by = ALICE, stdin = ''): Ran {
    return lsf(line, [], {
      stdin,
      call: { identity: by, requestId: `call-${++this.#calls}`, now: this.core.now },
      command: (command, identity) => this.core.wish(command, identity),
      query: (query) => {
        const { state, now } = this.core;
        if (query.kind === 'jobs') return { kind: 'jobs', asOf: now, jobs: jobViews(state, query) };
        if (query.kind === 'queues') return { kind: 'queues', queues: queueViews(state) };
        return { kind: 'nodes', nodes: nodeViews(state) };
      },
    });
  }

  /** Starts whatever fits. */
  start(): readonly JobView[] {
    this.core.schedule();
    for (const id of this.core.state.runs.keys()) this.core.start(id);
    return jobViews(this.core.state, { kind: 'jobs', selection: { states: ['running'] } });
  }

  /** The job ends, and its report is appended. */
  end(job: number, exitCode = 0, signal = 0): void {
    const id = jobId(job);
    const attempt = this.core.state.runs.get(id)?.attempt ?? 1;
    this.core.end(id, exitCode, signal);
    this.core.observe({
      kind: 'reportsAppended',
      node: nodeName('node1'),
      attempts: [{ job: id, attempt }],
    });
  }

  states(words = ''): string[] {
    return this.run(`bjobs ${words} -noheader -o 'jobid jobindex stat'`).stdout.trim().split('\n');
  }
}

test('a job is listed from its submission to its end', () => {
  const cluster = new Cluster(1);
  expect(cluster.run('bsub sleep 5').stdout).toBe(
    'Job <1> is submitted to default queue <normal>.\n',
  );
  expect(cluster.states()).toEqual(['1 0 PEND']);
  cluster.start();
  expect(cluster.states()).toEqual(['1 0 RUN']);
  cluster.core.end(jobId(1), 3);
  expect(cluster.states()).toEqual(['1 0 RUN']);
  cluster.core.observe({
    kind: 'reportsAppended',
    node: nodeName('node1'),
    attempts: [{ job: jobId(1), attempt: 1 }],
  });
  expect(cluster.states('1')).toEqual(['1 0 EXIT']);
  expect(cluster.run("bjobs -noheader -o 'exit_code' 1").stdout).toBe('3\n');
  expect(cluster.run('bjobs').stderr).toBe('No unfinished job found\n');
});

test('every element of an array is a line with the number of the array', () => {
  const cluster = new Cluster(2);
  cluster.run("bsub -J 'a[1-4]' true");
  expect(cluster.states()).toEqual(['1 1 PEND', '1 2 PEND', '1 3 PEND', '1 4 PEND']);
  const running = cluster.start();
  expect(cluster.states()).toEqual(['1 1 RUN', '1 2 RUN', '1 3 PEND', '1 4 PEND']);
  for (const { id } of running) cluster.end(id);
  expect(cluster.states('-a')).toEqual(['1 3 PEND', '1 4 PEND', '1 1 DONE', '1 2 DONE']);
  expect(cluster.states('"1[2-3]"')).toEqual(['1 3 PEND', '1 2 DONE']);
  expect(cluster.run('bjobs "1[9]"')).toMatchObject({
    stderr: 'Job <1[9]> is not found\n',
    status: 255,
  });
  expect(cluster.run('bjobs -A').stdout.split('\n')[1]).toBe(
    '1        a           alice       4    2    2    0    0     0     0     0',
  );
});

test('a job waits for the jobs that its condition names', () => {
  const cluster = new Cluster(4);
  cluster.run('bsub -J first true');
  cluster.run("bsub -w 'done(first)' true");
  cluster.run("bsub -w 'exit(1)' true");
  cluster.start();
  expect(cluster.states()).toEqual(['1 0 RUN', '2 0 PEND', '3 0 PEND']);
  expect(cluster.run('bjobs -p 2').stdout).toContain(
    '\n Job dependency condition not satisfied;\n',
  );
  cluster.end(1);
  cluster.start();
  expect(cluster.states()).toEqual(['2 0 RUN', '3 0 PEND']);
  expect(cluster.run('bjobs -p 3').stdout).toContain(
    '\n Dependency condition invalid or never satisfied;\n',
  );
});

test('bkill ends what waits at once, and what runs by a plan', () => {
  const cluster = new Cluster(1);
  cluster.run('bsub -J x true');
  cluster.run('bsub -J x true');
  cluster.start();
  expect(cluster.run('bkill 2 1').stdout).toBe(
    'Job <2> is being terminated\nJob <1> is being terminated\n',
  );
  expect(cluster.states('-a')).toEqual(['1 0 RUN', '2 0 EXIT']);
  cluster.end(1, 0, 2);
  expect(cluster.run("bjobs -noheader -o 'stat exit_code exit_reason' 1").stdout).toBe(
    'EXIT 130 TERM_OWNER: job killed by owner\n',
  );
  expect(cluster.run('bkill 1')).toMatchObject({
    stderr: 'Job <1>: Job has already finished\n',
    status: 255,
  });
});

test('bkill -d leaves a job that is done', () => {
  const cluster = new Cluster(1);
  cluster.run('bsub true');
  cluster.start();
  cluster.run('bkill -d 1');
  cluster.end(1, 0, 2);
  expect(cluster.states('-a')).toEqual(['1 0 DONE']);
});

test('by name the last job is meant, and the whole array', () => {
  const cluster = new Cluster(1);
  cluster.run('bsub -J x true');
  cluster.run("bsub -J 'x[1-3]' true");
  expect(cluster.run('bkill -J x').stdout).toBe('Job <2> is being terminated\n');
  expect(cluster.states()).toEqual(['1 0 PEND']);
});

test('one element is ended alone', () => {
  const cluster = new Cluster(1);
  cluster.run("bsub -J 'x[1-3]' true");
  expect(cluster.run('bkill "1[2]"').stdout).toBe('Job <1[2]> is being terminated\n');
  expect(cluster.states('-a')).toEqual(['1 1 PEND', '1 3 PEND', '1 2 EXIT']);
});

test("others' jobs are listed but not ended", () => {
  const cluster = new Cluster(1);
  cluster.run('bsub true');
  expect(cluster.run('bjobs', BOB).stderr).toBe('No unfinished job found\n');
  expect(cluster.run('bjobs -u all -noheader -o jobid', BOB).stdout).toBe('1\n');
  expect(cluster.run('bkill 1', BOB)).toMatchObject({
    stderr: 'Job <1>: User permission denied\n',
    status: 255,
  });
  expect(cluster.run('bkill 0', BOB).stderr).toBe('No unfinished job found\n');
});

test('a held job is PSUSP and tells why', () => {
  const cluster = new Cluster(1);
  cluster.run('bsub -H true');
  cluster.start();
  expect(cluster.states()).toEqual(['1 0 PSUSP']);
  expect(cluster.run('bjobs -s').stdout).toContain('suspended by the user while pending;');
});

test('what the cluster cannot hold is refused or waits with a reason', () => {
  const cluster = new Cluster(2);
  expect(cluster.run("bsub -J 'a[1-5000000]' true").stderr).toBe(
    'Job array index too large. Job not submitted.\n',
  );
  cluster.run('bsub -n 50 true');
  cluster.start();
  expect(cluster.run('bjobs -p').stdout).toMatch(/\n Not enough processors to meet the job's/);
});

test('a repeated name in several queues is listed by the priority of the queues', () => {
  const cluster = new Cluster(1);
  cluster.core.addQueue('short', 40);
  cluster.run('bsub true');
  cluster.run('bsub -q short true');
  expect(cluster.states()).toEqual(['2 0 PEND', '1 0 PEND']);
});
