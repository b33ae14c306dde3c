// Who may import whom, which package lives where, and what the pure folders never do.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findAll, placeOf, ROOT, type Source, sourceOf, sourcesIn } from './sources.ts';

/** A folder may import itself and these folders or files; the longest name that fits counts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  model: ['base'],
  core: ['model', 'base'],
  'dialects/kit': ['model', 'base'],
  'dialects/slurm': ['dialects/kit', 'model', 'base'],
  'dialects/lsf': ['dialects/kit', 'model', 'base'],
  'dialects/batch': ['dialects/kit', 'model', 'base'],
  engine: ['core', 'model', 'base'],
  store: ['engine/ports.ts', 'model', 'base'],
  burst: ['engine/ports.ts', 'model', 'base'],
  'execution/link': ['engine/ports.ts', 'execution/protocol', 'model', 'base'],
  'execution/agent': ['execution/launcher', 'execution/protocol', 'model', 'base'],
  'execution/launcher': ['model', 'base'],
  'execution/protocol': ['model', 'base'],
  frontends: ['dialects', 'engine/api.ts', 'model', 'base'],
  observe: ['base'],
  config: ['base'],
  daemon: ['*'],
  bin: ['daemon', 'execution/agent', 'burst', 'config', 'base', 'frontends/shim/client.ts'],
};

/** Where each package may be imported. A package of many names ends with a slash. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['store'],
  koffi: ['frontends/auth', 'store', 'execution/agent'],
  zod: ['frontends', 'config'],
  pino: ['observe'],
  'prom-client': ['observe'],
  yaml: ['config'],
  yargs: ['bin', 'config'],
  express: ['frontends/http'],
  ws: ['frontends/ws', 'execution/link'],
  '@grpc/': ['frontends/grpc', 'execution/link', 'execution/agent', 'execution/protocol'],
  protobufjs: ['frontends/grpc', 'execution/link', 'execution/agent', 'execution/protocol'],
  '@aws-sdk/': ['burst'],
  '@smithy/signature-v4': ['frontends/auth'],
};

/** In the folders that must give the same answer for the same question. */
const PURE = /^src\/(model|core|dialects)\//;
const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/\basync\b|\bawait\b|\bPromise\b/g, 'waits'],
  [/\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\./g, 'reads the clock'],
  [/\bMath\.random\b|\brandom(UUID|Bytes|Int)\b/g, 'throws dice'],
  [/\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/g, 'sets a timer'],
  [/\bprocess\s*\./g, 'looks at the process'],
  [/\bLogger\b|\bconsole\s*\./g, 'logs'],
];
const REAL_PORTS = [
  'src/base/clock.ts',
  'src/base/crash-point.ts',
  'src/base/random.ts',
  'src/base/service.ts',
];

/** Words of one dialect as a whole string; elsewhere the model's own words hold. */
const DIALECT_WORDS: Readonly<Record<string, readonly string[]>> = {
  PENDING: ['slurm', 'batch'],
  COMPLETED: ['slurm'],
  CANCELLED: ['slurm'],
  TIMEOUT: ['slurm'],
  NODE_FAIL: ['slurm'],
  OUT_OF_MEMORY: ['slurm'],
  PEND: ['lsf'],
  PSUSP: ['lsf'],
  USUSP: ['lsf'],
  SSUSP: ['lsf'],
  UNKWN: ['lsf'],
  RUNNABLE: ['batch'],
  SUCCEEDED: ['batch'],
};

interface Import {
  readonly from: string;
  readonly offset: number;
  readonly dynamic: boolean;
}

function importsOf(source: Source): Import[] {
  const pattern = /(?:\bfrom|^import|\bimport\()\s*(?:'([^'\n]+)'|"([^"\n]+)")/gm;
  const found = [...source.uncommented.matchAll(pattern)];
  // The word must be code: `from` may also end a string that another one follows.
  const real = found.filter((match) => /\S/.test(source.code[match.index] ?? ''));
  return real.map((match) => ({
    from: match[1] ?? match[2] ?? '',
    offset: match.index,
    dynamic: match[0].startsWith('import('),
  }));
}

