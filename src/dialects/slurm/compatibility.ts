// COMPATIBILITY.md of Slurm, out of the rows of the options, the columns of squeue and the fields
// of sacct.

import {
  type CompatibilityTable,
  type FeatureRow,
  compatibilityText,
  optionFeatures,
} from '../kit/compatibility.ts';
import { ACCOUNTING_FIELDS } from './accounting-fields.ts';
import { JOB_COLUMNS } from './job-columns.ts';
import { SACCT_OPTIONS } from './options/sacct.ts';
import { SBATCH_OPTIONS } from './options/sbatch.ts';
import { SCANCEL_OPTIONS } from './options/scancel.ts';
import { SQUEUE_OPTIONS } from './options/squeue.ts';

const INTRODUCTION =
  'What of Slurm behaves as the original (full), what is taken without effect (accepted) and what is\n' +
  'refused with a message that names it. Texts, columns and statuses are those of Slurm 22.05.8; options\n' +
  'that came later, up to 25.05, have the release behind their name and are never abbreviated. Evidence\n' +
  'such as `02-sbatch-options/nice` names recordings under test/dialect/slurm.\n\n' +
  'Known differences: a job is not run again after a lost node unless `--requeue` asks for it; memory is\n' +
  'reserved only when asked for; `--export=NONE` and `--export=NAME` start from HOME, LOGNAME, MAIL, PATH,\n' +
  'SHELL and USER instead of a login shell; comments are kept in accounting; of several partitions the\n' +
  'first is used; a time limit beyond that of the partition is refused, as by EnforcePartLimits=ANY; a\n' +
  'job with more memory than any node has waits (PartitionConfig); a cancelled element of an array has a\n' +
  'row, and the last element of an array an id of its own; control characters in names are shown as\n' +
  '`\\x1b`, never sent to a terminal.';

/** The whole file. */
export function slurmCompatibility(): string {
  const tables: CompatibilityTable[] = [
    { title: 'sbatch', rows: optionFeatures(SBATCH_OPTIONS, 'sbatch') },
    { title: 'squeue', rows: optionFeatures(SQUEUE_OPTIONS, 'squeue') },
    { title: 'scancel', rows: optionFeatures(SCANCEL_OPTIONS, 'scancel') },
    { title: 'sacct', rows: optionFeatures(SACCT_OPTIONS, 'sacct') },
    { title: 'Columns of squeue', rows: COLUMNS },
    { title: 'Fields of sacct', rows: FIELDS },
  ];
  return compatibilityText('Slurm: what is supported', INTRODUCTION, tables);
}

const COLUMNS: FeatureRow[] = JOB_COLUMNS.map(({ letter, fields, always }) => {
  const name = [...(letter === undefined ? [] : [`%${letter}`]), ...fields].join(' ');
  return {
    name: `\`${name}\``,
    support:
      always === undefined
        ? { kind: 'full', evidence: '08-squeue/letter-*, field-*' }
        : { kind: 'accepted', note: `always \`${always}\`` },
  };
});

const FIELDS: FeatureRow[] = ACCOUNTING_FIELDS.map(({ name, empty }) => ({
  name,
  support:
    empty === true
      ? { kind: 'accepted', note: 'not measured: empty' }
      : { kind: 'full', evidence: '12-sacct/field-*' },
}));
