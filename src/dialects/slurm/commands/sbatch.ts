// sbatch: submits a script. The order of what it does, and so of its complaints, is the original's:
// the words are read, then the script, its directives, the variables, the words' values; then it is
// submitted.

import { textOf, bytesOf } from '../../kit/bytes.ts';
import {
  type Dialog,
  type Invocation,
  type Step,
  awaitJob,
  command,
  pause,
  query,
  readFile,
  readStdin,
  write,
} from '../../kit/dialog.ts';
import type { Answer, FileAnswer, Program } from '../../kit/dialog.ts';
import { type CommandLine, applyOptions, applyVariables } from '../../kit/getopt.ts';
import { zone } from '../../kit/time-zone.ts';
import type { Submission } from '../../../model/command.ts';
import type { JobRequest } from '../../../model/job-request.ts';
import type { Refusal } from '../../../model/refusal.ts';
import type { JobView } from '../../../model/view.ts';
import { readDirectives, scriptComplaint } from '../batch-script.ts';
import {
  commandFrame,
  complaintText,
  getoptComplaint,
  readWords,
  shownText,
} from '../command-frame.ts';
import { withoutJob } from '../dependencies.ts';
import { jobEnvironment } from '../job-environment.ts';
import { SBATCH_OPTIONS } from '../options/sbatch.ts';
import { slurmError } from '../refusals.ts';
import { type SbatchDraft, newDraft } from '../sbatch-draft.ts';
import { type ScriptSource, buildRequest } from '../sbatch-request.ts';

const BAD_OPTION = 255;
const FAILED = 1;
const MOST_RETRIES = 15;
const MOST_ENVIRONMENT_BYTES = 8 * 1024 * 1024;
const ENOENT = 2;

/** The command's rows and words of help. */
export const SBATCH = commandFrame<SbatchDraft>({
  name: 'sbatch',
  rows: SBATCH_OPTIONS,
  permute: false,
  hint: true,
  synopsis: 'sbatch [OPTION]... [SCRIPT [ARGUMENT]...]',
  summary:
    'Submits a batch script, read from a file, from standard input or made of --wrap.\n' +
    'Options may also stand in #SBATCH lines before the first command of the script.',
});

/** A step of the command that may end it. */
type Ending = { readonly status: number };
type Part<T> = Generator<Step, T | Ending, Answer>;

/** The command. */
export const sbatch: Program = function* (call): Dialog {
  const line = readWords(SBATCH, call.arguments);
  if (line.complaint !== undefined) {
    yield* write('stderr', getoptComplaint(SBATCH, line.complaint));
    return BAD_OPTION;
  }
  const early = newDraft(contextOf(call));
  for (const { row, value } of line.options) {
    // What decides on where the script comes from must be known before it is read.
    if (EARLY.has(row.long ?? '')) row.set?.(early, value ?? '');
  }
  if (early.show !== undefined) {
    yield* write('stdout', shownText(SBATCH, early.show));
    return 0;
  }
  const script = yield* findScript(call, early, line.operands);
  if ('status' in script) return script.status;
  const draft = yield* readOptions(call, line, script.text, early);
  if ('status' in draft) return draft.status;
  return yield* submit(call, draft, script);
};

const EARLY = new Set(['help', 'usage', 'version', 'wrap', 'ignore-pbs']);

function contextOf(call: Invocation) {
  return { now: call.now, zone: zone(call.timeZone), isRoot: call.identity.administrator };
}

function* complain(text: string, status: number): Generator<Step, Ending, Answer> {
  yield* write('stderr', complaintText('sbatch', text));
  return { status };
}

interface FoundScript extends ScriptSource {
  readonly text: string;
}

function* findScript(
  call: Invocation,
  early: SbatchDraft,
  operands: readonly string[],
): Part<FoundScript> {
  const [path, ...rest] = operands;
  if (early.wrap !== undefined) {
    if (path !== undefined) {
      return yield* complain(
        'fatal: Script arguments are not permitted with --wrap option',
        FAILED,
      );
    }
    const text = `#!/bin/sh\n# This script was created by sbatch --wrap.\n\n${early.wrap}\n`;
    return { text, arguments: [] };
  }
  if (rest.includes(':') || path === ':') {
    return yield* complain('error: heterogeneous jobs are not supported here', FAILED);
  }
  const read =
    path === undefined
      ? { answer: yield* readStdin(call.site.maxScriptBytes), path: undefined }
      : yield* openScript(call, path);
  const { answer } = read;
  if (answer.kind === 'failed') {
    return yield* complain(`error: Unable to open file ${read.path ?? 'stdin'}`, FAILED);
  }
  if (answer.kind === 'tooLarge') {
    return yield* complain(
      refusalText({ code: 'tooLarge', what: 'script', maximumBytes: 0 }),
      FAILED,
    );
  }
  const text = textOf(answer.bytes);
  const complaint = scriptComplaint(text);
  if (complaint !== undefined) return yield* complain(complaint, FAILED);
  return { text, arguments: rest, ...(read.path === undefined ? {} : { path: read.path }) };
}

