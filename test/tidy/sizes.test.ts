// How long files and functions are, how many parameters they have and how deep they nest. The limits
// never loosen: a file or a function above them is split, or stands in a list below with its reason.

import { describe, expect, test } from 'vitest';
import { functionsOf, type FunctionShape } from './functions.ts';
import { type Source, sourceOf, sourcesIn } from './sources.ts';

const FILE_LINES = 400;
const FUNCTION_LINES = 70;
const PARAMETERS = 4;
const NESTING = 4;
const COMMENT_COLUMNS = 100;

/** Files that are only a table, which may be long. */
const TABLES =
  /^src\/dialects\/(slurm|lsf|batch)\/([a-z-]*options|[a-z-]*columns|[a-z-]*fields|members)(\/.*)?\.ts$/;

/** Files that a reader is better served by in one piece, with the reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};

/** Functions above a limit as `path name`, with the reason. */
const LONG_FUNCTIONS: Readonly<Record<string, string>> = {};

function longFiles(source: Source): string[] {
  const lines = source.text.split('\n').length - 1;
  if (lines <= FILE_LINES || TABLES.test(source.path) || source.path in LONG_FILES) return [];
  return [`${source.path} has ${lines} lines of ${FILE_LINES}`];
}

function longComments(source: Source): string[] {
  return source.text.split('\n').flatMap((line, at) => {
    if (line.length <= COMMENT_COLUMNS || !/^\s*(\/\/|\/?\*)/.test(line)) return [];
    return [`${source.path}:${at + 1} has ${line.length} columns of ${COMMENT_COLUMNS}`];
  });
}

function bigFunctions(source: Source): string[] {
  return functionsOf(source).flatMap((shape) => {
    if (`${source.path} ${shape.name}` in LONG_FUNCTIONS) return [];
    const place = `${source.path}:${shape.line} ${shape.name}`;
    return excesses(shape).map((words) => `${place} ${words}`);
  });
}

function excesses({ lines, parameters, nesting }: FunctionShape): string[] {
  return [
    ...(lines > FUNCTION_LINES ? [`has ${lines} lines of ${FUNCTION_LINES}`] : []),
    ...(parameters > PARAMETERS ? [`has ${parameters} parameters of ${PARAMETERS}`] : []),
    ...(nesting > NESTING ? [`nests ${nesting} deep of ${NESTING}`] : []),
  ];
}

const product = sourcesIn('src');

describe('the tree', () => {
  test('has no file that is too long', () => {
    expect([...product, ...sourcesIn('test')].flatMap(longFiles)).toEqual([]);
  });

  test('has no function that is too long, too deep or of too many parameters', () => {
    expect(product.flatMap(bigFunctions)).toEqual([]);
  });

  test('has no comment that is too wide', () => {
    expect(product.flatMap(longComments)).toEqual([]);
  });

  test('grants exceptions only to what is there and needs them', () => {
    const paths = product.map((source) => source.path);
    expect(Object.keys(LONG_FILES).filter((name) => !paths.includes(name))).toEqual([]);
    const big = product.flatMap((source) =>
      functionsOf(source)
        .filter((shape) => excesses(shape).length > 0)
        .map((shape) => `${source.path} ${shape.name}`),
    );
    expect(Object.keys(LONG_FUNCTIONS).filter((name) => !big.includes(name))).toEqual([]);
  });
});

describe('the rules notice', () => {
  const many = (line: string, count: number) => `${line}\n`.repeat(count);
  const source = (text: string) => sourceOf('src/core/a.ts', text);

  test('a long file', () => {
    expect(longFiles(source(many('x();', 401)))).toHaveLength(1);
    expect(longFiles(source(many('x();', 400)))).toEqual([]);
    expect(longFiles(sourceOf('src/dialects/lsf/bsub-options.ts', many('x();', 900)))).toEqual([]);
  });

  test.each<[string, string]>([
    ['a long function', `function f() {\n${many('  x();', 69)}}`],
    ['a long method', `class A {\n  m(a: B): C<D> {\n${many('    x();', 69)}  }\n}`],
    ['a long arrow function', `const f = async (a = {}) => {\n${many('  x();', 69)}};`],
    ['five parameters', 'function f(a: A, b = [1, 2], c: (x: X, y: Y) => Z, d: D, e: E) {}'],
    ['five parameters of an arrow', 'const f = (a, b, c, d, e) => a;'],
    [
      'deep nesting',
      'function f() { if (a) { for (;;) { while (b) { try { if (c) { d(); } } finally {} } } } }',
    ],
  ])('%s', (_, text) => {
    expect(bigFunctions(source(text))).toHaveLength(1);
  });

  test('nothing in short functions, long tables and calls of many arguments', () => {
    const table = `const T = {\n${many("  a: { b: (c) => '{{{' },", 90)}};`;
    const call = 'function f() { return g(a, b, c, d, e, (x) => x); }';
    expect(bigFunctions(source(`${table}\n${call}`))).toEqual([]);
  });
});
