// A NUL in a text that a process is given is refused, wherever it stands; in a script's file it may
// stand.

import { describe, expect, it } from 'vitest';
import type { JobRequest } from '../../../../src/model/job-request.ts';
import { ALICE, CoreWorld, request } from '../../../support/core-world.ts';

const submit = (fields: Partial<JobRequest>, script = '') =>
  new CoreWorld().wish(
    {
      kind: 'submitJob',
      submission: {
        request: request(fields),
        content: { script: Buffer.from(script, 'latin1'), environment: new Uint8Array() },
      },
    },
    ALICE,
  );

describe('a NUL', () => {
  it.each<[string, Partial<JobRequest>]>([
    ['name', { name: 'a\0b' }],
    ['command', { command: 'a\0b' }],
    ['command', { arguments: ['good', 'a\0b'] }],
    ['account', { account: '\0' }],
    ['comment', { comment: '\0' }],
    ['path', { workingDirectory: '/tmp\0' }],
    ['path', { streams: { openMode: 'append', stdin: '/x\0' } }],
    ['path', { streams: { openMode: 'append', stdout: '/x\0' } }],
    ['path', { streams: { openMode: 'append', stderr: '/x\0' } }],
    ['host', { submitHost: '\0' }],
    ['option', { extras: { 'slurm.wckey': '\0' } }],
  ])('is refused in the %s of %j', (field, fields) => {
    expect(submit(fields)).toEqual({ kind: 'refused', refusal: { code: 'invalidText', field } });
  });

  it('is refused in what a shell is given as a word, not in the file of a script', () => {
    const refusal = { code: 'invalidText', field: 'command' };
    expect(submit({ launch: 'shell' }, 'a\0b')).toEqual({ kind: 'refused', refusal });
    expect(submit({ launch: 'script' }, 'a\0b').kind).toBe('submitted');
  });

  it('is the only character that is', () => {
    const every = Array.from({ length: 255 }, (_, i) => String.fromCodePoint(i + 1)).join('');
    expect(submit({ name: every, arguments: [every], comment: every }).kind).toBe('submitted');
  });
});