/** A name without a slash is looked for in the working directory, then along PATH. */
function* openScript(
  call: Invocation,
  name: string,
): Generator<Step, { answer: FileAnswer; path: string }, Answer> {
  const directories = name.includes('/')
    ? [call.workingDirectory]
    : [call.workingDirectory, ...(call.environment.get('PATH') ?? '').split(':').filter(Boolean)];
  for (const directory of directories) {
    const path = name.startsWith('/') ? name : `${directory.replace(/\/$/, '')}/${name}`;
    const answer = yield* readFile(path, call.site.maxScriptBytes);
    if (answer.kind !== 'failed' || answer.errno !== ENOENT) return { answer, path };
  }
  // Not found: the name as it was given.
  return { answer: { kind: 'failed', errno: ENOENT }, path: name };
}

/** Directives, then variables, then words; each wins over the one before. */
function* readOptions(
  call: Invocation,
  line: CommandLine<SbatchDraft>,
  script: string,
  early: SbatchDraft,
): Part<SbatchDraft> {
  const draft = newDraft(contextOf(call));
  const isForeignIgnored =
    early.ignoreForeign === true || call.environment.has('SBATCH_IGNORE_PBS');
  const words = readDirectives(script, line.operands[0] ?? 'stdin', isForeignIgnored);
  if ('complaint' in words) return yield* complain(words.complaint, FAILED);
  const directives = readWords(SBATCH, words);
  if (directives.complaint !== undefined) {
    yield* write('stderr', getoptComplaint(SBATCH, directives.complaint));
    return { status: BAD_OPTION };
  }
  const [stray] = directives.operands;
  if (stray !== undefined) {
    return yield* complain(`error: Invalid directive found in batch script: ${stray}`, BAD_OPTION);
  }
  const complaint =
    applyOptions(draft, directives.options) ??
    fromSource(draft, 'variables', () =>
      applyVariables(draft, SBATCH_OPTIONS, 'sbatch', call.environment),
    ) ??
    fromSource(draft, 'words', () => applyOptions(draft, line.options));
  if (complaint !== undefined) return yield* complain(complaint, draft.complaintStatus);
  if (draft.testOnly === true) {
    return yield* complain('error: --test-only is not supported here', FAILED);
  }
  return yield* checkedCluster(call, draft);
}

function fromSource(
  draft: SbatchDraft,
  source: SbatchDraft['source'],
  apply: () => string | undefined,
): string | undefined {
  draft.source = source;
  return apply();
}

function* checkedCluster(call: Invocation, draft: SbatchDraft): Part<SbatchDraft> {
  const unknown = draft.clusters?.split(',').find((name) => !isOwnCluster(call, name));
  if (unknown === undefined) return draft;
  return yield* complain(
    `error: No cluster '${unknown}' known by database.\n` +
      `error: '${draft.clusters}' can't be reached now, or it is an invalid entry for --cluster.  ` +
      "Use 'sacctmgr list clusters' to see available clusters.",
    FAILED,
  );
}

function isOwnCluster(call: Invocation, name: string): boolean {
  return name === call.site.cluster || name === 'all' || name === '';
}

function* submit(call: Invocation, draft: SbatchDraft, script: FoundScript): Dialog {
  const built = buildRequest(call, draft, script);
  if (built.kind === 'complaint') return (yield* complain(built.text, built.status)).status;
  const { nodes, ntasks } = draft;
  if (nodes !== undefined && ntasks !== undefined && ntasks < nodes.min) {
    const words = `can't run ${ntasks} processes on ${nodes.min} nodes, setting nnodes to ${ntasks}`;
    yield* write('stderr', `sbatch: warning: ${words}\n`);
  }
  const variables = yield* readVariables(call, draft);
  if ('status' in variables) return variables.status;
  const misplaced = yield* nodeComplaint(built.request, draft);
  if (misplaced !== undefined) return (yield* complain(misplaced, FAILED)).status;
  const unknownQueue = yield* missingQueue(draft);
  if (unknownQueue !== undefined) {
    const refusal = refusalText({ code: 'noSuchQueue', queue: unknownQueue });
    return (yield* complain(refusal, FAILED)).status;
  }
  const submission: Submission = {
    request: built.request,
    content: { script: bytesOf(script.text), environment: variables.bytes },
    requestId: call.requestId,
    ...(built.defaultQueue ? { defaultQueue: true } : {}),
  };
  const result = yield* submitUntilTaken(submission);
  if (typeof result !== 'number') return (yield* complain(refusalText(result), FAILED)).status;
  yield* write('stdout', successText(call, draft, result));
  return draft.wait === true ? yield* waitForEnd(result) : 0;
}

