// src/dialects/batch/COMPATIBILITY.md, out of the tables that read the requests.

import {
  type CompatibilityTable,
  compatibilityText,
  type FeatureRow,
} from '../kit/compatibility.ts';
import { LOG_OPERATIONS } from './log-events.ts';
import { OPERATIONS } from './operations.ts';
import type { Members } from './shape.ts';

const INTRODUCTION = `What the gateway does with each of AWS Batch's 45 operations and their members. A member that is
in no row is refused by name. The output of jobs is
read as from CloudWatch Logs, at the same endpoint. Commands run on the host as the user of the key: \`image\` is kept and shown again.
Jobs of the other dialects are listed too, with \`spillway-slurm:1\`, \`spillway-lsf:1\` or \`spillway-grpc:1\` as definition.`;

/** The text of the file. */
export function batchCompatibility(): string {
  const served = OPERATIONS.filter((row) => row.start !== undefined);
  const others = OPERATIONS.filter((row) => row.start === undefined);
  const tables: CompatibilityTable[] = [...served, ...LOG_OPERATIONS].map(({ name, members }) => ({
    title: name,
    rows: memberRows(members, ''),
  }));
  tables.push({
    title: 'Other operations',
    rows: others.map(({ name }) => ({
      name: `\`${name}\``,
      support: { kind: 'refused', note: 'ClientException: not supported by this gateway yet' },
    })),
  });
  return compatibilityText('AWS Batch compatibility', INTRODUCTION, tables);
}

function memberRows(members: Members, prefix: string): FeatureRow[] {
  return Object.entries(members).flatMap(([name, { shape, support }]) => [
    { name: `\`${prefix}${name}\``, support },
    ...memberRows(shape.members ?? {}, `${prefix}${name}.`),
  ]);
}
