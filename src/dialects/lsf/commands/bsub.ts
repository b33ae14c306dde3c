// bsub. Options, then the command's words, or a script from stdin or (LSB_BSUB_PARSE_SCRIPT) a
// file. On success stdout holds the one line that clients parse, and nothing else.

import type { CommandResult } from '../../../model/command.ts';
import type { JobRequest } from '../../../model/job-request.ts';
import { queueName } from '../../../model/ids.ts';
import type { Refusal } from '../../../model/refusal.ts';
import { bytesOf, textOf } from '../../kit/bytes.ts';
import {
  type Answer,
  command,
  type Dialog,
  type Invocation,
  pause,
  query,
  readFile,
  readStdin,
  type Step,
  write,
} from '../../kit/dialog.ts';
import { visible } from '../../kit/control-characters.ts';
import { zone } from '../../kit/time-zone.ts';
import type { OptionRow } from '../../kit/option.ts';
import { type Given, nameOf, parseLeading } from '../arguments.ts';
import { fullDate } from '../dates.ts';
import { refusalWords } from '../refusals.ts';
import { isYes, limitUnitMib, setting } from '../settings.ts';
import { commandLine, shownScript } from '../submission/command-line.ts';
import { resolveDependency } from '../submission/dependency-names.ts';
import { type BsubDraft, newDraft } from '../submission/draft.ts';
import { embeddedLines } from '../submission/embedded.ts';
import { jobEnvironment } from '../submission/environment.ts';
import { BSUB_FULL } from '../submission/options.ts';
import { BSUB_OTHERS } from '../submission/other-options.ts';
import { type JobCommand, requestOf } from '../submission/request.ts';
import { optionComplaint, printUsage, printVersion, refusedComplaint } from '../usage.ts';
import { waitForJob } from './wait.ts';

/** Every option of bsub. */
export const BSUB_ROWS = [...BSUB_FULL, ...BSUB_OTHERS];

const OPERANDS = '[command [argument ...]]';
const FAILED = 255;
/** Longer lines than this do not fit into one argument of the shell. */
const LONGEST_SHELL_LINE = 100_000;
const MOST_RETRIES = 10;

type Asking<T> = Generator<Step, T, Answer>;

/** Submits a job. */
export function* bsub(call: Invocation): Dialog {
  const parsed = parseLeading(call.arguments, BSUB_ROWS);
  if (parsed.kind !== 'parsed') {
    yield* write('stderr', optionComplaint('bsub', parsed));
    yield* printUsage('bsub', OPERANDS, BSUB_ROWS);
    return FAILED;
  }
  const draft = newDraft(call.now, zone(call.timeZone), limitUnitMib(call.site) ?? 1 / 1024);
  const complaint = apply(draft, parsed.given);
  if (draft.wanted !== undefined) {
    if (draft.wanted === 'version') yield* printVersion();
    else yield* printUsage('bsub', OPERANDS, BSUB_ROWS);
    return 0;
  }
  if (complaint !== undefined) return yield* notSubmitted(complaint);
  if (call.environment.has('BSUB_CHK_RESREQ')) return 0;
  const job = yield* findCommand(call, parsed.rest);
  if (typeof job === 'string') return yield* notSubmitted(job);
  const whole = withEmbedded(call, job, parsed.given);
  return typeof whole === 'string' ? yield* notSubmitted(whole) : yield* submit(call, whole, job);
}

function* notSubmitted(complaint: string): Dialog {
  yield* write('stderr', `${visible(complaint)}. Job not submitted.\n`);
  return FAILED;
}

