// Mail of jobs without output file.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendMail, MAILED_BYTES } from '../../../src/execution/agent/mail.ts';

describe('mail', () => {
  let directory: string;
  const at = (name: string): string => path.join(directory, name);
  const mail = (user = 'alice', output = at('output')) => ({
    user,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    report: Buffer.from('report\n'),
    output,
  });
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spillway-mail-'));
  });
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  it('is appended to a file that only the user can read', async () => {
    fs.writeFileSync(at('output'), 'hello\n');
    await appendMail(at('mail'), mail());
    await appendMail(at('mail'), mail());
    expect(fs.readFileSync(at('mail/alice'), 'utf8')).toBe('report\nhello\n\n'.repeat(2));
    expect(fs.statSync(at('mail/alice')).mode & 0o777).toBe(0o600);
    expect(fs.statSync(at('mail')).mode & 0o777).toBe(0o711);
  });

  it('is sent without an output when there is none', async () => {
    await appendMail(at('mail'), mail());
    expect(fs.readFileSync(at('mail/alice'), 'utf8')).toBe('report\n\n');
  });

  it('holds the beginning of a long output and says so', async () => {
    fs.writeFileSync(at('output'), 'x'.repeat(MAILED_BYTES + 1));
    await appendMail(at('mail'), mail());
    const text = fs.readFileSync(at('mail/alice'), 'utf8');
    expect(text).toHaveLength(7 + MAILED_BYTES + '\n[the rest of the output is left out]\n'.length);
  });

  it.each(['symbolic', 'hard'])('never goes through a %s link', async (kind) => {
    fs.mkdirSync(at('mail'));
    fs.writeFileSync(at('victim'), 'before');
    if (kind === 'hard') fs.linkSync(at('victim'), at('mail/alice'));
    else fs.symlinkSync(at('victim'), at('mail/alice'));
    await expect(appendMail(at('mail'), mail())).rejects.toThrow();
    expect(fs.readFileSync(at('victim'), 'utf8')).toBe('before');
  });

  it('never reads its output through a link', async () => {
    fs.writeFileSync(at('secret'), 'secret');
    fs.symlinkSync(at('secret'), at('output'));
    await expect(appendMail(at('mail'), mail())).rejects.toThrow();
    expect(fs.existsSync(at('mail/alice'))).toBe(false);
  });

  it.each(['..', '.', 'a/b', '', 'a\0b'])('refuses the user name %j', async (user) => {
    await expect(appendMail(at('mail'), mail(user))).rejects.toThrow('no file name');
  });
});
