// getopt_long over option rows: what is read, and what is complained of.

import { describe, expect, test } from 'vitest';
import {
  applyOptions,
  applyVariables,
  optionTable,
  readCommandLine,
} from '../../../../src/dialects/kit/getopt.ts';
import type { OptionRow } from '../../../../src/dialects/kit/option.ts';

interface Draft {
  name?: string;
  list: string[];
}

const common = { commands: ['tool'], section: 'Options', help: 'Does something.' };
const full = { kind: 'full', evidence: 'getopt_long(3)' } as const;
const note = (long: string) => (draft: Draft, value: string) => {
  draft.list.push(`${long}=${value}`);
  return value === 'bad' ? `error: ${long} is bad` : undefined;
};
const ROWS: readonly OptionRow<Draft>[] = [
  { ...common, long: 'all', short: 'a', support: full, set: note('all') },
  { ...common, long: 'name', short: 'n', value: '<name>', support: full, set: note('name') },
  {
    ...common,
    long: 'nice',
    value: '<n>',
    optionalValue: true,
    support: full,
    variables: { tool: 'TOOL_NICE' },
    set: note('nice'),
  },
  { ...common, long: 'next', since: '25.05', support: { kind: 'accepted', note: 'no effect' } },
  { ...common, long: 'never', support: { kind: 'refused', note: 'there is none' } },
  { ...common, long: 'other', commands: ['another'], support: full, set: note('other') },
];
const TABLE = optionTable(ROWS, 'tool');

function read(words: readonly string[], permute = true) {
  const { options, operands, complaint } = readCommandLine(TABLE, words, permute);
  const given = options.map(
    ({ row, value }) => `${row.long}${value === undefined ? '' : `=${value}`}`,
  );
  return complaint === undefined ? [given, operands] : complaint;
}

describe('a command line', () => {
  test.each<[string, string[], unknown]>([
    ['takes short options in a cluster', ['-an', 'x'], [['all', 'name=x'], []]],
    ['takes a value that is glued on', ['-nx', '-n=y'], [['name=x', 'name==y'], []]],
    ['takes a long option with its value', ['--name=x', '--name', 'y'], [['name=x', 'name=y'], []]],
    ['takes an optional value only behind =', ['--nice', '5'], [['nice'], ['5']]],
    ['takes options behind operands', ['x', '-a', 'y'], [['all'], ['x', 'y']]],
    ['takes everything behind -- as operands', ['--', '-a'], [[], ['-a']]],
    ['takes a lone dash as an operand', ['-', '-a'], [['all'], ['-']]],
    ['takes an abbreviation', ['--nam=x'], [['name=x'], []]],
    ['takes an empty value', ['--name='], [['name='], []]],
  ])('%s', (_what, words, expected) => {
    expect(read(words)).toEqual(expected);
  });

  test('ends its options at the first operand when asked to', () => {
    expect(read(['-a', 'script', '-a'], false)).toEqual([['all'], ['script', '-a']]);
  });

  test.each<[string[], string]>([
    [['--nosuch=1'], "unrecognized option '--nosuch=1'"],
    [['--other'], "unrecognized option '--other'"],
    [['-Y'], "invalid option -- 'Y'"],
    [['--all=1'], "option '--all' doesn't allow an argument"],
    [['--name'], "option '--name' requires an argument"],
    [['-n'], "option requires an argument -- 'n'"],
    [['--n=5'], "option '--n=5' is ambiguous; possibilities: '--name' '--never' '--nice'"],
    [['--nex'], "unrecognized option '--nex'"],
  ])('%j is a complaint', (words, complaint) => {
    expect(read(words)).toBe(complaint);
  });
});

describe('given options', () => {
  const apply = (words: string[]) => {
    const draft: Draft = { list: [] };
    const complaint = applyOptions(draft, readCommandLine(TABLE, words, true).options);
    return complaint ?? draft.list;
  };

  test('are stored in their order', () => {
    expect(apply(['--nice', '-a', '-nx'])).toEqual(['nice=', 'all=', 'name=x']);
  });

  test('stop at the first complaint', () => {
    expect(apply(['-n', 'bad', '-a'])).toBe('error: name is bad');
  });

  test('without effect are passed over, refused ones are named', () => {
    expect(apply(['--next'])).toEqual([]);
    expect(apply(['--never'])).toBe('error: --never is not supported here: there is none');
  });

  test('may come from variables', () => {
    const draft: Draft = { list: [] };
    applyVariables(draft, ROWS, 'tool', new Map([['TOOL_NICE', '7']]));
    expect(draft.list).toEqual(['nice=7']);
  });
});
