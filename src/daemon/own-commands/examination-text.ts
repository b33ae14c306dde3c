// What `spillway doctor` says, whether a daemon answers or the database was opened without one.

import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Examination } from '../../model/view.ts';

const PACKAGE = path.resolve(import.meta.dirname, '../../../package.json');

/** The version of this program. */
export const { version } = JSON.parse(fs.readFileSync(PACKAGE, 'utf8')) as {
  readonly version: string;
};

/** An examination and what was examined. */
export interface Examined extends Examination {
  readonly stateDirectory: string;
}

/** A few lines for a person, in UTF-16. */
export function examinationText({ stateDirectory, rows, problems }: Examined): string {
  const counts = Object.entries(rows).map(([name, count]) => `${count} ${name}`);
  return [
    `spillway ${version}, Node ${process.version}`,
    `state:    ${stateDirectory}`,
    `rows:     ${counts.join(', ')}`,
    problems.length === 0 ? 'database: whole' : `database: DAMAGED: ${problems.join('; ')}`,
    '',
  ].join('\n');
}
