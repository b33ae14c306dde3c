// The daemon's side of our own command line: what it takes for a request, and what it prints.

import { expect, test } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import { zone } from '../../../src/dialects/kit/time-zone.ts';
import { explanationText } from '../../../src/daemon/own-commands/explanation-text.ts';
import { jobListing, keyListing } from '../../../src/daemon/own-commands/listings.ts';
import { readRequest } from '../../../src/daemon/own-commands/request.ts';
import { table } from '../../../src/daemon/own-commands/table.ts';
import { CoreWorld } from '../../support/core-world.ts';
import { explain } from '../../../src/core/view/explain.ts';

const UTC = zone('UTC');

test.each([
  '',
  'no JSON',
  'null',
  '7',
  '{}',
  '{"verb":"launchMissiles"}',
  '{"verb":"toString"}',
  '{"verb":"explain"}',
  '{"verb":"explain","job":"1"}',
  '{"verb":"backup","to":["/x"]}',
  '{"verb":"createKey","owner":5}',
  '{"verb":"createKey","owner":null}',
  '{"verb":"createKey","owner":{"uid":"0"}}',
])('%j is no request', (text) => {
  expect(readRequest(text)).toBeUndefined();
});

test('a request is read as it was written', () => {
  expect(readRequest('{"verb":"explain","job":3,"json":false}')).toEqual({
    verb: 'explain',
    job: 3,
    json: false,
  });
});

test('a table fits its widest cells, and shows control characters instead of sending them', () => {
  expect(
    table(
      ['NAME', 'COUNT'],
      [
        ['a\x1b[31m', 5],
        ['b', 1234],
      ],
      'nothing',
    ),
  ).toBe('NAME       COUNT\na\\x1b[31m      5\nb           1234\n');
  expect(table(['NAME'], [], 'Nothing there.')).toBe('Nothing there.\n');
});

test('a listing of keys tells no secret', () => {
  const owner = { uid: 1, gid: 1, user: 'alice', group: 'alice' };
  const key = { accessKeyId: 'SPWYA', secretAccessKey: 'hidden', owner, createdAt: instant(0) };
  const listing = keyListing([key], UTC);
  expect(listing.table).toContain('SPWYA       alice  1970-01-01 00:00:00');
  expect(JSON.stringify(listing)).not.toContain('hidden');
});

test('a job without UTF-8 in its name is still JSON, and harmless in a table', () => {
  const world = new CoreWorld();
  const job = world.submit({ name: 'caf\xc3\xa9\xff\n' });
  const { rows, table: text } = jobListing([world.view(job)], UTC);
  expect(rows[0]).toMatchObject({ id: job, name: 'café\ufffd\n', state: 'pending' });
  expect(text.split('\n')).toHaveLength(3);
  expect(text).toContain('caf\xc3\xa9\\xff\\x0a');
});

test('an explanation is a few sentences', () => {
  const world = new CoreWorld();
  world.addNode('n1', 2);
  world.submit({ resources: { tasks: 1, cpusPerTask: 2 } });
  const job = world.submit({ name: 'next', resources: { tasks: 1, cpusPerTask: 2 } });
  world.schedule();
  const explained = explain(world.state, job, world.now);
  if (explained === undefined) throw new Error('no explanation');
  expect(explanationText(explained, UTC)).toBe(
    [
      `Job ${job} (next) of alice, submitted 2023-11-14 22:13:20 to normal`,
      'It is pending. It is the first in line for its kind of room, and too little is free.',
      '  eligible:   yes since 2023-11-14 22:13:20',
      '  in line:    nobody before it (queue priority 30, own 0)',
      '  NODE  WHAT STANDS IN THE WAY',
      '  n1    busy: 0 CPUs free, the job needs 2',
      '',
    ].join('\n'),
  );
});

test('a job that no node could hold is told so, wherever it stands in line', () => {
  const world = new CoreWorld();
  world.addNode('n1', 2);
  const run = world.submit({ resources: { tasks: 1, cpusPerTask: 1 } });
  world.submit({ resources: { tasks: 1, cpusPerTask: 2 } });
  const job = world.submit({ resources: { tasks: 1, cpusPerTask: 64 } });
  world.schedule();
  const explained = explain(world.state, job, world.now);
  if (explained === undefined) throw new Error(`no explanation beside ${run}`);
  expect(explanationText(explained, UTC)).toContain('No node could ever hold it');
});

test('a job that waits for older ones of its name is told so', () => {
  const world = new CoreWorld();
  world.submit({ name: 'same' });
  const job = world.submit({ name: 'same', dependency: { kind: 'singleton' } });
  const explained = explain(world.state, job, world.now);
  if (explained === undefined) throw new Error('no explanation');
  expect(explanationText(explained, UTC)).toContain('older jobs of the same name and user');
});
