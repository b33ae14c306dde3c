// The documents: every folder has its page, links lead somewhere, commands exist, settings are settings.
// The commands of the first five minutes are run for real in test/e2e/readme.test.ts.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.ts';
import { ROOT } from './sources.ts';

const README_LINES = 60;
/** The map is read once by everybody and may be longer. */
const MAP = 'src/README.md';

/** Programs that a reader has anyway, and words of the shell. */
const EVERYBODY_HAS = [
  ...['aws', 'cat', 'cd', 'cp', 'echo', 'export', 'git', 'mkdir', 'node', 'printf', 'sudo'],
  ...[
    'systemctl',
    'tail',
    'until',
    'while',
    'for',
    'do',
    'done',
    'sleep',
    'curl',
    'npx',
    'install',
  ],
];

const IGNORED = /(^|\/)(node_modules|dist|\.git|\.spillway)(\/|$)/;

function documents(): string[] {
  const found: string[] = [];
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true })) {
      const name = path.join(folder, entry.name);
      if (IGNORED.test(name)) continue;
      if (entry.isDirectory()) open.push(name);
      else if (name.endsWith('.md')) found.push(name);
    }
  }
  return found.toSorted();
}

const read = (name: string) => fs.readFileSync(path.join(ROOT, name), 'utf8');

/** Code blocks of a language in a document. */
function blocks(text: string, language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm');
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** The anchor that a Markdown heading gets. */
function anchorOf(heading: string): string {
  const plain = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '');
  return plain.trim().replaceAll(' ', '-');
}

function deadLinks(name: string, text: string): string[] {
  const prose = text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? name : path.join(path.dirname(name), file);
    if (!fs.existsSync(path.join(ROOT, target))) return [`${name}: ${link}`];
    if (anchor === undefined || !target.endsWith('.md')) return [];
    const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map((match) => match[1] ?? '');
    return headings.map(anchorOf).includes(anchor) ? [] : [`${name}: ${link}`];
  });
}

const { scripts, bin } = JSON.parse(read('package.json'));
const shims = read('shims/names').split('\n').filter(Boolean);
const known = [...EVERYBODY_HAS, ...shims, ...Object.keys(bin)];

function unknownCommands(block: string): string[] {
  const lines = block.replace(/\\\n/g, ' ').replace(/#.*$/gm, '').split('\n');
  const commands = lines.flatMap((line) => line.split(/&&|\|\||[|;]/));
  return commands.flatMap((command) => {
    const words = command
      .trim()
      .replace(/^(\w+=("[^"]*"|\S*)\s*)+/, '')
      .split(/\s+/);
    const [program = '', verb = '', script = ''] = words;
    if (program === '') return [];
    if (program === 'npm') {
      const own = verb === 'run' ? script : verb;
      const exists = own in scripts || (verb !== 'run' && ['ci', 'install'].includes(verb));
      return exists ? [] : [command.trim()];
    }
    return known.includes(program) ? [] : [command.trim()];
  });
}

describe('documents', () => {
  const all = documents();

  test('every folder of src with files has a page of its own, of a screen at most', () => {
    const folders = fs
      .readdirSync(path.join(ROOT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `src/${entry.name}`)
      .filter((folder) =>
        fs
          .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
          .some((name) => name.endsWith('.ts')),
      );
    expect(folders.filter((folder) => !all.includes(`${folder}/README.md`))).toEqual([]);
    const pages = all.filter((name) => /^src\/.*README\.md$/.test(name) && name !== MAP);
    const long = pages.filter((name) => read(name).split('\n').length - 1 > README_LINES);
    expect(long).toEqual([]);
  });

  test('every link leads to a file and to a heading', () => {
    expect(all.flatMap((name) => deadLinks(name, read(name)))).toEqual([]);
  });

  test('every command of README.md exists', () => {
    expect(blocks(read('README.md'), 'sh').flatMap(unknownCommands)).toEqual([]);
  });

  test('every example of settings in README.md is accepted', () => {
    for (const example of blocks(read('README.md'), 'yaml')) {
      const argv = ['--config', 'README.md', '--state-dir', '/s'];
      const load = () =>
        loadSettings({ argv, environment: {}, version: '', readFile: () => example });
      expect(load).not.toThrow();
    }
  });

  test('every example of code in README.md is of a language that is checked', () => {
    const languages = [...read('README.md').matchAll(/^```(\S*)\n[^]*?^```/gm)].map(
      (match) => match[1],
    );
    expect(languages.filter((one) => !['sh', 'yaml', 'text'].includes(one ?? ''))).toEqual([]);
  });
});

describe('the rules notice', () => {
  test('a dead link, to a file or to a heading', () => {
    const text = '[a](gone.md) [b](#nowhere) [c](#here) [d](README.md) `[e](gone.md)`';
    expect(deadLinks('README.md', text.replace('#here', 'src/model/README.md#terms'))).toHaveLength(
      2,
    );
  });

  test('commands that do not exist, behind variables and pipes too', () => {
    expect(unknownCommands('npm run nothing\nA="b c" nosuch x | bjobs -a # words\n')).toEqual([
      'npm run nothing',
      'A="b c" nosuch x',
    ]);
    expect(unknownCommands('npm ci && npm test\nsbatch \\\n  --wrap true\n')).toEqual([]);
  });
});
