// `%J` and `%I` in the names of files: the job's id and the element's index (0 outside an array).

import type { Template } from '../../model/launch-template.ts';

/** A file name with its holes; other percent signs stay. */
export function fileTemplate(name: string): Template {
  const parts: (string | { hole: 'base' | 'index' })[] = [];
  for (const part of name.split(/(%[JI])/)) {
    if (part === '%J') parts.push({ hole: 'base' });
    else if (part === '%I') parts.push({ hole: 'index' });
    else if (part !== '') parts.push(part);
  }
  return parts;
}

/** The same for a job that is known. */
export function expandedName(name: string, base: number, index: number): string {
  return name.replace(/%([JI])/g, (_, letter) => String(letter === 'J' ? base : index));
}
