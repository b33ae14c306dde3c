// The log's lines: priority, fields, levels that change under children.

import { expect, test } from 'vitest';
import { jsonLog, type LogLevel } from '../../../src/observe/json-log.ts';

function logged(level: LogLevel) {
  const lines: string[] = [];
  const log = jsonLog(level, { write: (line) => lines.push(line), flush() {} });
  return { log, lines };
}

test('a line is a priority and one JSON object with the phrase and its fields', () => {
  const { log, lines } = logged('info');
  log.child({ part: 'store' }).error('commit failed', { code: 'diskFull' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^<3>\{.*\}\n$/);
  expect(JSON.parse(lines[0]?.slice(3) ?? '')).toMatchObject({
    level: 'error',
    part: 'store',
    code: 'diskFull',
    message: 'commit failed',
  });
});

test('every level has its priority', () => {
  const { log, lines } = logged('debug');
  log.error('a');
  log.warn('b');
  log.info('c');
  log.debug('d');
  expect(lines.map((line) => line.slice(0, 3))).toEqual(['<3>', '<4>', '<6>', '<7>']);
});

test('a level set later holds for children that were made before', () => {
  const { log, lines } = logged('warn');
  const child = log.child({ part: 'engine' });
  child.info('not written');
  log.setLevel('info');
  child.info('written');
  child.debug('not written');
  expect(lines.map((line) => JSON.parse(line.slice(3)).message)).toEqual(['written']);
});

test('a line feed or an escape in a field stays inside its line', () => {
  const { log, lines } = logged('info');
  log.warn('odd name', { name: 'a\n<0>{"level":"error"}\u001b[31m' });
  expect(lines[0]?.split('\n')).toHaveLength(2);
  expect(lines[0]?.includes('\u001b')).toBe(false);
});

test('an error among the fields is written with its message, code and stack', () => {
  const { log, lines } = logged('info');
  log.error('failed', { error: Object.assign(new Error('no room'), { code: 'ENOSPC' }) });
  expect(JSON.parse(lines[0]?.slice(3) ?? '').error).toMatchObject({
    message: 'no room',
    code: 'ENOSPC',
    stack: expect.stringContaining('no room'),
  });
});
