// COMPATIBILITY.md of LSF, out of the rows of the options and the fields.

import { compatibilityText, type FeatureRow } from '../kit/compatibility.ts';
import type { OptionRow } from '../kit/option.ts';
import { nameOf } from './arguments.ts';
import { BKILL_ROWS } from './commands/bkill-options.ts';
import { FIELD_ROWS } from './listing/fields.ts';
import { BJOBS_ROWS } from './listing/options.ts';
import { BSUB_FULL } from './submission/options.ts';
import { BSUB_OTHERS } from './submission/other-options.ts';

const INTRODUCTION =
  'What of LSF 10.1 behaves as the original (full), what is taken without effect (accepted) and what\n' +
  'is refused with a message that names it. Settings that are read: LSB_BSUB_PARSE_SCRIPT,\n' +
  'LSB_BJOBS_CONSISTENT_EXIT_CODE, LSB_BJOBS_FORMAT, LSB_SHORT_HOSTLIST, LSB_JOBID_DISP_LENGTH,\n' +
  'LSB_JOB_REPORT_MAIL, LSF_UNIT_FOR_LIMITS, RESOURCE_RESERVE_PER_TASK, JOB_DEP_LAST_SUB,\n' +
  'LSB_DEFAULTQUEUE, LSB_DEFAULTPROJECT, BSUB_QUIET, BSUB_QUIET2, BSUB_CHK_RESREQ,\n' +
  'LSB_SUBK_SHOW_EXEC_HOST, LSB_SUBK_SHOW_JOBID, LSB_EXIT_IF_CWD_NOTEXIST.\n\n' +
  'Known differences: output is always written live and the report appended behind it\n' +
  '(LSB_STDOUT_DIRECT=Y); `-n min,max` uses the smaller number; `-M` limits the job, not each process;\n' +
  '`select[mem>N]` reserves memory where rusage names none; `post_done` is true when the job has ended,\n' +
  '`post_err` and `external` are refused; compound requirements (`{...}`) are refused.';

/** The whole file. */
export function lsfCompatibility(): string {
  return compatibilityText('LSF: what is supported', INTRODUCTION, [
    { title: 'bsub', rows: features([...BSUB_FULL, ...BSUB_OTHERS]) },
    { title: 'bjobs', rows: features(BJOBS_ROWS) },
    { title: 'bkill', rows: features(BKILL_ROWS) },
    { title: 'Fields of bjobs -o', rows: FIELD_ROWS },
  ]);
}

function features<Draft>(rows: readonly OptionRow<Draft>[]): FeatureRow[] {
  return rows.map((row) => {
    const value = row.value === undefined ? '' : ` ${row.value}`;
    return { name: `\`-${nameOf(row)}${value}\``, support: row.support };
  });
}
