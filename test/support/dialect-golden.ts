// Recorded cases of a real scheduler, held against our commands in-process: runs the case's `cmd`
// through a very small shell and compares what is printed, after shaping what varies from run to
// run.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../../src/dialects/kit/dialog.ts';
import { type World, identity, invocation, run } from './dialog-runner.ts';

/** A recorded case. */
export interface GoldenCase {
  readonly name: string;
  readonly command: string;
  readonly user: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
  /** `digits`, `count` or `exit`: how loosely the original repeats itself. */
  readonly loose: string | undefined;
  /** Only the streams and the status count (help texts). */
  readonly isWordsFree: boolean;
}

/** Where and as whom the commands run. */
export interface GoldenSetting {
  readonly programs: Readonly<Record<string, Program>>;
  readonly world: World;
  readonly files?: Readonly<Record<string, string>>;
  readonly call?: Parameters<typeof invocation>[2];
}

/** What a case printed here. */
export interface Printed {
  stdout: string;
  stderr: string;
  exit: number;
}

/** Every case of a folder. */
export function goldenCases(folder: string): GoldenCase[] {
  const text = (name: string, file: string) => {
    const path = join(folder, name, file);
    return existsSync(path) ? readFileSync(path, 'latin1') : undefined;
  };
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'cmd')))
    .map((name) => ({
      name,
      command: (text(name, 'cmd') ?? '').trim(),
      user: (text(name, 'user') ?? 'alice').trim(),
      stdout: text(name, 'stdout') ?? '',
      stderr: text(name, 'stderr') ?? '',
      exit: Number(text(name, 'exit') ?? '0'),
      loose: text(name, 'loose')?.trim(),
      isWordsFree: text(name, 'words-free') !== undefined,
    }));
}

/**
 * Runs a case. Its shell knows commands joined by `;`, `NAME=value` in front, `export`,
 * `x=$(command)`, `$x`, `rc=$?`, `command && { …; }`, `< file`, `| head -n`, `| wc -l` and
 * echo.
 */
export function runCase(golden: GoldenCase, setting: GoldenSetting): Printed {
  const shell: Shell = {
    golden,
    setting,
    printed: { stdout: '', stderr: '', exit: 0 },
    exported: new Map([['PATH', '/usr/bin:/bin']]),
    variables: new Map(),
  };
  for (const part of commandsOf(golden.command)) {
    const [, condition, rest = part] = /^(.*?) && \{(.*)$/s.exec(part) ?? [];
    if (condition !== undefined && !isTrue(condition, shell)) break;
    const command = rest.trim();
    if (command !== '}' && command !== '') runLine(command, shell);
  }
  return shell.printed;
}

/** What stands before `&&`: a test of `$rc`, or a command. */
function isTrue(condition: string, shell: Shell): boolean {
  if (/^\[ \$rc = 0 \]$/.test(condition)) {
    shell.printed.exit = Number(shell.variables.get('rc') !== '0');
  } else runLine(condition, shell);
  return shell.printed.exit === 0;
}

interface Shell {
  readonly golden: GoldenCase;
  readonly setting: GoldenSetting;
  readonly printed: Printed;
  readonly exported: Map<string, string>;
  readonly variables: Map<string, string>;
}

function runLine(text: string, shell: Shell): void {
  const { printed, variables } = shell;
  const captured = /^(\w+)=\$\((.*)\)$/s.exec(text);
  if (captured !== null) {
    const before = printed.stdout;
    printed.stdout = '';
    runLine(captured[2] ?? '', shell);
    variables.set(captured[1] ?? '', printed.stdout.trimEnd());
    printed.stdout = before;
    return;
  }
  const words = shellWords(expanded(text, shell));
  const [first = ''] = words;
  if (first === 'export') {
    for (const word of words.slice(1)) assign(shell.exported, word);
  } else if (first === 'echo') {
    printed.stdout += `${words.slice(1).join(' ')}\n`;
    printed.exit = 0;
  } else if (words.length === 1 && /^\w+=/.test(first)) {
    assign(variables, first);
  } else runProgram(words, shell);
}

/** Variables outside of single quotes. */
function expanded(text: string, { variables, printed }: Shell): string {
  return text.replace(/'[^']*'|\\.|\$(\?|\w+|\{\w+\})/g, (whole, name: string | undefined) => {
    if (name === undefined) return whole;
    if (name === '?') return String(printed.exit);
    return variables.get(name.replace(/[{}]/g, '')) ?? '';
  });
}