function* readVariables(
  call: Invocation,
  draft: SbatchDraft,
): Part<{ readonly bytes: Uint8Array }> {
  const { exportFile } = draft;
  if (exportFile === undefined) {
    return { bytes: jobEnvironment(call, draft.export, undefined) };
  }
  const path = exportFile.startsWith('/') ? exportFile : `${call.workingDirectory}/${exportFile}`;
  const answer = yield* readFile(path, MOST_ENVIRONMENT_BYTES);
  if (answer.kind !== 'bytes') {
    return yield* complain(`error: Could not open user environment file ${exportFile}`, FAILED);
  }
  return { bytes: jobEnvironment(call, draft.export, textOf(answer.bytes)) };
}

/** Named nodes must exist, one must be left, and one must be large enough. */
function* nodeComplaint(
  request: JobRequest,
  draft: SbatchDraft,
): Generator<Step, string | undefined, Answer> {
  const { nodeNames = [], excludedNodeNames = [] } = request.resources;
  const { mincpus = 1 } = draft;
  if (nodeNames.length + excludedNodeNames.length === 0 && mincpus === 1) return undefined;
  const view = yield* query({ kind: 'nodes' });
  if (view.kind !== 'nodes') return undefined;
  const known = new Map(view.nodes.map(({ name, size }) => [name as string, size]));
  const failed = (words: string) => `error: Batch job submission failed: ${words}`;
  if ([...nodeNames, ...excludedNodeNames].some((name) => !known.has(name))) {
    return failed('Invalid node name specified');
  }
  const impossible = failed('Requested node configuration is not available');
  if ([...known.keys()].every((name) => excludedNodeNames.includes(name))) return impossible;
  if ([...known.values()].every(({ cpus }) => cpus < mincpus)) {
    return `error: CPU count per node can not be satisfied\n${impossible}`;
  }
  return undefined;
}

/** Of several partitions every one must exist; a single one is checked by the engine. */
function* missingQueue(draft: SbatchDraft): Generator<Step, string | undefined, Answer> {
  const names = draft.partition?.split(',') ?? [];
  if (names.length < 2) return undefined;
  const view = yield* query({ kind: 'queues' });
  if (view.kind !== 'queues') return undefined;
  return names.find((name) => !view.queues.some((queue) => queue.name === name));
}

/**
 * The job's id, or the refusal that stands. Conditions on jobs that never were are met, as in
 * Slurm.
 */
function* submitUntilTaken(first: Submission): Generator<Step, number | Refusal, Answer> {
  let submission = first;
  for (let retries = 0; ; ) {
    const result = yield* command({ kind: 'submitJob', submission });
    if (result.kind === 'submitted') return result.job;
    if (result.kind !== 'refused') return { code: 'busy' };
    const { refusal } = result;
    const lighter = withoutUnknown(submission, refusal);
    if (lighter !== undefined) {
      submission = lighter;
      continue;
    }
    const words = RETRIED[refusal.code];
    if (words === undefined || retries >= MOST_RETRIES) return refusal;
    if (retries === 0) yield* write('stderr', `sbatch: error: ${words}\n`);
    retries++;
    yield* pause(retries * 1000);
  }
}

/** Refusals that time may heal: sbatch sleeps and tries again. */
const RETRIED: Partial<Record<Refusal['code'], string>> = {
  busy: 'Slurm temporarily unable to accept job, sleeping and retrying',
  tooManyJobs: 'Slurm job queue full, sleeping and retrying',
};

function withoutUnknown(submission: Submission, refusal: Refusal): Submission | undefined {
  const { dependency, ...request } = submission.request;
  if (refusal.code !== 'noSuchDependency' || dependency === undefined) return undefined;
  const left = withoutJob(dependency, refusal.job);
  if (left === dependency) return undefined;
  return {
    ...submission,
    request: left === undefined ? request : { ...request, dependency: left },
  };
}

function refusalText(refusal: Refusal): string {
  const { text, before } = slurmError(refusal);
  const first = before === undefined ? '' : `error: ${before}\n`;
  return `${first}error: Batch job submission failed: ${text}`;
}

function successText(call: Invocation, draft: SbatchDraft, job: number): string {
  const { clusters } = draft;
  const cluster = clusters === undefined ? undefined : call.site.cluster;
  if (draft.quiet === true) return '';
  if (draft.parsable === true) return `${job}${cluster === undefined ? '' : `;${cluster}`}\n`;
  return `Submitted batch job ${job}${cluster === undefined ? '' : ` on cluster ${cluster}`}\n`;
}

/** The highest exit code of the job or its elements; 1 for one that did not exit by itself. */
function* waitForEnd(job: number): Dialog {
  const views = yield* awaitJob(job as JobView['id'], 'ended');
  if (views === undefined) return FAILED;
  return views.reduce((highest, view) => Math.max(highest, exitCode(view)), 0);
}

function exitCode({ outcome }: JobView): number {
  if (outcome === undefined) return 0;
  if (outcome.kind === 'cancelled' && outcome.asDone === true) return 0;
  if (!('exitCode' in outcome) || outcome.signal !== 0) return FAILED;
  return outcome.kind === 'exited' ? outcome.exitCode : Math.max(outcome.exitCode, FAILED);
}
