// The flags of spillwayd: one for each setting that a line can say, and a few of the program's own.
// Never ends the process: what yargs would print comes back as text.

import yargs from 'yargs';
import { nearest } from './suggestion.ts';
import { flagOf, SETTING_ROWS, type SettingName } from './settings.ts';

/** What the command line says, as text. */
export interface CommandLine {
  /** --help or --version was asked for: this is the answer. */
  readonly print: string | undefined;
  readonly problems: readonly string[];
  readonly file: string | undefined;
  /** Say after the start what can be typed next. */
  readonly greet: boolean;
  /** Only tell where each setting comes from. */
  readonly explain: boolean;
  readonly values: Partial<Record<SettingName, string>>;
}

const PARSER = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
};

/** Reads the words behind the program's name. `version` is what --version prints. */
export function readCommandLine(argv: readonly string[], version: string): CommandLine {
  let print = '';
  let complaint: string | undefined;
  let found: Readonly<Record<string, unknown>> = {};
  void describe(version).parse(
    [...argv],
    {},
    (error: Error | undefined, parsed: object, out: string) => {
      complaint = error?.message;
      found = { ...parsed };
      print = out;
    },
  );
  const given = (flag: string) => (typeof found[flag] === 'string' ? found[flag] : undefined);
  const values: Partial<Record<SettingName, string>> = {};
  for (const [setting, row] of SETTING_ROWS) {
    const value = row.value === undefined ? undefined : given(flagOf(row));
    if (value !== undefined) values[setting] = value;
  }
  const problems = complaint === undefined ? unknownWords(found) : [complaint];
  return {
    print: problems.length === 0 && print !== '' ? print : undefined,
    problems,
    file: given('config'),
    greet: found['greet'] === true,
    explain: found['explain-config'] === true,
    values,
  };
}

const OWN_FLAGS = ['config', 'greet', 'explain-config', 'help', 'version'];

function describe(version: string) {
  const program = yargs()
    .scriptName('spillwayd')
    .usage('spillwayd --state-dir DIRECTORY [--config FILE] [options]')
    .parserConfiguration(PARSER)
    .exitProcess(false)
    .wrap(100)
    .version(version)
    .help()
    .epilogue(
      'Each flag has a key in the file and a variable: --min-job-age, minJobAge, SPILLWAY_MIN_JOB_AGE.',
    )
    .option('config', { type: 'string', requiresArg: true, describe: 'File of settings (YAML).' })
    .option('greet', { type: 'boolean', describe: 'Say what to type next when it is ready.' })
    .option('explain-config', {
      type: 'boolean',
      describe: 'Print each setting with its source, and end.',
    });
  for (const [, row] of SETTING_ROWS) {
    if (row.value === undefined) continue;
    const otherwise = typeof row.default === 'string' ? row.default || 'none' : row.unset;
    program.option(flagOf(row), {
      type: 'string',
      requiresArg: true,
      group: `${row.section}:`,
      describe: row.help,
      ...(otherwise !== 'must be given' && { defaultDescription: otherwise ?? '' }),
    });
  }
  return program;
}

function unknownWords(found: Readonly<Record<string, unknown>>): string[] {
  const known = [...SETTING_ROWS.map(([, row]) => flagOf(row)), ...OWN_FLAGS];
  const strays = Array.isArray(found['_']) ? found['_'].map(String) : [];
  const problems = strays.map((word) => `${word}: no such argument; all settings are flags`);
  for (const flag of Object.keys(found)) {
    if (flag === '_' || flag === '$0' || known.includes(flag)) continue;
    const meant = nearest(flag, known);
    const hint = meant === undefined ? '' : `; did you mean --${meant}?`;
    problems.push(`--${flag}: no such flag${hint}`);
  }
  return problems;
}
