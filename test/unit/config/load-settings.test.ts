// Settings from file, variables and flags: who wins, what is refused, and in which words.

import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/base/gateway-error.ts';
import { explainConfig, loadSettings, type Loaded } from '../../../src/config/load-settings.ts';
import { SETTING_ROWS } from '../../../src/config/settings.ts';

interface Given {
  readonly argv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly file?: string;
}

function load({ argv = [], environment = {}, file }: Given): Loaded {
  return loadSettings({
    argv: [...(file === undefined ? [] : ['--config', 'site.yaml']), ...argv],
    environment,
    version: '0.1.0',
    readFile: (path) => {
      if (path !== 'site.yaml' || file === undefined) throw new Error(`ENOENT: ${path}`);
      return file;
    },
  });
}

function settingsOf(given: Given) {
  const loaded = load({ ...given, argv: ['--state-dir', '/s', ...(given.argv ?? [])] });
  if (loaded.kind !== 'settings') throw new Error(loaded.text);
  return loaded;
}

function problemsOf(given: Given): string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof GatewayError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('defaults', () => {
  test('a state directory alone is a complete configuration', () => {
    const { settings } = settingsOf({});
    expect(settings).toMatchObject({
      stateDirectory: '/s',
      cluster: 'spillway',
      firstJobId: 1,
      httpPort: 0,
      maxArraySize: 4_000_001,
      maxScriptBytes: 4 * 1024 * 1024,
      minJobAgeMs: 300_000,
      cleanPeriodMs: 3_600_000,
      nodeLostAfterMs: 86_400_000,
      administrators: [],
      minimumUid: 0,
      containersFallback: 'host',
    });
    expect(settings.queues).toMatchObject([
      { name: 'normal', priority: 30, isDefault: true, environments: ['local'] },
    ]);
    expect(settings.queues[0]).not.toHaveProperty('maxWallTimeMs');
    expect(settings.lsf).toMatchObject({ LSB_BSUB_PARSE_SCRIPT: 'N', LSB_STDOUT_DIRECT: 'Y' });
    expect(settings.environments).toMatchObject([{ name: 'local', kind: 'local' }]);
  });

  test('without a state directory the answer names the flag', () => {
    expect(problemsOf({})).toEqual(['stateDirectory must be given: --state-dir DIRECTORY']);
  });
});

describe('sources', () => {
  test('a flag wins over a variable, a variable over the file, the file over the default', () => {
    const file = 'cluster: from-file\nminJobAge: 10s\nlogLevel: debug\n';
    const environment = { SPILLWAY_CLUSTER: 'from-variable', SPILLWAY_MIN_JOB_AGE: '20s' };
    const { settings, explanation } = settingsOf({
      file,
      environment,
      argv: ['--cluster', 'from-flag'],
    });
    expect([settings.cluster, settings.minJobAgeMs, settings.logLevel]).toEqual([
      'from-flag',
      20_000,
      'debug',
    ]);
    const text = explainConfig(explanation);
    expect(text).toContain('cluster: from-flag  (flag --cluster)\n');
    expect(text).toContain('minJobAge: 20s  (variable SPILLWAY_MIN_JOB_AGE)\n');
    expect(text).toContain('logLevel: debug  (file site.yaml)\n');
    expect(text).toContain('maxScript: 4MB  (default)\n');
    expect(text.split('\n')).toHaveLength(SETTING_ROWS.length + 1);
  });

  test('the last of two equal flags holds', () => {
    expect(settingsOf({ argv: ['--cluster', 'a', '--cluster', 'b'] }).settings.cluster).toBe('b');
  });

  test('a value that looks like a number in YAML stays the text that was written', () => {
    expect(settingsOf({ file: 'cluster: 007\n' }).settings.cluster).toBe('007');
  });

  test('an empty file and a file of comments set nothing', () => {
    expect(settingsOf({ file: '' }).settings.cluster).toBe('spillway');
    expect(settingsOf({ file: '# cluster: other\n' }).settings.cluster).toBe('spillway');
  });

  test('queues, environments and LSF settings are read from the file', () => {
    const { settings } = settingsOf({
      file: `
queues:
  - name: short
    priority: 50
    maxWallTime: 1h
    defaultWallTime: 10m
  - name: normal
    default: yes
    environments: [local, cloud]
environments:
  - { name: local, type: local }
  - name: cloud
    type: ec2
    maxInstances: 4
    idle: 2m
    instanceTypes:
      - { name: c7i.large, cpus: 2, memory: 4GB, price: 0.085 }
lsf:
  LSB_BSUB_PARSE_SCRIPT: Y
`,
    });
    expect(settings.queues).toMatchObject([
      { name: 'short', maxWallTimeMs: 3_600_000, defaultWallTimeMs: 600_000, isDefault: false },
      { name: 'normal', isDefault: true, environments: ['local', 'cloud'] },
    ]);
    expect(settings.environments[1]).toEqual({
      name: 'cloud',
      kind: 'ec2',
      maxInstances: 4,
      idleMs: 120_000,
      instanceTypes: [{ name: 'c7i.large', cpus: 2, memoryMib: 4096, priceMicros: 85_000 }],
    });
    expect(settings.lsf.LSB_BSUB_PARSE_SCRIPT).toBe('Y');
  });

  test('a unit of limits that is not set is not KB, since rusage[mem=] is in MB then', () => {
    expect(settingsOf({}).settings.lsf.LSF_UNIT_FOR_LIMITS).toBeUndefined();
    const file = 'lsf: { LSF_UNIT_FOR_LIMITS: GB, JOB_DEP_LAST_SUB: 1 }\n';
    expect(settingsOf({ file }).settings.lsf).toMatchObject({
      LSF_UNIT_FOR_LIMITS: 'GB',
      JOB_DEP_LAST_SUB: '1',
    });
  });
});

