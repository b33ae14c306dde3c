// Facts about a job as LSF's listings put them. Text is safe to print.

import type { JobView } from '../../../model/view.ts';
import { visible } from '../../kit/control-characters.ts';

/** The name with an element's index. */
export function nameText({ request, element }: JobView): string {
  const name = visible(request.name);
  return element === undefined ? name : `${name}[${element}]`;
}

/** A value that LSF keeps only for its listings. */
export function extra({ request }: JobView, name: string): string {
  const value = request.extras?.[`lsf.${name}`];
  return value === undefined ? '' : visible(String(value));
}

/** The execution hosts, `h` once a slot, or `4*h` once a host. */
export function hostList({ allocation = [] }: JobView, isShort: boolean): readonly string[] {
  return allocation.flatMap(({ node, tasks }) => {
    const slots = Math.max(1, tasks);
    if (!isShort) return new Array<string>(slots).fill(node);
    return [slots === 1 ? node : `${slots}*${node}`];
  });
}

/** The project; jobs without one belong to `default`. */
export function projectText({ request }: JobView): string {
  return visible(request.account ?? 'default');
}

/** A directory as seen from the submitter's home: `$HOME/x`. */
export function fromHome(view: JobView, directory: string): string {
  const home = view.request.extras?.['lsf.home'];
  if (typeof home !== 'string' || home === '/' || home === '') return visible(directory);
  if (directory === home) return '$HOME';
  return directory.startsWith(`${home}/`)
    ? `$HOME${visible(directory.slice(home.length))}`
    : visible(directory);
}

/** The submitter's home directory, '' when it is not known. */
export function homeDirectory(view: JobView): string {
  return extra(view, 'home');
}

/** CPU time of the attempt in milliseconds, 0 while it is not known. */
export function cpuMs({ usage }: JobView): number {
  return usage === undefined ? 0 : usage.userCpuMs + usage.systemCpuMs;
}

/** Wall time of the attempt so far, in milliseconds; undefined: never started. */
export function runMs({ startedAt, endedAt }: JobView, now: number): number | undefined {
  return startedAt === undefined ? undefined : Math.max(0, (endedAt ?? now) - startedAt);
}

/** `34:05:09` from milliseconds. */
export function hoursText(ms: number, hourDigits: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const hours = String(Math.floor(seconds / 3600)).padStart(hourDigits, '0');
  return `${hours}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `522 Mbytes`, `5.2 Gbytes`. */
export function bytesText(kib: number): string {
  if (kib < 1024) return `${kib} Kbytes`;
  const mib = kib / 1024;
  if (mib < 1024) return `${Math.round(mib)} Mbytes`;
  const gib = mib / 1024;
  return gib < 1024 ? `${trimmed(gib)} Gbytes` : `${trimmed(gib / 1024)} Tbytes`;
}

function trimmed(number: number): string {
  return number.toFixed(1).replace(/\.0$/, '');
}
