// sbatch and scancel against recordings of Slurm 22.05.8: submitting, invalid values, ids and
// filters.

import { describe, expect, test } from 'vitest';
import { instant } from '../../../src/base/brand.ts';
import { slurmPrograms } from '../../../src/dialects/slurm/programs.ts';
import { jobId } from '../../../src/model/ids.ts';
import type { JobView } from '../../../src/model/view.ts';
import {
  differences,
  goldenCases,
  isSelfContained,
  runCase,
} from '../../support/dialect-golden.ts';
import { identity, invocation, run } from '../../support/dialog-runner.ts';
import { FakeJobs } from '../../support/fake-jobs.ts';

const FOLDER = new URL('.', import.meta.url).pathname;
const NOW = instant(Date.UTC(2026, 10, 24, 23, 0, 0));

/** The small scripts that the recordings submit. */
const FILES: Readonly<Record<string, string>> = {
  'hello.sh': '#!/bin/bash\necho hello from $SLURM_JOB_ID\n',
  'noshebang.sh': 'echo no shebang\n',
  'empty.sh': '',
  'blank.sh': '\n\n',
  'crlf.sh': '#!/bin/bash\r\necho crlf\r\n',
  'exit7.sh': '#!/bin/bash\necho 10; sleep 1; exit 7\n',
  'binary.sh': '\x7fELF\x01\x02\0\0binary',
  'baddirective.sh': '#!/bin/bash\n#SBATCH --no-such-option\necho x\n',
  'badpart.sh': '#!/bin/bash\n#SBATCH -p nosuch\necho x\n',
};

/** `drain` and `inactive` take no jobs; `closed` takes them and starts none. */
const QUEUES = ['debug', 'short', 'long', 'closed', '-drain', '-inactive'];

/** How the jobs ended that `--wait` waited for. */
const ENDS: Readonly<Record<string, readonly [exitCode: number, signal: number][]>> = {
  wait: [[7, 0]],
  'wait-array': [
    [1, 0],
    [2, 0],
    [3, 0],
  ],
  'wait-killed-by-signal': [[0, 9]],
};

const SECTIONS = ['01-sbatch-basic', '03-sbatch-invalid', '07-array', '09-scancel', '15-help'];

describe.each(SECTIONS)('%s', (section) => {
  const cases = goldenCases(`${FOLDER}${section}`);
  test.each(cases.filter((golden) => isSelfContained(golden) || golden.exit !== 0))(
    '$name does as recorded',
    (golden) => {
      const [, firstId = '100000'] = /\b(1\d{5})(?!\d)/.exec(golden.stdout + golden.stderr) ?? [];
      // Some cases of scancel begin with a held job of bob.
      const others = golden.command.includes('100014') || golden.name === 'user-other';
      const jobs = new FakeJobs({ now: NOW, nextId: others ? 100014 : Number(firstId) }, [], {
        queues: QUEUES,
      });
      const world = {
        command: jobs.command.bind(jobs),
        query: jobs.query.bind(jobs),
        awaitJob: () => (ENDS[golden.name] ?? []).map(ended),
      };
      if (others) {
        const call = invocation('sbatch', ['--hold', '--wrap', 'true'], {
          identity: identity('bob', 1002),
        });
        run(slurmPrograms['sbatch'] as (typeof slurmPrograms)[string], call, world);
      }
      const printed = runCase(golden, {
        programs: slurmPrograms,
        world,
        files: FILES,
        call: { now: NOW },
      });
      const found = differences(golden, printed);
      expect(found, found.slice(0, 12).join('\n')).toEqual([]);
    },
  );
});

function ended([exitCode, signal]: readonly [number, number]): JobView {
  const { views } = new FakeJobs({ now: NOW, nextId: 1 });
  const view = { ...views[0], id: jobId(1) } as JobView;
  return { ...view, state: 'finished', outcome: { kind: 'exited', exitCode, signal } };
}
