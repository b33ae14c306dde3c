// The key of a specification: what it is made of decides what it is called, so that equal
// submissions are stored once. Callers that submit many equal jobs pass the same objects, and it is
// computed once.

import { createHash } from 'node:crypto';
import { type SpecKey, specKey } from '../model/ids.ts';
import type { JobContent, JobRequest } from '../model/job-request.ts';

interface Known {
  readonly content: JobContent;
  readonly key: SpecKey;
}

const known = new WeakMap<JobRequest, Known>();

/** SHA-256 over the request's JSON, the script and the environment. */
export function keyOf(request: JobRequest, content: JobContent): SpecKey {
  const before = known.get(request);
  if (before?.content === content) return before.key;
  const json = JSON.stringify(request);
  const hash = createHash('sha256');
  hash.update(`${json.length} ${content.script.length} `).update(json, 'latin1');
  hash.update(content.script).update(content.environment);
  const key = specKey(hash.digest('hex'));
  known.set(request, { content, key });
  return key;
}
