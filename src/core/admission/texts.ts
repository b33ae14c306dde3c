// What no job may hold: a NUL byte in a text that becomes a word, a path or a variable of its
// process. It would end the text there, and no launcher takes it.

import type { JobContent, JobRequest } from '../../model/job-request.ts';
import type { Refusal } from '../../model/refusal.ts';

/** The refusal of the first text that cannot be; any other character may. */
export function refuseTexts(request: JobRequest, { script }: JobContent): Refusal | undefined {
  const { name, command, workingDirectory, submitHost, account, comment, streams } = request;
  const texts: Readonly<Record<string, readonly (string | undefined)[]>> = {
    // Before the name, which is made of it where none is given.
    command: [command, ...request.arguments],
    name: [name],
    account: [account],
    comment: [comment],
    path: [workingDirectory, streams.stdin, streams.stdout, streams.stderr],
    host: [submitHost],
    option: Object.values(request.extras ?? {}).map(String),
  };
  for (const [field, values] of Object.entries(texts)) {
    if (values.some((value) => value?.includes('\0'))) return { code: 'invalidText', field };
  }
  // A shell is given its text as a word; a script's file may hold anything.
  const isWord = request.launch === 'shell' && script.includes(0);
  return isWord ? { code: 'invalidText', field: 'command' } : undefined;
}
