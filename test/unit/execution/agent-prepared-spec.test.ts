// A specification from the wire becomes the launcher's order for one attempt.

import { describe, expect, it } from 'vitest';
import { PreparedSpec } from '../../../src/execution/agent/prepared-spec.ts';
import { specMessage } from '../../../src/execution/link/spec-message.ts';
import { loadAttachMethod } from '../../../src/execution/protocol/agents-service.ts';
import type { LaunchGroup } from '../../../src/execution/protocol/messages.ts';
import type { JobRequest } from '../../../src/model/job-request.ts';
import type { LaunchTemplate } from '../../../src/model/launch-template.ts';
import { OWNER, requestOf } from '../../support/launches.ts';

const { toAgent } = loadAttachMethod();
const ACCOUNT = { gid: 5, groups: [5, 6] };

interface Case {
  readonly request?: Partial<JobRequest>;
  readonly template?: Partial<LaunchTemplate>;
  readonly script?: string;
  readonly environment?: string;
}

/** Over the wire and back, as the agent gets it. */
function prepare({ request, template, script = '', environment = '' }: Case): PreparedSpec {
  const message = specMessage({
    template: {
      request: requestOf(request),
      owner: OWNER,
      streams: { stdin: ['/dev/null'], stdout: ['out'] },
      environment: [],
      scriptName: 'slurm_script',
      ...template,
    },
    content: {
      script: Buffer.from(script, 'latin1'),
      environment: Buffer.from(environment, 'latin1'),
    },
  });
  const orders = {
    number: 1,
    droppedSpecs: [],
    specs: [{ ...message, handle: 1 }],
    launches: [],
    steering: [],
    forget: null,
  };
  const spec = toAgent.decode(toAgent.encode({ orders })).orders?.specs[0];
  if (spec === undefined) throw new Error('no specification');
  return new PreparedSpec(spec);
}

const GROUP: LaunchGroup = {
  spec: 1,
  base: 100,
  job: [101, 102],
  attempt: [1, 3],
  index: [7, 8],
  nodes: ['n1', 'n2', 'n3'].map((name) => Buffer.from(name)),
  cpus: [4, 4, 8],
  tasks: [2, 2, 2],
  memoryMib: 512,
};

function launch(spec: PreparedSpec, group = GROUP, position = 1) {
  const place = { node: 'n1', environment: 'site', directory: '/run/102.3' };
  return spec.launchSpec({ group, position, ...place }, ACCOUNT);
}

describe('a prepared specification', () => {
  it('fills every hole with the value of the attempt', () => {
    const holes = {
      job: '102',
      base: '100',
      index: '8',
      attempt: '3',
      restarts: '2',
      node: 'n1',
      nodes: 'n1 n2 n3',
      nodeCount: '3',
      nodeList: 'n[1-3]',
      cpus: '4',
      cpusByNode: '4(x2),8',
      tasks: '2',
      tasksByNode: '2(x3)',
      memory: '512',
      directory: '/run/102.3',
      environment: 'site',
    } as const;
    const names = Object.keys(holes) as (keyof typeof holes)[];
    const spec = prepare({ template: { environment: names.map((hole) => [hole, [{ hole }]]) } });
    expect(launch(spec).environment).toEqual(names.map((name) => `${name}=${holes[name]}`));
  });

  it('fills numbers with zeros to their width', () => {
    const streams = { stdin: ['in'], stdout: ['o-', { hole: 'job', width: 5 }, '.log'] } as const;
    expect(launch(prepare({ template: { streams } })).stdout).toBe('o-00102.log');
  });

  it('leaves a variable out where its number is 0, if it is to be', () => {
    const rows = [
      ['R', [{ hole: 'restarts', unlessZero: true }]],
      ['S', [{ hole: 'restarts' }]],
    ] as const;
    const spec = prepare({ template: { environment: rows } });
    expect(launch(spec, GROUP, 0).environment).toEqual(['S=0']);
    expect(launch(spec, GROUP, 1).environment).toEqual(['R=2', 'S=2']);
  });

  it('takes the job itself as its base outside an array', () => {
    const spec = prepare({ template: { environment: [['B', [{ hole: 'base' }]]] } });
    const { environment } = launch(spec, { ...GROUP, base: 0, index: [] }, 0);
    expect(environment).toEqual(['B=101']);
  });

  it('lets its variables win over the submitted ones and keeps odd entries', () => {
    const spec = prepare({
      environment: 'A=1\0B=2\0novalue\0C=\xff\n=x\0',
      template: { environment: [['A', ['new=', { hole: 'index' }]]] },
    });
    expect(launch(spec).environment).toEqual(['B=2', 'novalue', 'C=\xff\n=x', 'A=new=8']);
  });

  it('hands the pid variables to the supervisor', () => {
    const environment = [['PID', [{ hole: 'pid' }]]] as const;
    const order = launch(prepare({ environment: 'PID=old\0', template: { environment } }));
    expect(order).toMatchObject({ pidVariables: ['PID'], environment: [] });
  });

  it('keeps the bytes of scripts, names and arguments', () => {
    const bytes = String.fromCharCode(...Array.from({ length: 255 }, (_, i) => i + 1));
    const spec = prepare({ script: `#!/bin/sh\n${bytes}`, request: { arguments: [bytes] } });
    expect(launch(spec).program).toEqual({
      kind: 'script',
      fileName: 'slurm_script',
      text: `#!/bin/sh\n${bytes}`,
      arguments: [bytes],
    });
  });

  it('hands a short shell text to the shell, and makes a file of a long one', () => {
    const shell = { launch: 'shell' } as const;
    expect(launch(prepare({ request: shell, script: 'date; who' })).program).toEqual({
      kind: 'command',
      arguments: ['/bin/sh', '-c', 'date; who'],
    });
    const long = `: ${'x'.repeat(200_000)}`;
    expect(launch(prepare({ request: shell, script: long })).program).toMatchObject({
      kind: 'script',
      text: `#!/bin/sh\n${long}`,
    });
  });

  it('runs the words of a command as they are', () => {
    const request = { launch: 'exec', arguments: ['echo', 'a b'] } as const;
    expect(launch(prepare({ request })).program).toEqual({
      kind: 'command',
      arguments: ['echo', 'a b'],
    });
  });

  it('passes limits by the names that submitters use', () => {
    const resourceLimits = { nofile: [1024, 4096], core: [-1, -1], as: [5, 5] } as const;
    expect(launch(prepare({ request: { resourceLimits } })).softLimits).toEqual({
      openFiles: 1024,
      core: Number.POSITIVE_INFINITY,
      addressSpace: 5,
    });
  });

  it('spools the output of a job without one, and holds only files for the report', () => {
    const report = { report: true };
    const spooled = launch(prepare({ request: report, template: { streams: { stdin: ['x'] } } }));
    expect(spooled).toMatchObject({ spoolOutput: true, holdForReport: false });
    expect(spooled.stdout).toBeUndefined();
    expect(launch(prepare({ request: report }))).toMatchObject({
      spoolOutput: false,
      holdForReport: true,
      stdout: 'out',
    });
  });

  it('takes groups and gid from the node, the uid from the order', () => {
    expect(launch(prepare({}))).toMatchObject({ uid: OWNER.uid, gid: 5, groups: [5, 6] });
  });
});
