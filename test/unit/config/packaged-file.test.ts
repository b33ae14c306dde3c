// etc/spillway.yaml against the table: every setting stands there, commented at its default.

import * as fs from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../../src/config/load-settings.ts';
import { SETTING_ROWS } from '../../../src/config/settings.ts';

const FILE = new URL('../../../etc/spillway.yaml', import.meta.url).pathname;
const text = fs.readFileSync(FILE, 'utf8');

function load(content: string) {
  const argv = ['--config', FILE];
  const loaded = loadSettings({ argv, environment: {}, version: '', readFile: () => content });
  if (loaded.kind !== 'settings') throw new Error('no settings');
  return loaded.settings;
}

/** The commented settings alone, made live; `# ` with one blank begins prose. */
function defaultsOf(file: string): string {
  return file
    .split('\n')
    .filter((line) => /^#([A-Za-z]|  )/.test(line))
    .map((line) => line.slice(1))
    .join('\n');
}

describe('etc/spillway.yaml', () => {
  test('is accepted as it is, and is the packaged configuration', () => {
    const settings = load(text);
    expect(settings).toMatchObject({
      stateDirectory: '/var/lib/spillway',
      socketPath: '/run/spillway/spillwayd.sock',
      minimumUid: 1000,
      logLevel: 'info',
    });
    expect(settings.httpPort).toBeGreaterThan(0);
    expect(settings.grpcPort).toBeGreaterThan(0);
  });

  test('names every setting of the table, commented at its default', () => {
    const said = parse(defaultsOf(text), { schema: 'failsafe' });
    const keys = SETTING_ROWS.filter(([, row]) => row.default !== undefined).map(
      ([, row]) => row.key,
    );
    expect(Object.keys(said).toSorted()).toEqual(keys.toSorted());
    for (const [, row] of SETTING_ROWS) {
      if (row.default === undefined) continue;
      expect(row.schema.parse(said[row.key] ?? ''), row.key).toEqual(row.schema.parse(row.default));
    }
  });

  test('says about each setting what the table says', () => {
    const words = text.replace(/\n# /g, ' ').replace(/\s+/g, ' ');
    for (const [, row] of SETTING_ROWS) expect(words, row.key).toContain(row.help);
  });
});
