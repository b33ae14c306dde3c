// The lock file names versions and checksums, and no place to download from: each site has its own.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './sources.ts';

const lock = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

test('the lock file has no download addresses', () => {
  expect(JSON.stringify(lock)).not.toMatch(/"resolved":|https?:\/\/[^"]*\.tgz/);
});

test('the lock file is in step with package.json', () => {
  const root = lock.packages[''];
  expect(root.dependencies).toEqual(manifest.dependencies);
  expect(root.devDependencies).toEqual(manifest.devDependencies);
});

test('packages that build when they are installed are allowed to', () => {
  const building = Object.entries<{ hasInstallScript?: boolean; optional?: boolean }>(lock.packages)
    .filter(([, one]) => one.hasInstallScript === true && one.optional !== true)
    .map(([name]) => name.replace(/^.*node_modules\//, ''));
  expect(Object.keys(manifest.allowScripts)).toEqual(expect.arrayContaining(building));
});
