// `-J name`, `-J "name[1-10:2,15]%3"`.

import type { ArrayRequest } from '../../../model/job-request.ts';
import { indexCount } from '../../../model/index-set.ts';
import { readIndexList } from '../job-ids.ts';
import { LONGEST_COMMAND } from './command-line.ts';

/** A name and, for an array, its elements. */
export interface JobName {
  readonly name: string;
  readonly array?: ArrayRequest;
}

const BAD_NAME = 'Bad job name';

/** Reads the value of -J; a string is LSF's complaint. */
export function readJobName(value: string): JobName | string {
  if (value.length > LONGEST_COMMAND) return BAD_NAME;
  const open = value.indexOf('[');
  if (open === -1) return value.includes(']') ? BAD_NAME : { name: value };
  const parts = /^([^\]]+)\](?:\s*%\s*(\d+))?\s*$/.exec(value.slice(open + 1));
  if (parts === null) return BAD_NAME;
  const indices = readIndexList(parts[1] as string);
  if (typeof indices === 'string' || indexCount(indices) === 0) return BAD_NAME;
  const name = value.slice(0, open);
  const limit = Number(parts[2] ?? 0);
  return { name, array: limit === 0 ? { indices } : { indices, limit } };
}
