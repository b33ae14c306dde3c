#!/usr/bin/env node
// Our own command line: listings, explain, keys, backup, doctor. Asks the daemon at
// $SPILLWAY_SOCKET and prints what it answers. Exit status: 0; 1 when it could not be done; 2 when
// it was said wrongly.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import yargs, { type Argv } from 'yargs';
import { GatewayError } from '../base/gateway-error.ts';
import { examinationText, version } from '../daemon/own-commands/examination-text.ts';
import { OWN_COMMAND, type OwnRequest } from '../daemon/own-commands/request.ts';
import { callDaemon } from '../frontends/shim/client.ts';

const SOCKET = process.env['SPILLWAY_SOCKET'] ?? '/run/spillway/spillwayd.sock';
const STATE = '/var/lib/spillway';
const FILE = '/etc/spillway/spillway.yaml';

/** What every command has. */
interface Common {
  readonly socket: string;
}

const json = <T>(program: Argv<T>) =>
  program.option('json', { type: 'boolean', default: false, describe: 'As JSON.' });

/** Asks and prints; the exit status is the daemon's. */
async function ask({ socket: socketPath }: Common, request: OwnRequest): Promise<void> {
  process.exitCode = await callDaemon({
    socketPath,
    argv: [OWN_COMMAND, JSON.stringify(request)],
    print: (to, bytes) => process[to].write(bytes),
  });
}

function describeKeys(program: Argv<Common>) {
  return program
    .command(
      'create',
      'Make a key pair; the secret is shown this once',
      (y) =>
        json(y).option('user', {
          type: 'string',
          requiresArg: true,
          describe: 'For this user (administrators only).',
        }),
      ({ user, ...given }) => {
        const owner = user === undefined ? {} : { owner: ownerOf(user) };
        return ask(given, { verb: 'createKey', json: given.json, ...owner });
      },
    )
    .command(
      'list',
      'List keys, without their secrets',
      (y) => json(y),
      (given) => ask(given, { verb: 'listKeys', json: given.json }),
    )
    .command(
      'delete <id>',
      'Take a key out of use, at once',
      (y) => y.positional('id', { type: 'string', demandOption: true }),
      (given) => ask(given, { verb: 'deleteKey', accessKeyId: given.id }),
    )
    .demandCommand(1, 'Say what to do with keys: create, list or delete.');
}

/** The user whom an administrator names, as this host knows him. */
function ownerOf(user: string) {
  const fieldsOf = (database: string, key: string): string[] => {
    try {
      const found = execFileSync('getent', [database, key], { encoding: 'utf8', stdio: 'pipe' });
      return found.trimEnd().split(':');
    } catch (cause) {
      throw new GatewayError('noSuchUser', `this host knows no user ${user}`, { cause });
    }
  };
  const [name = user, , uid, gid = ''] = fieldsOf('passwd', user);
  const [group = gid] = fieldsOf('group', gid);
  return { uid: Number(uid), gid: Number(gid), user: name, group };
}

/** Asks the daemon; without one, opens the state directory itself. */
async function doctor(given: Common & { readonly stateDir?: string | undefined; json: boolean }) {
  try {
    await ask(given, { verb: 'examine', json: given.json });
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'noDaemon') throw error;
    const near = path.dirname(given.socket);
    const isNear = fs.existsSync(path.join(near, 'spillway.db'));
    const stateDirectory = given.stateDir ?? (isNear ? near : STATE);
    process.stderr.write(
      `spillway: nobody answers at ${given.socket}; opening ${stateDirectory}\n`,
    );
    const { examineOffline } = await import('../daemon/own-commands/offline-doctor.ts');
    const found = { stateDirectory, ...(await examineOffline(stateDirectory)) };
    const text = given.json
      ? `${JSON.stringify({ version, ...found }, null, 2)}\n`
      : examinationText(found);
    process.stdout.write(text);
    process.exitCode = found.problems.length === 0 ? 0 : 1;
  }
}

