// `bjobs -A`: one line an array, and `bjobs -sum`: numbers by state.

import { indexCount } from '../../../model/index-set.ts';
import type { JobView } from '../../../model/view.ts';
import { visible } from '../../kit/control-characters.ts';
import { statOf } from '../states.ts';
import { left } from './cells.ts';
import type { Table, TableSettings } from './tables.ts';

/** The table of arrays; jobs that are no array and further views of the same one have no row. */
export function arrayTable(settings: TableSettings): Table {
  const seen = new Set<number>();
  return {
    header:
      `${'JOBID'.padEnd(settings.idWidth + 1)} ` +
      'ARRAY_SPEC  OWNER   NJOBS PEND DONE  RUN EXIT SSUSP USUSP PSUSP\n',
    row: (view) => {
      if (view.array === undefined || seen.has(view.base)) return '';
      seen.add(view.base);
      return arrayRow(view, settings);
    },
  };
}

function arrayRow(
  { base, request, owner, array, heldBy }: JobView,
  { idWidth }: TableSettings,
): string {
  if (array === undefined) return '';
  const isHeld = heldBy !== undefined;
  const size = request.array === undefined ? array.size : indexCount(request.array.indices);
  const numbers = [
    String(size).padStart(5),
    String(isHeld ? 0 : array.pending).padStart(4),
    String(array.succeeded).padStart(4),
    String(array.running).padStart(4),
    String(array.failed).padStart(4),
    '0'.padStart(5),
    '0'.padStart(5),
    String(isHeld ? array.pending : 0).padStart(5),
  ];
  const specification = left(visible(request.name), 8).padEnd(11);
  const id = String(base).padEnd(idWidth + 1);
  return `${id} ${specification} ${left(visible(owner.user), 7)} ${numbers.join(' ')}\n`;
}

/** Numbers of the jobs by state, under their header. */
export function summary(jobs: readonly JobView[]): string {
  const count = { RUN: 0, SSUSP: 0, USUSP: 0, UNKWN: 0, PEND: 0, FWD_PEND: 0 };
  for (const job of jobs) {
    const stat = statOf(job);
    if (stat === 'RUN' || stat === 'UNKWN') count[stat]++;
    else if (stat === 'PEND' || stat === 'PSUSP') count.PEND++;
  }
  const line = (cells: readonly (string | number)[]): string =>
    `${cells
      .map((cell) => String(cell).padEnd(10))
      .join(' ')
      .trimEnd()}\n`;
  const header = line(['RUN', 'SSUSP', 'USUSP', 'UNKNOWN', 'PEND', 'FWD_PEND']);
  return header + line(Object.values(count));
}
