// Builds of the gateway with something taken out, or done too often, so that a test can show that it
// would notice. A copy of dist/ beside links to what it needs; the product knows nothing of it.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { buildLauncher } from './launcher.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What is different. */
export interface Doctoring {
  /** The launcher without its claim: every supervisor goes on. */
  readonly unclaimed?: boolean;
  /** Texts of compiled modules, each of which must be there once, and what is there instead. */
  readonly edits?: readonly Edit[];
}

/** A change to one file of dist/. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Every launch is handed to the launcher twice. */
export const DOUBLED_STARTS: Edit = {
  file: 'execution/agent/launcher-client.js',
  from: 'killed: false });\n        this.#send(frame);',
  to: 'killed: false });\n        this.#send(frame);\n        this.#send(Buffer.from(frame));',
};

/** Makes such a build; `remove` it at the end. `dist` is for TestGateway's `build`. */
export function doctoredBuild({ unclaimed = false, edits = [] }: Doctoring): {
  readonly dist: string;
  readonly remove: () => void;
} {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'build-'));
  const dist = path.join(directory, 'dist');
  fs.chmodSync(directory, 0o755);
  fs.cpSync(path.join(ROOT, 'dist'), dist, { recursive: true });
  for (const name of ['node_modules', 'package.json', 'shims', 'proto']) {
    fs.symlinkSync(path.join(ROOT, name), path.join(directory, name));
  }
  for (const { file, from, to } of edits) {
    const text = fs.readFileSync(path.join(dist, file), 'utf8');
    if (text.split(from).length !== 2) throw new Error(`${file} holds no longer once: ${from}`);
    fs.writeFileSync(path.join(dist, file), text.replace(from, to));
  }
  if (unclaimed) {
    const launcher = path.join(dist, 'execution/launcher/launcher');
    fs.rmSync(launcher);
    fs.copyFileSync(buildLauncher('unclaimed'), launcher);
  }
  return { dist, remove: () => fs.rmSync(directory, { recursive: true, force: true }) };
}