async function config({ config: file, explain }: { config: string | undefined; explain: boolean }) {
  const { explainConfig, loadSettings } = await import('../config/load-settings.ts');
  const named = file ?? (fs.existsSync(FILE) ? FILE : undefined);
  const loaded = loadSettings({
    argv: named === undefined ? ['--state-dir', STATE] : ['--config', named],
    environment: process.env,
    readFile: (name) => fs.readFileSync(name, 'utf8'),
    version,
  });
  if (loaded.kind === 'print') return;
  const lines = explainConfig(loaded.explanation);
  process.stdout.write(explain ? lines : lines.replace(/ {2}\([^()]*\)$/gm, ''));
}

const program = yargs()
  .scriptName('spillway')
  .usage('spillway COMMAND\n\nLooks into a Spillway gateway, and looks after it.')
  .option('socket', {
    type: 'string',
    requiresArg: true,
    default: SOCKET,
    describe: 'Socket of the daemon, else $SPILLWAY_SOCKET.',
  })
  .command(
    'jobs',
    'Jobs that wait or run',
    (y) => json(y).option('all', { type: 'boolean', default: false, describe: 'Ended ones too.' }),
    (given) => ask(given, { verb: 'jobs', json: given.json, all: given.all }),
  )
  .command(
    'explain <job>',
    'Why a job is where it is',
    (y) => json(y).positional('job', { type: 'number', demandOption: true }),
    (given) => {
      if (!Number.isInteger(given.job)) {
        throw new GatewayError('usage', 'a job is a number, such as squeue and bjobs show');
      }
      return ask(given, { verb: 'explain', job: given.job, json: given.json });
    },
  )
  .command(
    'queues',
    'Queues, and what is in them',
    (y) => json(y),
    (given) => ask(given, { verb: 'queues', json: given.json }),
  )
  .command(
    'nodes',
    'Nodes, and what is free on them',
    (y) => json(y),
    (given) => ask(given, { verb: 'nodes', json: given.json }),
  )
  .command('keys', 'Key pairs that sign AWS Batch requests', describeKeys)
  .command(
    'backup <file>',
    'Copy the database while work goes on (administrators)',
    (y) => y.positional('file', { type: 'string', demandOption: true }),
    (given) => ask(given, { verb: 'backup', to: path.resolve(given.file) }),
  )
  .command(
    'doctor',
    'Read the whole database for damage (administrators)',
    (y) =>
      json(y).option('state-dir', {
        type: 'string',
        requiresArg: true,
        describe: `Where to look when no daemon runs, else beside the socket, else ${STATE}.`,
      }),
    (given) => doctor(given),
  )
  .command(
    'config',
    'The settings that spillwayd would take',
    (y) =>
      y
        .option('config', { type: 'string', requiresArg: true, describe: `File, else ${FILE}.` })
        .option('explain', {
          type: 'boolean',
          default: false,
          describe: 'Say where each comes from.',
        }),
    (given) => config(given),
  )
  .command('version', 'What this is', {}, () => {
    process.stdout.write(`spillway ${version}\n`);
  })
  .completion('completion', 'Print a script that completes commands in bash or zsh')
  .demandCommand(1, 'Say what to do; `spillway --help` lists it.')
  .recommendCommands()
  .strict()
  .version(`spillway ${version}`)
  .wrap(Math.min(100, process.stdout.columns ?? 100))
  .exitProcess(false)
  .fail((message, error) => {
    throw (
      error ??
      new GatewayError('usage', message.includes('help') ? message : `${message} (spillway --help)`)
    );
  });

// Who reads may leave early (`| head`).
process.stdout.on('error', () => process.exit());
try {
  await program.parseAsync(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof GatewayError)) throw error;
  for (const line of error.message.split('\n')) process.stderr.write(`spillway: ${line}\n`);
  process.exitCode = ['usage', 'settings'].includes(error.code) ? 2 : 1;
}
