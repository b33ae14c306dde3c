#!/usr/bin/env node
// What `npm run build` runs: TypeScript into dist/, the assets beside it, the two native programs.
// A native program is made only when a source is newer, under a temporary name, and renamed, so that a
// running gateway never meets half a file. Never installs anything.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const C_FLAGS = ['-std=c17', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror'];
const HARDENING = ['-fstack-protector-strong', '-D_FORTIFY_SOURCE=2'];

/** Runs a program with its output shown; true when it succeeded. */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined && error.code !== 'ENOENT') throw error;
  return status === 0;
}

/** The C sources and headers of a folder; empty when there is none. */
function nativeSources(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => path.join(folder, name));
}

function isNewer(output, inputs) {
  if (!fs.existsSync(output)) return false;
  const made = fs.statSync(output).mtimeMs;
  return inputs.every((input) => fs.statSync(input).mtimeMs < made);
}

/** Compiles every .c file of `folder` into `output`, static where the system can. */
function compile(folder, output) {
  const sources = nativeSources(folder);
  if (sources.length === 0 || isNewer(output, [...sources, import.meta.filename])) return true;
  const temporary = `${output}.${process.pid}.tmp`;
  fs.mkdirSync(path.dirname(output), { recursive: true });
  const units = sources.filter((name) => name.endsWith('.c'));
  const link = (how) =>
    spawnSync('cc', [...C_FLAGS, ...HARDENING, ...how, '-o', temporary, ...units], {
      stdio: 'pipe',
    });
  let done = link(['-static']);
  if (done.status !== 0) done = link([]);
  if (done.status !== 0) {
    process.stderr.write(done.stderr);
    return false;
  }
  fs.renameSync(temporary, output);
  return true;
}

/** shims/bin/<name> for every line of shims/names: symbolic links to one binary. */
function linkShims() {
  const folder = path.join(root, 'shims/bin');
  const names = fs.readFileSync(path.join(root, 'shims/names'), 'utf8').split('\n').filter(Boolean);
  for (const name of names) {
    const link = path.join(folder, name);
    if (fs.lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    const temporary = `${link}.${process.pid}.tmp`;
    fs.symlinkSync('.shim', temporary);
    fs.renameSync(temporary, link);
  }
}

/** Files that the programs read at run time: SQL beside its code, the protocol files in dist/proto. */
function copyAssets() {
  const copy = (from, to) => {
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(from, `${to}.${process.pid}.tmp`);
    fs.renameSync(`${to}.${process.pid}.tmp`, to);
  };
  for (const name of fs.readdirSync(path.join(root, 'src'), { recursive: true })) {
    if (name.endsWith('.sql')) copy(path.join(root, 'src', name), path.join(root, 'dist', name));
  }
  for (const name of fs.readdirSync(path.join(root, 'proto'))) {
    if (name.endsWith('.proto')) {
      copy(path.join(root, 'proto', name), path.join(root, 'dist/proto', name));
    }
  }
}

if (spawnSync('cc', ['--version'], { stdio: 'ignore' }).error !== undefined) {
  process.stderr.write(
    'The build needs a C compiler: no program `cc` was found (on Debian: apt install gcc libc6-dev).\n',
  );
  process.exit(1);
}
const typescript = run(process.execPath, [
  'node_modules/typescript/bin/tsc',
  '-p',
  'tsconfig.json',
]);
copyAssets();
const shim = compile(path.join(root, 'shims'), path.join(root, 'shims/bin/.shim'));
if (shim) linkShims();
const launcher = compile(
  path.join(root, 'src/execution/launcher'),
  path.join(root, 'dist/execution/launcher/launcher'),
);
process.exit(typescript && shim && launcher ? 0 : 1);