/** The longest entry that holds `name` (a path below src). */
function holder(entries: readonly string[], name: string): string | undefined {
  return entries
    .filter((entry) => name === entry || name.startsWith(`${entry}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function wrongImports(source: Source): string[] {
  const own = source.path.replace(/^src\//, '');
  const unit = holder(Object.keys(MAY_IMPORT), own);
  if (unit === undefined) return [`${source.path} is in a folder that no rule names`];
  const allowed = MAY_IMPORT[unit] ?? [];
  return importsOf(source).flatMap(({ from, offset, dynamic }) => {
    const finding = (words: string) => [`${placeOf(source, offset)} ${words}: ${from}`];
    if (from.startsWith('node:')) return [];
    if (from.startsWith('.')) {
      const target = path.join(path.dirname(own), from);
      if (target.startsWith('..')) return finding('leaves src');
      const inside = target === unit || target.startsWith(`${unit}/`);
      const isSettings = unit === 'config' && target.endsWith('/settings.ts');
      if (inside || isSettings || allowed.includes('*') || holder(allowed, target)) return [];
      return finding(`${unit} may not import`);
    }
    const name = packageOf(from);
    const home = Object.keys(PACKAGE_HOMES).find((key) =>
      key.endsWith('/') ? name.startsWith(key) : name === key,
    );
    if (home === undefined) return finding('no rule names the package');
    if (!holder(PACKAGE_HOMES[home] ?? [], own)) return finding('is not the home of');
    return home === '@aws-sdk/' && !dynamic && !isTypeImport(source, offset)
      ? finding('is loaded on first use with import() only')
      : [];
  });
}

function isTypeImport(source: Source, offset: number): boolean {
  const statement =
    source.uncommented
      .slice(0, offset)
      .split(/;\s*\n/)
      .at(-1) ?? '';
  return /^\s*import type\b/.test(statement);
}

function impureCalls(source: Source): string[] {
  const strict = PURE.test(source.path);
  const base = source.path.startsWith('src/base/') && !REAL_PORTS.includes(source.path);
  if (!strict && !base) return [];
  const rules = strict ? IMPURE : IMPURE.filter(([, words]) => !/waits|logs/.test(words));
  const calls = rules.flatMap(([pattern, words]) => findAll(source, source.code, pattern, words));
  const built = importsOf(source).filter(({ from }) => from.startsWith('node:') && strict);
  return [
    ...calls,
    ...built.map(({ from, offset }) => `${placeOf(source, offset)} asks the machine: ${from}`),
  ];
}

const SQL =
  /\b(SELECT\s[^;'"`]*?\sFROM\s|INSERT\s+(OR \w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX|VIEW)\s|PRAGMA\s)/g;

function misplacedText(source: Source): string[] {
  const findings: string[] = [];
  if (!source.path.startsWith('src/store/')) {
    findings.push(...findAll(source, source.uncommented, SQL, 'SQL outside of store'));
  }
  for (const [word, dialects] of Object.entries(DIALECT_WORDS)) {
    if (dialects.some((name) => source.path.startsWith(`src/dialects/${name}/`))) continue;
    const pattern = new RegExp(`(['"\`])${word}\\1`, 'g');
    findings.push(...findAll(source, source.uncommented, pattern, "a dialect's word"));
  }
  return findings;
}

function reexports(source: Source): string[] {
  const pattern = /^export\s+(type\s+)?(\*|\{[^}]*\})\s*(as \w+\s*)?from\b/gm;
  return findAll(source, source.code, pattern, 'passes on what another file defines');
}

function misplacedOutput(source: Source): string[] {
  if (source.path.startsWith('src/bin/')) return [];
  return findAll(source, source.code, /\bconsole\s*\.|\bprocess\.exit\b/g, 'belongs to bin');
}

const all = sourcesIn('src');

describe('the tree', () => {
  test('imports only what the table of folders allows', () => {
    expect(all.flatMap(wrongImports)).toEqual([]);
  });

  test('keeps clock, chance, processes and promises out of model, core and dialects', () => {
    expect(all.flatMap(impureCalls)).toEqual([]);
  });

  test("keeps SQL in the store and a dialect's words in the dialect", () => {
    expect(all.flatMap(misplacedText)).toEqual([]);
  });

  test('has no file that passes on what another defines', () => {
    expect(all.flatMap(reexports)).toEqual([]);
  });

  test('writes to the console and ends the process in bin alone', () => {
    expect(all.flatMap(misplacedOutput)).toEqual([]);
  });

  test('imports only packages that package.json names', () => {
    const { dependencies } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const used = new Set(
      all
        .flatMap(importsOf)
        .filter(({ from }) => !/^(\.|node:)/.test(from))
        .map(({ from }) => packageOf(from)),
    );
    const missing = [...used].filter((name) => !(name in dependencies));
    expect(missing).toEqual([]);
  });
});

describe('the rules notice', () => {
  const at = (name: string, text: string) => sourceOf(name, text);
  test.each<[string, Source, (source: Source) => string[]]>([
    ['a wrong direction', at('src/core/a.ts', "import { x } from '../store/x.ts';"), wrongImports],
    [
      'another dialect',
      at('src/dialects/lsf/a.ts', "import type { x } from '../slurm/x.ts';"),
      wrongImports,
    ],
    ['a package away from home', at('src/core/a.ts', "import { z } from 'zod';"), wrongImports],
    ['an unnamed package', at('src/store/a.ts', "import x from 'left-pad';"), wrongImports],
    ['an unnamed folder', at('src/utils/a.ts', ''), wrongImports],
    ['a test', at('src/engine/a.ts', "import '../../test/support/x.ts';"), wrongImports],
    [
      'an AWS client at start',
      at('src/burst/a.ts', "import { E } from '@aws-sdk/client-ec2';"),
      wrongImports,
    ],
    ['a promise in the core', at('src/core/a.ts', 'async function f() {}'), impureCalls],
    ['the clock in a dialect', at('src/dialects/kit/a.ts', 'const t = Date.now();'), impureCalls],
    ['a file in the model', at('src/model/a.ts', "import 'node:fs';"), impureCalls],
    ['a timer in base', at('src/base/heap.ts', 'setTimeout(f, 1);'), impureCalls],
    ['SQL in the engine', at('src/engine/a.ts', "const q = 'SELECT id FROM job';"), misplacedText],
    ["Slurm's word in the core", at('src/core/a.ts', "const s = 'NODE_FAIL';"), misplacedText],
    ['a barrel', at('src/core/a.ts', "export { x } from './x.ts';"), reexports],
    ['output', at('src/engine/a.ts', 'console.log(1);'), misplacedOutput],
  ])('%s', (_, source, rule) => {
    expect(rule(source)).toHaveLength(1);
  });

  test('nothing in comments and strings', () => {
    const text = "// await Promise Date.now() 'PEND'\nconst s = 'async console.log(1)';\n";
    const source = at('src/core/a.ts', text);
    expect([impureCalls, misplacedText, misplacedOutput].flatMap((rule) => rule(source))).toEqual(
      [],
    );
  });
});
