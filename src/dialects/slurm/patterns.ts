// File name patterns of batch jobs (sbatch(1) filename pattern; recorded: 04-output). `%t` and its
// like are those of the batch script itself; an unknown letter stays as it is; a backslash switches
// patterns off.

import type { JobRequest } from '../../model/job-request.ts';
import type { Template } from '../../model/launch-template.ts';
import type { Owner } from '../../model/user.ts';

/** What Slurm prints for %a outside of an array: "no index" as an unsigned number. */
const NO_INDEX = '4294967294';
const MOST_DIGITS = 10;

/** A file name with holes for what only the attempt knows. */
export function nameTemplate(pattern: string, request: JobRequest, owner: Owner): Template {
  // A backslash anywhere: the rest is taken literally, without the backslashes before patterns.
  if (pattern.includes('\\')) return [pattern.replace(/\\(.)/gs, '$1')];
  const parts: Template[number][] = [];
  let from = 0;
  for (const match of pattern.matchAll(/%(\d*)([a-zA-Z%])/g)) {
    const part = partFor(match[2] ?? '', match[1] ?? '', request, owner);
    if (part === undefined) continue;
    if (match.index > from) parts.push(pattern.slice(from, match.index));
    parts.push(part);
    from = match.index + match[0].length;
  }
  if (from < pattern.length) parts.push(pattern.slice(from));
  return parts;
}

function partFor(
  letter: string,
  digits: string,
  request: JobRequest,
  owner: Owner,
): Template[number] | undefined {
  const width = Math.min(Number(digits), MOST_DIGITS);
  const hole = (name: 'job' | 'base' | 'index'): Template[number] =>
    width > 0 ? { hole: name, width } : { hole: name };
  switch (letter) {
    case '%':
      return '%';
    case 'A':
      return hole('base');
    case 'J':
    case 'j':
      return hole('job');
    case 'a':
      return request.array === undefined ? NO_INDEX : hole('index');
    case 'N':
      return { hole: 'node' };
    case 'n':
    case 't':
      return '0'.padStart(width, '0');
    case 's':
      return 'batch';
    case 'u':
      return owner.user;
    case 'x':
      return request.name;
    default:
      return undefined;
  }
}
