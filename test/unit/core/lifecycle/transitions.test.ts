// The tables of the state machines: whole, in step with their pictures, and asked by evolve.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { instant } from '../../../../src/base/brand.ts';
import { evolve } from '../../../../src/core/evolve.ts';
import {
  assertInstanceMove,
  assertNodeMove,
  INSTANCE_TRANSITIONS,
  JOB_TRANSITIONS,
  jobAfter,
  NODE_TRANSITIONS,
} from '../../../../src/core/lifecycle/transitions.ts';
import { NO_USAGE } from '../../../../src/model/outcome.ts';
import { CoreWorld } from '../../../support/core-world.ts';

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

const MACHINES: readonly [name: string, table: Table, first: string][] = [
  ['job', JOB_TRANSITIONS, 'pending'],
  ['node', NODE_TRANSITIONS, 'up'],
  ['instance', INSTANCE_TRANSITIONS, 'requested'],
];

const PAGE = path.resolve('src/core/lifecycle/README.md');

/** The picture of a table: one line for each pair of states, with all its causes. */
function diagramOf(table: Table): string {
  const lines = Object.entries(table).flatMap(([from, moves]) => {
    const byTarget = new Map<string, string[]>();
    for (const [cause, to] of Object.entries(moves)) {
      byTarget.set(to, [...(byTarget.get(to) ?? []), cause]);
    }
    return [...byTarget].map(([to, causes]) => `    ${from} --> ${to}: ${causes.join(', ')}`);
  });
  return ['stateDiagram-v2', ...lines].join('\n');
}

function reachable(table: Table, from: string, found = new Set<string>()): Set<string> {
  if (found.has(from)) return found;
  found.add(from);
  for (const to of Object.values(table[from] ?? {})) reachable(table, to, found);
  return found;
}

describe('the state machines', () => {
  it.each(MACHINES)('reach every state of a %s', (_, table, first) => {
    expect([...reachable(table, first)].sort()).toEqual(Object.keys(table).sort());
  });

  it('are drawn in their README as they are', () => {
    const text = fs.readFileSync(PAGE, 'utf8');
    const drawn = [...text.matchAll(/```mermaid\n([^]*?)\n```/g)].map((match) => match[1]);
    expect(drawn).toEqual(MACHINES.map(([, table]) => diagramOf(table)));
  });

  it('lead out of a finished job and of a gone instance nowhere', () => {
    expect(JOB_TRANSITIONS.finished).toEqual({});
    expect(INSTANCE_TRANSITIONS.gone).toEqual({});
  });
});

describe('a wrong move', () => {
  it('of a job throws', () => {
    expect(jobAfter('starting', 'attemptStarted')).toBe('running');
    expect(() => jobAfter('pending', 'attemptStarted')).toThrow('attemptStarted of a pending job');
  });

  it('of a node or an instance throws', () => {
    assertNodeMove('up', 'unreachable');
    assertNodeMove('up', 'up');
    expect(() => assertNodeMove('gone', 'unreachable')).toThrow('from gone to unreachable');
    assertInstanceMove('requested', 'joined');
    expect(() => assertInstanceMove('terminating', 'joined')).toThrow('from terminating to joined');
  });

  it('is not applied by evolve', () => {
    const world = new CoreWorld();
    world.addNode('n1', 2);
    const job = world.submit();
    world.schedule();
    world.start(job);
    const at = instant(1);
    const allocation = world.state.runs.get(job)?.allocation ?? [];
    for (const event of [
      { kind: 'attemptStarted', job, at, steadyMs: 1 },
      { kind: 'jobAllocated', job, at, allocation },
    ] as const) {
      expect(() => evolve(world.state, event)).toThrow(`${event.kind} of a running job`);
    }
    world.end(job);
    const outcome = { kind: 'exited', exitCode: 0, signal: 0 } as const;
    const again = {
      kind: 'jobFinished',
      job,
      at,
      startedAt: at,
      outcome,
      usage: NO_USAGE,
    } as const;
    expect(() => evolve(world.state, again)).toThrow('jobFinished of a finished job');
  });
});
