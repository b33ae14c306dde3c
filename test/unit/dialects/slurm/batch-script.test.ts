// Batch scripts: what is one, and the options in its head.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  directiveWords,
  readDirectives,
  scriptComplaint,
} from '../../../../src/dialects/slurm/batch-script.ts';

const read = (script: string, ignoreForeign = false) =>
  readDirectives(script, 'job.sh', ignoreForeign);

describe('directives', () => {
  test('are read up to the first command', () => {
    const script = '#!/bin/sh\n#SBATCH -J a -t 5\n\n# remark\n#SBATCH --hold\necho\n#SBATCH -n 2\n';
    expect(read(script)).toEqual(['-J', 'a', '-t', '5', '--hold']);
  });

  test('must begin the line with exactly #SBATCH', () => {
    expect(read('#!/bin/sh\n ##SBATCH -n1\n##SBATCH -n2\n #SBATCH -n3\n# SBATCH -n4\n')).toEqual(
      [],
    );
  });

  test('take quotes, backslashes and remarks as a shell does', () => {
    expect(directiveWords(` --comment="two words" 'a b'c d\\ e # -n 3`)).toEqual([
      '--comment=two words',
      'a bc',
      'd e',
    ]);
  });

  test('with a quote that is not closed are a complaint with the line', () => {
    expect(read('#!/bin/sh\n#SBATCH -J "a\n')).toEqual({
      complaint: 'error: job.sh: line 2: Unmatched `"` in [#SBATCH -J "a]',
    });
  });

  test.each([
    ['#PBS -N name', ['--job-name=name']],
    ['#PBS -l walltime=00:07:00', ['--time=00:07:00']],
    ['#PBS -l nodes=2:ppn=3,mem=2gb', ['--nodes=2-2', '--ntasks=6', '--mem=2gb']],
    ['#BSUB -J name', ['--job-name=name']],
    ['#BSUB -W 1:30', ['--time=1:30:00']],
    ['#BSUB -W 9', ['--time=9']],
    ['#BSUB -q "long"  # remark', ['--partition=long']],
    ['#BSUB -R "rusage[mem=1]"', []],
  ])('%s is read too', (line, words) => {
    expect(read(`#!/bin/sh\n${line}\n`)).toEqual(words);
    expect(read(`#!/bin/sh\n${line}\n`, true)).toEqual([]);
  });

  test('never fail, whatever a line holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(read(`#!/bin/sh\n#SBATCH ${text}\n`)).toBeDefined();
      }),
    );
  });
});

describe('a script', () => {
  test.each([
    ['', 'empty'],
    [' \n', 'only whitespace'],
    ['echo', 'does not look like a batch script'],
    ['#!/bin/sh\r\n', 'DOS line breaks'],
    ['#!/bin/sh\n\0', 'NULL character'],
  ])('%j is refused: %s', (script, words) => {
    expect(scriptComplaint(script)).toContain(words);
  });

  test('of 4 MB has its head read without its tail', () => {
    expect(read(`#!/bin/sh\n#SBATCH -n 2\necho\n${'x'.repeat(4_000_000)}`)).toEqual(['-n', '2']);
  });
});