describe('what is wrong is said with its place', () => {
  test.each<[string, Given, RegExp]>([
    [
      'an unknown key',
      { file: 'maxArraySise: 5\n' },
      /^site\.yaml: maxArraySise is no setting; did you mean maxArraySize\?$/,
    ],
    ['a far-off key', { file: 'zzzzzzzz: 5\n' }, /^site\.yaml: zzzzzzzz is no setting$/],
    [
      'an unknown flag',
      { argv: ['--http-prt', '1'] },
      /^--http-prt: no such flag; did you mean --http-port\?$/,
    ],
    ['a stray word', { argv: ['start'] }, /^start: no such argument/],
    ['a flag without its value', { argv: ['--cluster'] }, /cluster/],
    [
      'an unknown part',
      { file: 'queues: [{ name: a, prio: 3 }]\n' },
      /^queues\[0\] has no part named prio \(file site\.yaml\)$/,
    ],
    [
      'two queues of a name',
      { file: 'queues: [{ name: a }, { name: a }]\n' },
      /^queues names the queue a twice/,
    ],
    [
      'two defaults',
      { file: 'queues: [{ name: a, default: yes }, { name: b, default: yes }]\n' },
      /more than one default/,
    ],
    [
      'a default time above the maximum',
      { file: 'queues: [{ name: a, maxWallTime: 1m, defaultWallTime: 2m }]\n' },
      /above its maximum/,
    ],
    [
      'a bad time',
      { environment: { SPILLWAY_MIN_JOB_AGE: '5' } },
      /^minJobAge must be a time such as .* \(variable SPILLWAY_MIN_JOB_AGE\)$/,
    ],
    [
      'a port too high',
      { argv: ['--http-port', '65536'] },
      /^httpPort must be from 0 to 65535 \(flag --http-port\)$/,
    ],
    ['a negative port', { argv: ['--http-port=-1'] }, /^httpPort must be a whole number/],
    ['a bad size', { argv: ['--max-script', '4mb'] }, /^maxScript must be a size/],
    [
      'a bad word',
      { argv: ['--log-level', 'loud'] },
      /^logLevel must be one of error, warn, info, debug/,
    ],
    [
      'an unknown LSF name',
      { file: 'lsf: { LSB_BSUB_PARSE: Y }\n' },
      /^lsf has no part named LSB_BSUB_PARSE/,
    ],
    ['a list for a word', { file: 'cluster: [a]\n' }, /^cluster /],
    ['broken YAML', { file: 'cluster: "a\n' }, /^site\.yaml: .*line/],
    ['a file that is a list', { file: '- a\n' }, /^site\.yaml: must hold settings/],
  ])('%s', (_, given, words) => {
    const argv = ['--state-dir', '/s', ...(given.argv ?? [])];
    expect(problemsOf({ ...given, argv })[0]).toMatch(words);
  });

  test('all problems are said at once', () => {
    const file = 'clustr: a\nhttpPort: x\n';
    expect(problemsOf({ file })).toHaveLength(3);
  });

  test('a file that cannot be read is named', () => {
    expect(problemsOf({ argv: ['--config', 'missing.yaml'] })[0]).toBe(
      'cannot read missing.yaml: ENOENT: missing.yaml',
    );
  });

  test('a key that an object inherits is no setting', () => {
    const file = 'constructor: a\n__proto__: b\ntoString: c\n';
    expect(problemsOf({ file, argv: ['--state-dir', '/s'] })).toHaveLength(3);
  });
});

describe('printing', () => {
  test('--help is what was agreed on', async () => {
    const loaded = load({ argv: ['--help'] });
    const text = loaded.kind === 'print' ? `${loaded.text}\n` : '';
    await expect(text).toMatchFileSnapshot('spillwayd-help.txt');
  });

  test('--version prints the version alone', () => {
    expect(load({ argv: ['--version'] })).toEqual({ kind: 'print', text: '0.1.0' });
  });

  test('a wrong flag beside --help is still wrong', () => {
    expect(problemsOf({ argv: ['--help', '--nonsense'] })[0]).toMatch(/--nonsense/);
  });
});
