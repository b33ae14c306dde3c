// File, environment, flags: each is read into text, a later one wins, and the result is checked
// once. Reads nothing itself: arguments, variables and the way to read a file are passed in.

import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { GatewayError } from '../base/gateway-error.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { nearest } from './suggestion.ts';
import {
  flagOf,
  SETTING_ROWS,
  type SettingName,
  type SettingRow,
  type Settings,
  variableOf,
} from './settings.ts';

/** Where settings come from. */
export interface Sources {
  /** The words behind the program's name. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a file; throws where it cannot be read. */
  readonly readFile: (path: string) => string;
  /** What --version prints. */
  readonly version: string;
}

/** A setting as it was said last, before it is checked. */
export interface Said {
  readonly value: unknown;
  /** `flag --cluster`, `variable SPILLWAY_CLUSTER`, `file PATH`, or `default`. */
  readonly source: string;
}

/** What each setting's winning source said. */
export type Explanation = Readonly<Record<SettingName, Said>>;

/** The settings, or something to print instead of running. */
export type Loaded =
  | {
      readonly kind: 'settings';
      readonly settings: Settings;
      readonly explanation: Explanation;
      readonly greet: boolean;
      readonly explain: boolean;
    }
  | { readonly kind: 'print'; readonly text: string };

/**
 * Reads and checks all settings. Throws GatewayError `settings`, one line a problem, each with
 * its source.
 */
export function loadSettings(sources: Sources): Loaded {
  const line = readCommandLine(sources.argv, sources.version);
  if (line.print !== undefined) return { kind: 'print', text: line.print };
  const problems = [...line.problems];
  const file = line.file === undefined ? {} : readSettingsFile(line.file, sources, problems);
  const explanation = explain(sources, line, file);
  const settings = check(explanation, problems);
  if (problems.length > 0) throw new GatewayError('settings', problems.join('\n'));
  return { kind: 'settings', settings, explanation, greet: line.greet, explain: line.explain };
}

/** One line a setting: its value as written, and who said it. */
export function explainConfig(explanation: Explanation): string {
  const lines = SETTING_ROWS.map(([setting, row]) => {
    const { value, source } = explanation[setting];
    const written = typeof value === 'string' ? value : (JSON.stringify(value) ?? row.unset ?? '');
    return `${row.key}: ${written === '' ? 'none' : written}  (${source})`;
  });
  return `${lines.join('\n')}\n`;
}

/** The file as plain values, every scalar as text, so that `0640` or `no` are what was written. */
function readSettingsFile(
  path: string,
  sources: Sources,
  problems: string[],
): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = sources.readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError('settings', `cannot read ${path}: ${why}`, { cause });
  }
  const document = parseDocument(text, { schema: 'failsafe' });
  for (const error of document.errors) problems.push(`${path}: ${error.message.trim()}`);
  const content: unknown = document.errors.length > 0 ? {} : (document.toJS() ?? {});
  if (content === '') return {};
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push(`${path}: must hold settings, one \`key: value\` a line`);
    return {};
  }
  const known = SETTING_ROWS.map(([, row]) => row.key);
  for (const key of Object.keys(content)) {
    if (!known.includes(key)) problems.push(`${path}: ${noSuchSetting(key, known)}`);
  }
  return Object.fromEntries(Object.entries(content));
}

function noSuchSetting(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return `${key} is no setting${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

function explain(
  sources: Sources,
  line: CommandLine,
  file: Readonly<Record<string, unknown>>,
): Explanation {
  const said = SETTING_ROWS.map(([setting, row]): [SettingName, Said] => {
    const flag = line.values[setting];
    if (flag !== undefined) return [setting, { value: flag, source: `flag --${flagOf(row)}` }];
    const variable = row.value === undefined ? undefined : sources.environment[variableOf(row)];
    if (variable !== undefined) {
      return [setting, { value: variable, source: `variable ${variableOf(row)}` }];
    }
    const written = file[row.key];
    // A key without a value says nothing.
    if (written !== undefined && written !== null) {
      return [setting, { value: written, source: `file ${line.file ?? ''}` }];
    }
    return [setting, { value: row.default, source: 'default' }];
  });
  return Object.fromEntries(said) as Record<SettingName, Said>;
}

function check(explanation: Explanation, problems: string[]): Settings {
  const checked: Partial<Record<SettingName, unknown>> = {};
  for (const [setting, row] of SETTING_ROWS) {
    const { value, source } = explanation[setting];
    if (value === undefined && row.unset === 'must be given') {
      problems.push(`${row.key} must be given: --${flagOf(row)} ${row.value?.toUpperCase()}`);
      continue;
    }
    const result = row.schema.safeParse(value);
    if (result.success) checked[setting] = result.data;
    else problems.push(...result.error.issues.map((issue) => complaint(row, source, issue)));
  }
  return checked as Settings;
}

function complaint(row: SettingRow, source: string, issue: z.core.$ZodIssue): string {
  const place = issue.path.map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${String(part)}`,
  );
  const words =
    issue.code === 'unrecognized_keys'
      ? `has no part named ${issue.keys.join(', ')}`
      : issue.message;
  return `${row.key}${place.join('')} ${words} (${source})`;
}
