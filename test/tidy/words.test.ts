// Names and words: what may not be written, what every file and every exported thing begins with.

import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findAll, placeOf, type Source, sourceOf, sourcesIn } from './sources.ts';

/** In the text of any file, comments too. */
const BANNED_TEXT: readonly (readonly [RegExp, string])[] = [
  [/(\/\/|\*).*\b(TODO|FIXME|XXX)\b/g, 'a note to oneself'],
  [/\bnot (yet )?implemented\b/gi, 'a stub'],
  [/\bcatch\s*(\(\s*\w+\s*\))?\s*\{\s*\}/g, 'swallows an error without a reason'],
];

/** In code. */
const BANNED_CODE: readonly (readonly [RegExp, string])[] = [
  [
    /\b(class|interface|type|function)\s+#?\w*(Manager|Helper|Util|Utils|Handler)s?(?=\s*[<=({]|\s+extends|\s+implements)/g,
    'a name that says nothing',
  ],
  [
    /\b(class|interface|type)\s+\w*(Data|Info)s?(?=\s*[<={]|\s+extends|\s+implements)/g,
    'a name that says nothing',
  ],
  [/^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s+\w/gm, 'an enum'],
  [/^\s*(export\s+)?(declare\s+)?(namespace|module)\s+\w+\s*\{/gm, 'a namespace'],
  [/\binterface\s+I[A-Z][a-z]/g, 'an I before a type'],
  [/@ts-(ignore|nocheck)\b/g, 'silences the compiler'],
  [/\bthrow\s+['"`]/g, 'throws text'],
];

/** Folder names that gather what belongs elsewhere. */
const BANNED_FOLDERS = /(^|\/)(utils?|common|helpers?|managers?|types|misc|lib)(\/|$)/;

function bannedWords(source: Source): string[] {
  return [
    ...BANNED_TEXT.flatMap(([pattern, words]) => findAll(source, source.text, pattern, words)),
    ...BANNED_CODE.flatMap(([pattern, words]) => findAll(source, source.code, pattern, words)),
  ];
}

function wrongPath(source: Source): string[] {
  const folder = path.dirname(source.path);
  const file = path
    .basename(source.path)
    .replace(/(\.(ci|soak))?(\.test|\.config|\.d)?\.m?ts$/, '');
  const findings: string[] = [];
  if (!/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(file)) findings.push(`${source.path} is not kebab-case`);
  if (BANNED_FOLDERS.test(folder)) findings.push(`${folder} names no thing`);
  if (file === path.basename(folder) || file === 'index') {
    findings.push(`${source.path} is named as its folder`);
  }
  return findings;
}

function headless(source: Source): string[] {
  return /^(#!.*\n)?(\/\/ \S|\/\*)/.test(source.text)
    ? []
    : [`${source.path} begins without a comment`];
}

const EXPORT =
  /^export (?:declare )?(?:abstract )?(?:async )?(function\*?|class|interface|type|const|let) (\w+)/gm;

/**
 * Exported things without a sentence. The head of a file describes its first one and the one that it
 * is named for; names describe constants and types of one line (`jobId`, `NO_USAGE`).
 */
function undocumented(source: Source): string[] {
  const main = path.basename(source.path, '.ts').replaceAll('-', '').toLowerCase();
  return [...source.code.matchAll(EXPORT)].flatMap((match, position) => {
    const name = match[2] ?? '';
    const before = source.text.slice(0, match.index).trimEnd();
    const line = source.text.slice(match.index, source.text.indexOf('\n', match.index));
    const isShort = /^(const|type)$/.test(match[1] ?? '') && /;\s*$/.test(line);
    const isMain = position === 0 || name.toLowerCase() === main;
    if (before.endsWith('*/') || isShort || isMain) return [];
    return [`${placeOf(source, match.index)} ${name} has no sentence`];
  });
}

const product = sourcesIn('src');
const tests = sourcesIn('test').filter((source) => !source.path.startsWith('test/tidy/'));

describe('the tree', () => {
  test('has no banned word or name', () => {
    expect([...product, ...tests].flatMap(bannedWords)).toEqual([]);
  });

  test('has files named in kebab case for what they define', () => {
    expect([...product, ...sourcesIn('test')].flatMap(wrongPath)).toEqual([]);
  });

  test('begins every file with a comment', () => {
    expect([...product, ...sourcesIn('test')].flatMap(headless)).toEqual([]);
  });

  test('says a sentence about everything that is exported', () => {
    expect(product.flatMap(undocumented)).toEqual([]);
  });
});

describe('the rules notice', () => {
  const source = (text: string, name = 'src/core/a.ts') => sourceOf(name, text);
  test.each<[string, string]>([
    ['a note to oneself', '// TODO: later'],
    ['a stub', "throw new Error('not implemented');"],
    ['a swallowed error', 'try { f(); } catch (error) {}'],
    ['a manager', 'class JobManager {}'],
    ['data', 'interface JobData {}'],
    ['an enum', 'export const enum A { B }'],
    ['a namespace', 'namespace A {}'],
    ['an I', 'interface IStore {}'],
    ['thrown text', "throw 'no';"],
  ])('%s', (_, text) => {
    expect(bannedWords(source(text))).toHaveLength(1);
  });

  test('a file that is named badly or begins without a comment', () => {
    expect(wrongPath(source('', 'src/core/jobQueue.ts'))).toHaveLength(1);
    expect(wrongPath(source('', 'src/core/utils/a.ts'))).toHaveLength(1);
    expect(wrongPath(source('', 'src/store/store.ts'))).toHaveLength(1);
    expect(headless(source("import 'node:fs';"))).toHaveLength(1);
  });

  test('exported things without a sentence', () => {
    const first = '// Head.\nexport type A = 1;\n';
    expect(undocumented(source(first))).toEqual([]);
    expect(undocumented(source(`${first}export function f() {}\n`))).toHaveLength(1);
    expect(undocumented(source(`${first}/** Says it. */\nexport function f() {}\n`))).toEqual([]);
    expect(undocumented(source(`${first}export const ONE = 1;\n`))).toEqual([]);
  });
});
