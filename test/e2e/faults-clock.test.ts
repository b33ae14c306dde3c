// The wall clock of the daemon jumps while jobs run: limits and leases go by the clock that does not,
// what was to begin at a time begins by the new one, and no job ends before it started.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { describeWith } from '../support/conditions.ts';
import { TestGateway } from '../support/test-gateway.ts';

let gateway: TestGateway;
let remove = (): void => {};
afterEach(async () => {
  await gateway.close();
  remove();
  remove = () => {};
});

/** Where Debian has it. */
function library(): string {
  const [found] = fs
    .readdirSync('/usr/lib')
    .map((name) => path.join('/usr/lib', name, 'faketime/libfaketimeMT.so.1'))
    .filter((name) => fs.existsSync(name));
  return found ?? '';
}

let clock = '';

/** A gateway whose daemon sees the clock that `jump` sets. */
async function start(): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'clock-'));
  clock = path.join(directory, 'offset');
  jump('+0');
  remove = () => fs.rmSync(directory, { recursive: true });
  gateway = await TestGateway.start(
    {},
    {
      under: [
        'env',
        `LD_PRELOAD=${library()}`,
        `FAKETIME_TIMESTAMP_FILE=${clock}`,
        'FAKETIME_DONT_FAKE_MONOTONIC=1',
        'FAKETIME_NO_CACHE=1',
      ],
    },
  );
}

function jump(offset: string): void {
  fs.writeFileSync(`${clock}.new`, `${offset}\n`);
  fs.renameSync(`${clock}.new`, clock);
}

const GATED = 'while [ ! -e gate ]; do sleep 0.02; done; exit 4';
const ALWAYS = ['-S', '2000-01-01', '-E', '2100-01-01'];

/** The fields of all jobs that ever were, whatever the daemon takes for now. */
function accounting(fields: string, more: readonly string[] = []): Promise<string> {
  return gateway.ok('sacct', ['-n', '-X', '-P', ...ALWAYS, ...more, '-o', fields]);
}

const shown = async (job: number) => (await accounting('state', ['-j', `${job}`])).trim();

async function untilShown(job: number, state: string): Promise<void> {
  let seen = '';
  const words = () => `job ${job} is ${seen}, not ${state}`;
  await gateway.until(async () => (seen = await shown(job)) === state, words, 65_000);
}

describeWith('faketime')('a jump of the wall clock', () => {
  it('ends no job early, begins what is due, and lets nothing end before its start', async () => {
    await start();
    const limited = await gateway.submit('sbatch', ['-t', '2', '-o', '/dev/null', '--wrap', GATED]);
    const late = ['--begin=now+1hour', '-o', '/dev/null', '--wrap', 'true'];
    const begun = await gateway.submit('sbatch', late);
    await untilShown(limited, 'RUNNING');
    jump('-1h');
    await gateway.ok('sbatch', ['--wait', '-o', '/dev/null', '--wrap', 'true']);
    expect([await shown(limited), await shown(begun)]).toEqual(['RUNNING', 'PENDING']);
    jump('+2d');
    await gateway.ok('sbatch', ['--wait', '-o', '/dev/null', '--wrap', 'true']);
    await untilShown(begun, 'COMPLETED');
    expect(await shown(limited)).toBe('RUNNING');
    const over = await gateway.submit('sbatch', ['-o', '/dev/null', '--wrap', GATED]);
    await untilShown(over, 'RUNNING');
    jump('-1h');
    await gateway.ok('squeue', []);
    gateway.touch('gate');
    await untilShown(limited, 'FAILED');
    await untilShown(over, 'FAILED');
    const rows = (await accounting('start,end,elapsedraw')).trim().split('\n');
    expect(rows).toHaveLength(5);
    for (const row of rows) {
      const [began = '', ended = '', seconds = ''] = row.split('|');
      expect(row).toBe([began, ended < began ? began : ended, Math.max(0, +seconds)].join('|'));
    }
    expect(gateway.errors).not.toContain('lost a node');
  }, 120_000);
});
