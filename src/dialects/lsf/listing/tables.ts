// The tables of bjobs with fixed columns: default, -w, -W, -p. Widths are LSF's since version 4;
// STAT stands at character 16 because clients split there. Rows are made by one function per
// format.

import type { Instant } from '../../../base/brand.ts';
import type { JobView } from '../../../model/view.ts';
import { visible } from '../../kit/control-characters.ts';
import type { Zone } from '../../kit/time-zone.ts';
import { shortDates, slashDate } from '../dates.ts';
import { pendingPhrase } from '../reasons.ts';
import { statOf } from '../states.ts';
import { left, remembering, tail } from './cells.ts';
import { cpuMs, hostList, hoursText, nameText, projectText } from './facts.ts';

/** What the rows of a listing have in common. */
export interface TableSettings {
  readonly zone: Zone;
  readonly now: Instant;
  /** LSB_SHORT_HOSTLIST. */
  readonly isShortHostList: boolean;
  /** LSB_JOBID_DISP_LENGTH. */
  readonly idWidth: number;
}

/** A listing: a header line and a row (of one or more lines) for each job. */
export interface Table {
  readonly header: string;
  readonly row: (view: JobView) => string;
}

const NO_HOST = '   -   ';
const NO_HOST_WIDE = '   -    ';
const COLUMNS = 'USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME';

function idHeader(width: number): string {
  return 'JOBID'.padEnd(width);
}

/** The default listing: everything but the id is cut to its column. */
export function defaultTable(settings: TableSettings): Table {
  const { idWidth, isShortHostList } = settings;
  const date = shortDates(settings.zone);
  const user = remembering((text) => left(visible(text), 7));
  const queue = remembering((text) => left(visible(text), 10));
  const from = remembering((text) => left(visible(text), 11));
  const on = remembering((text) => left(text, 11));
  return {
    header: `${idHeader(idWidth)} ${COLUMNS}\n`,
    row: (view) => {
      const { request, owner } = view;
      const hosts = hostList(view, isShortHostList);
      const host = hosts[0] ?? (view.state === 'pending' ? '' : NO_HOST);
      const line =
        `${String(view.base).padEnd(idWidth)} ${user(owner.user)} ${statOf(view).padEnd(5)} ` +
        `${queue(request.queue)} ${from(request.submitHost)} ${on(host)} ` +
        `${tail(nameText(view), 10)} ${date(view.submittedAt)}\n`;
      return hosts.length < 2 ? line : line + furtherHosts(hosts, idWidth);
    },
  };
}

/** One line for each further host, under EXEC_HOST. */
function furtherHosts(hosts: readonly string[], idWidth: number): string {
  const indent = ' '.repeat(38 + idWidth);
  return hosts
    .slice(1)
    .map((host) => `${indent}${left(host, 11).trimEnd()}\n`)
    .join('');
}

/** `-w`: the same columns, nothing cut. */
export function wideTable(settings: TableSettings): Table {
  const wide = wideRow(settings);
  const date = shortDates(settings.zone);
  return {
    header: `${idHeader(settings.idWidth)} ${COLUMNS}\n`,
    row: (view) => `${wide(view)} ${date(view.submittedAt)}\n`,
  };
}

function wideRow({ idWidth, isShortHostList }: TableSettings): (view: JobView) => string {
  const user = remembering((text) => visible(text).padEnd(7));
  const queue = remembering((text) => visible(text).padEnd(10));
  const from = remembering((text) => visible(text).padEnd(11));
  return (view) => {
    const hosts = hostList(view, isShortHostList).join(':');
    const host = hosts || (view.state === 'pending' ? NO_HOST_WIDE : NO_HOST);
    return (
      `${String(view.base).padEnd(idWidth)} ${user(view.owner.user)} ` +
      `${statOf(view).padEnd(5)} ${queue(view.request.queue)} ` +
      `${from(view.request.submitHost)} ${host.padEnd(11)} ${nameText(view).padEnd(10)}`
    );
  };
}

/** `-W`: -w with more columns. What is not known of MEM, SWAP and PIDS is 0 and `-`. */
export function extraWideTable(settings: TableSettings): Table {
  const wide = wideRow(settings);
  const time = (at: Instant | undefined): string =>
    at === undefined ? ' - ' : ` ${slashDate(at, settings.zone)}`;
  return {
    header:
      `${idHeader(settings.idWidth)} ${COLUMNS}  ` +
      'PROJ_NAME CPU_USED MEM SWAP PIDS START_TIME FINISH_TIME\n',
    row: (view) => {
      const memory = String(view.usage?.maxMemoryKib ?? 0).padEnd(6);
      return (
        `${wide(view)} ${slashDate(view.submittedAt, settings.zone)} ` +
        `${projectText(view).padEnd(10)} ${cpuText(cpuMs(view))} ${memory} ${'0'.padEnd(6)} ` +
        ` - ${time(view.startedAt)}${time(view.endedAt)}\n`
      );
    },
  };
}

/** `000:00:00.03`. */
function cpuText(ms: number): string {
  const hundredths = String(Math.floor(ms / 10) % 100).padStart(2, '0');
  return `${hoursText(ms, 3)}.${hundredths}`;
}

/** `-p`: pending jobs, each with its reason on a line of its own. */
export function pendingTable(settings: TableSettings): Table {
  const date = shortDates(settings.zone);
  return {
    header:
      `${idHeader(settings.idWidth)} USER    STAT  ` +
      'QUEUE       FROM_HOST      JOB_NAME           SUBMIT_TIME\n',
    row: (view) =>
      `${String(view.base).padEnd(settings.idWidth)} ${left(visible(view.owner.user), 7)} ` +
      `${left(statOf(view), 5)} ${left(visible(view.request.queue), 11)} ` +
      `${left(visible(view.request.submitHost), 14)} ${tail(nameText(view), 18)} ` +
      `${date(view.submittedAt)}\n${reasonLine(view)}`,
  };
}

/** The line under a pending or held job. */
export function reasonLine(view: JobView): string {
  const phrase = pendingPhrase(view);
  return phrase === undefined ? '' : ` ${phrase};\n`;
}

/** The same table with reasons under its rows. */
export function withReasons({ header, row }: Table): Table {
  return { header, row: (view) => row(view) + reasonLine(view) };
}