function apply(draft: BsubDraft, given: readonly Given<BsubDraft>[]): string | undefined {
  for (const { row, value } of given) {
    const complaint = refusedComplaint(row) ?? row.set?.(draft, value);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

/** Where the job's command comes from; a string is a complaint. */
function* findCommand(call: Invocation, words: readonly string[]): Asking<JobCommand | string> {
  const [first, ...others] = words;
  if (first === undefined) return yield* commandFromStdin(call);
  if (isYes(setting(call, 'LSB_BSUB_PARSE_SCRIPT'))) {
    const file = yield* readFile(first, call.site.maxScriptBytes);
    if (file.kind === 'tooLarge') return tooLong(call);
    const script = file.kind === 'bytes' ? textOf(file.bytes) : '';
    // A binary is a command like any other.
    if (script !== '' && !script.includes('\0')) {
      return { shown: commandLine(words), script, launch: 'script', arguments: others };
    }
  }
  const line = commandLine(words);
  const isLong = line.length > LONGEST_SHELL_LINE;
  return { shown: line, script: line, launch: isLong ? 'script' : 'shell', arguments: [] };
}

function* commandFromStdin(call: Invocation): Asking<JobCommand | string> {
  if (call.isTerminal[0]) yield* write('stdout', 'bsub> ');
  const input = yield* readStdin(call.site.maxScriptBytes);
  if (input.kind === 'tooLarge') return tooLong(call);
  const script = input.kind === 'bytes' ? textOf(input.bytes) : '';
  if (script.trim() === '') return 'No command is specified';
  return { shown: shownScript(script), script, launch: 'script', arguments: [] };
}

function tooLong(call: Invocation): string {
  const maximumBytes = call.site.maxScriptBytes;
  return refusalWords({ code: 'tooLarge', what: 'script', maximumBytes });
}

/** The script's options, except those that the command line gives too, then the command line's. */
function withEmbedded(
  call: Invocation,
  job: JobCommand,
  given: readonly Given<BsubDraft>[],
): BsubDraft | string {
  const draft = newDraft(call.now, zone(call.timeZone), limitUnitMib(call.site) ?? 1 / 1024);
  const rows = BSUB_ROWS.filter(({ directive }) => directive);
  const isGiven = new Set(given.map(({ row }) => kindOf(row)));
  const lines = job.launch === 'script' ? embeddedLines(job.script) : [];
  const embedded: Given<BsubDraft>[] = [];
  for (const words of lines) {
    const parsed = parseLeading(words, rows);
    if (parsed.kind !== 'parsed') return optionComplaint('bsub', parsed).trimEnd();
    embedded.push(...parsed.given.filter(({ row }) => !isGiven.has(kindOf(row))));
  }
  return apply(draft, embedded) ?? apply(draft, given) ?? draft;
}

/** -o and -oo are one option with two manners, -e and -eo, -r and -rn too. */
function kindOf(row: OptionRow<BsubDraft>): string {
  const name = nameOf(row);
  return ['oo', 'eo', 'rn'].includes(name) ? name.slice(0, 1) : name;
}

function* submit(call: Invocation, draft: BsubDraft, job: JobCommand): Dialog {
  const request = requestOf(draft, job, call);
  if (typeof request === 'string') return yield* notSubmitted(request);
  const unknown = yield* unknownHost(request);
  if (unknown !== undefined) {
    return yield* notSubmitted(`${unknown}: Bad host name, host group name or cluster name`);
  }
  const dependency =
    draft.dependency === undefined
      ? undefined
      : yield* resolveDependency(draft.dependency.expression, call);
  if (typeof dependency === 'string') return yield* notSubmitted(dependency);
  const complete = dependency === undefined ? request : { ...request, dependency };
  const result = yield* toFirstQueue(call, draft, complete, job);
  if (result.kind === 'refused') return yield* notSubmitted(refusalWords(result.refusal));
  if (result.kind !== 'submitted') return FAILED;
  yield* announce(call, draft, result);
  return draft.isWaiting ? yield* waitForJob(call, result.job) : 0;
}

function* unknownHost({ resources }: JobRequest): Asking<string | undefined> {
  if (resources.nodeNames === undefined) return undefined;
  const view = yield* query({ kind: 'nodes' });
  const known = new Set(view.kind === 'nodes' ? view.nodes.map(({ name }) => String(name)) : []);
  return resources.nodeNames.find((name) => !known.has(name));
}

/** Tries the queues in their order; the last refusal stands. */
function* toFirstQueue(
  call: Invocation,
  draft: BsubDraft,
  request: JobRequest,
  job: JobCommand,
): Asking<CommandResult> {
  const chosen = draft.queues ?? call.environment.get('LSB_DEFAULTQUEUE')?.split(/\s+/);
  const content = {
    script: bytesOf(job.script),
    environment: jobEnvironment(
      call,
      draft.environments.length === 0 ? undefined : draft.environments.join(','),
    ),
  };
  let result: CommandResult | undefined;
  for (const queue of chosen ?? [call.site.defaultQueue]) {
    result = yield* commandPatiently({
      kind: 'submitJob',
      submission: {
        request: { ...request, queue: queueName(queue) },
        content,
        requestId: call.requestId,
        defaultQueue: chosen === undefined,
      },
    });
    if (result.kind !== 'refused' || !isAboutQueue(result.refusal)) break;
  }
  return result as CommandResult;
}

function isAboutQueue({ code }: Refusal): boolean {
  return code === 'queueClosed' || code === 'wallTimeTooLong' || code === 'noSuchQueue';
}

/** A busy daemon is asked again, with LSF's own line for each try. */
function* commandPatiently(wish: Parameters<typeof command>[0]): Asking<CommandResult> {
  let result = yield* command(wish);
  for (let i = 0; i < MOST_RETRIES && isBusy(result); i++) {
    yield* write('stderr', `${refusalWords({ code: 'busy' })}\n`);
    yield* pause(1000);
    result = yield* command(wish);
  }
  return result;
}

function isBusy(result: CommandResult): boolean {
  return result.kind === 'refused' && result.refusal.code === 'busy';
}

function* announce(
  call: Invocation,
  draft: BsubDraft,
  { job, queue }: Extract<CommandResult, { kind: 'submitted' }>,
): Asking<void> {
  const isDefault = draft.queues === undefined && !call.environment.has('LSB_DEFAULTQUEUE');
  if (!call.environment.has('BSUB_QUIET')) {
    const which = isDefault ? 'default queue' : 'queue';
    yield* write('stdout', `Job <${job}> is submitted to ${which} <${queue}>.\n`);
  }
  if (draft.beginAt !== undefined) {
    const when = fullDate(draft.beginAt, draft.zone);
    yield* write('stderr', `Job will be scheduled after ${when}\n`);
  }
}
