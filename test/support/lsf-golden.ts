// Golden cases of LSF's commands: a file `in` with the situation, the environment, the command line
// and stdin, and a file `out` with what came of it. `BLESS=1` writes `out` anew; review the
// difference.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobRequest } from '../../src/model/job-request.ts';
import type { JobView } from '../../src/model/view.ts';
import { lsf, SITE } from './lsf-world.ts';

/**
 * A case as its `in` says. Lines: `# origin`, `jobs NAME`, `env A=b`, `site A=b`, `file PATH`, `$
 * line`, stdin.
 */
interface GoldenCase {
  readonly origin: string;
  readonly jobs: readonly JobView[];
  readonly environment: Map<string, string>;
  readonly site: Record<string, string>;
  readonly timeZone: string;
  readonly file: string | undefined;
  readonly line: string;
  readonly stdin: string;
}

/** Runs the case in a folder and gives what is there and what should be. */
export function runGolden(
  folder: string,
  situations: Readonly<Record<string, readonly JobView[]>>,
): { readonly origin: string; readonly found: string; readonly wanted: string } {
  const one = readCase(readFileSync(join(folder, 'in'), 'latin1'), situations);
  const ran = lsf(one.line, one.jobs, {
    stdin: one.stdin,
    file: (path) => (path === one.file ? one.stdin : undefined),
    call: {
      environment: one.environment,
      environmentBytes: Buffer.from([...one.environment].map(([k, v]) => `${k}=${v}\0`).join('')),
      site: { ...SITE, lsf: one.site },
      timeZone: one.timeZone,
    },
  });
  const requests = ran.commands.map((command) =>
    command.kind === 'submitJob'
      ? requestText(command.submission.request) +
        scriptText(command.submission.content.script, one.stdin) +
        environmentText(command.submission.content.environment, one.environment)
      : `${JSON.stringify(command)}\n`,
  );
  const found = [
    `--- status ${ran.status}\n`,
    `--- stdout\n${ran.stdout}`,
    ran.stderr === '' ? '' : `--- stderr\n${ran.stderr}`,
    requests.length === 0 ? '' : `--- asked of the engine\n${requests.join('')}`,
  ].join('');
  const path = join(folder, 'out');
  if (process.env['BLESS'] === '1') writeFileSync(path, found, 'latin1');
  const wanted = existsSync(path) ? readFileSync(path, 'latin1') : '';
  return { origin: one.origin, found, wanted };
}

function readCase(
  text: string,
  situations: Readonly<Record<string, readonly JobView[]>>,
): GoldenCase {
  const lines = text.split('\n');
  const command = lines.findIndex((line) => line.startsWith('$ '));
  const words = lines.slice(0, command).map((line) => line.split(' '));
  const all = (key: string): string[] =>
    words.filter(([head]) => head === key).map(([, ...rest]) => rest.join(' '));
  const pairs = (key: string): [string, string][] =>
    all(key).map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    });
  return {
    origin: all('#').join(' '),
    jobs: all('jobs').flatMap((name) => situations[name] ?? []),
    environment: new Map([['HOME', '/home/alice'], ['PATH', '/usr/bin:/bin'], ...pairs('env')]),
    site: Object.fromEntries(pairs('site')),
    timeZone: all('zone')[0] ?? 'UTC',
    file: all('file')[0],
    line: (lines[command] ?? '').slice(2),
    stdin: lines.slice(command + 1).join('\n'),
  };
}

/** What the request says beyond what every request of these cases says. */
function requestText(request: JobRequest): string {
  const plain = lsf('bsub true').commands[0];
  const base = plain?.kind === 'submitJob' ? plain.submission.request : undefined;
  let text = '';
  for (const [key, value] of Object.entries(request)) {
    const json = JSON.stringify(value);
    if (json !== JSON.stringify(base?.[key as keyof JobRequest])) text += `${key}: ${json}\n`;
  }
  return text;
}

/** Only where it is not the caller's. */
function environmentText(bytes: Uint8Array, given: ReadonlyMap<string, string>): string {
  const found = Buffer.from(bytes).toString('latin1');
  const same = [...given].map(([name, value]) => `${name}=${value}\0`).join('');
  return found === same ? '' : `environment: ${JSON.stringify(found.split('\0').slice(0, -1))}\n`;
}

function scriptText(script: Uint8Array, stdin: string): string {
  const text = Buffer.from(script).toString('latin1');
  return text === stdin ? 'script: as given\n' : `script: ${JSON.stringify(text)}\n`;
}