function runProgram(words: string[], shell: Shell): void {
  const { golden, setting, printed } = shell;
  const environment = new Map(shell.exported);
  while (/^[A-Z_0-9]+=/.test(words[0] ?? '')) assign(environment, words.shift() ?? '');
  if (words[0] === 'timeout') words.splice(0, 2);
  const pipe = words.indexOf('|');
  const filter = pipe < 0 ? [] : words.splice(pipe).slice(1);
  const from = words.indexOf('<');
  const [, input] = from < 0 ? [] : words.splice(from, 2);
  const [name = '', ...rest] = words;
  const program = setting.programs[name];
  if (program === undefined) throw new Error(`${golden.name}: no program ${name}`);
  const uid = { alice: 1001, bob: 1002, root: 0 }[golden.user] ?? 1001;
  const call = invocation(name, rest, {
    ...setting.call,
    environment,
    identity: identity(golden.user, uid),
  });
  const file = (path: string) => setting.files?.[path.replace('/tmp/slurm-golden/', '')];
  const stdin = input === undefined ? {} : { stdin: file(input) ?? '' };
  const ran = run(program, call, { file, ...setting.world, ...stdin });
  printed.stdout += filtered(ran.stdout, filter);
  printed.stderr += ran.stderr;
  printed.exit = filter.length === 0 ? ran.status : 0;
}

function filtered(text: string, [filter, option = '']: readonly string[]): string {
  if (filter === 'wc') return `${text.split('\n').length - 1}\n`;
  if (filter !== 'head') return text;
  const lines = text.split('\n').slice(0, Number(option.slice(1)));
  return lines.length === 0 || lines.at(-1) === '' ? lines.join('\n') : `${lines.join('\n')}\n`;
}

function assign(environment: Map<string, string>, word: string): void {
  const equals = word.indexOf('=');
  environment.set(word.slice(0, equals), word.slice(equals + 1));
}

/** Commands between semicolons that stand outside of quotes. */
function commandsOf(text: string): string[] {
  return (text.match(/(?:"[^"]*"|'[^']*'|[^;"'])+/g) ?? []).map((part) => part.trim());
}

/** Words with quotes and backslashes taken off, as a shell would. */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  for (const [raw] of text.matchAll(/(?:"(?:\\.|[^"])*"|'[^']*'|\\.|[^\s"'])+/g)) {
    words.push(
      raw.replace(/"((?:\\.|[^"])*)"|'([^']*)'|\\(.)/g, (_all, double, single, escaped) =>
        double !== undefined
          ? String(double).replace(/\\(["\\$`])/g, '$1')
          : String(single ?? escaped ?? ''),
      ),
    );
  }
  return words;
}

/** What differs between the recording and ours, as pairs of lines; empty: equal. */
export function differences(
  golden: GoldenCase,
  printed: Printed,
  options: { readonly anyOrder?: boolean } = {},
): string[] {
  const found: string[] = [];
  if (golden.exit !== printed.exit) found.push(`exit ${printed.exit}, recorded ${golden.exit}`);
  if (golden.loose === 'exit') return found;
  for (const stream of ['stdout', 'stderr'] as const) {
    const [ours, theirs] = [printed[stream], golden[stream]];
    if (golden.isWordsFree) {
      if ((ours === '') !== (theirs === ''))
        found.push(`${stream} is ${ours === '' ? '' : 'not '}empty`);
      continue;
    }
    const shapes = [theirs, ours].map((text) => {
      const lines = shape(text).split('\n');
      return options.anyOrder === true ? lines.sort() : lines;
    });
    const [expected = [], actual = []] = shapes;
    for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
      if (expected[i] !== actual[i]) found.push(`${stream}\n  - ${expected[i]}\n  + ${actual[i]}`);
    }
  }
  return found;
}

/** Texts with times, run times, priorities and the host's name replaced by their shapes. */
export function shape(text: string): string {
  return text
    .replace(/\b365-00:00:00\b/g, 'UNLIMITED')
    .replace(/\b\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?/g, '<TIME>')
    .replace(
      /\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d( \d{4})?/g,
      '<TIME>',
    )
    .replace(/\b(00:0[01]:\d\d(\.\d+)?|0[01]:\d\d\.\d+|[01]:\d\d)\b/g, '<RUN>')
    .replace(/\b\d{10}\b/g, '<EPOCH>');
}

/** Whether a case runs nothing but the commands under test, and needs no job to start. */
export function isSelfContained({ command }: GoldenCase): boolean {
  return !/\b(scontrol|sacct|wj|wr|wa|cat|ls|date|sleep|grep|cp|mkdir)\b/.test(command);
}
