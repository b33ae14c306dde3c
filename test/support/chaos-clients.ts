// Clients that submit for as long as they are let, each through its own door, and never give up on a
// submission: they repeat it with the same request id until it is acknowledged.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { BatchClient, RegisterJobDefinitionCommand, SubmitJobCommand } from '@aws-sdk/client-batch';
import type { Random } from '../../src/base/random.ts';
import type { Submission } from './chaos-judge.ts';
import { JobsClient, type Key } from './jobs-client.ts';
import type { TestGateway } from './test-gateway.ts';

const CLI = path.resolve(import.meta.dirname, '../../dist/bin/spillway.js');
/** The shims wait for the daemon for ever. */
const PATIENT = { SPILLWAY_CONNECT_TIMEOUT: '-1' };
/** Jobs that may be on their way: enough to keep the node busy through any death. */
const MOST_UNDER_WAY = 40;
const CODES = 100;
const PAUSES = ['0', '0.01', '0.05', '0.2'];

/** Submits one job of this name that runs `script`; resolves with the number that it is told. */
type Submit = (tag: string, script: string, elements: number) => Promise<string>;

/** Ports that stay over all starts. */
export interface Ports {
  readonly http: number;
  readonly grpc: number;
}

/** Clients under way. */
export class ChaosClients {
  readonly submissions: Submission[] = [];
  readonly #gateway: TestGateway;
  readonly #random: Random;
  readonly #closers: (() => void)[] = [];
  #lanes: Promise<void>[] = [];
  #isOver = false;

  constructor(gateway: TestGateway, random: Random) {
    this.#gateway = gateway;
    this.#random = random;
  }

  /** Starts eight: four of sbatch, two of bsub, one of the Batch API, one of gRPC. */
  async start({ http, grpc }: Ports): Promise<void> {
    const key = await createKey(this.#gateway);
    const batch = await this.#batch(http, key);
    const lanes = [
      ...[this.#sbatch, this.#sbatch, this.#sbatch, this.#sbatchArray, this.#bsub, this.#bsub],
      ...[batch, this.#grpc(grpc, key)],
    ];
    this.#lanes = lanes.map((submit, lane) => this.#lane(lane, submit));
    // What fails is told by `finish`.
    for (const lane of this.#lanes) lane.catch(() => {});
  }

  /** Resolves when the last submission of each is acknowledged. Rejects if one was refused. */
  async finish(): Promise<void> {
    this.#isOver = true;
    try {
      await Promise.all(this.#lanes);
    } finally {
      for (const close of this.#closers) close();
    }
  }

  async #lane(lane: number, submit: Submit): Promise<void> {
    const runs = path.join(this.#gateway.work, 'runs');
    for (let count = 0; !this.#isOver; count++) {
      const code = this.#random.below(3) === 0 ? 0 : this.#random.below(CODES);
      const elements = submit === this.#sbatchArray ? 1 + this.#random.below(4) : 0;
      const tag = `lane${lane}-${count}`;
      const name = elements === 0 ? tag : `${tag}/$SLURM_ARRAY_TASK_ID`;
      const pause = PAUSES[this.#random.below(PAUSES.length)];
      const script = `echo "${name} $SLURM_JOB_ID \${SLURM_RESTART_COUNT:-0}" >> ${runs}; sleep ${pause}; exit ${code}`;
      const acknowledged = await submit(tag, script, elements);
      this.submissions.push({ tag, elements, code, acknowledged });
      await this.#breathe();
    }
  }

  async #breathe(): Promise<void> {
    const asked = (): number =>
      this.submissions.reduce((sum, { elements }) => sum + Math.max(1, elements), 0);
    const runs = (): number => this.#gateway.file('runs').split('\n').length - 1;
    await this.#gateway.until(
      () => this.#isOver || asked() - runs() < MOST_UNDER_WAY,
      () => `${asked()} jobs, of which ${runs()} ran`,
      60_000,
    );
  }

  readonly #sbatch: Submit = async (tag, script) => {
    const words = ['-J', tag, '-o', '/dev/null', '--wrap', script];
    return `${await this.#gateway.submit('sbatch', words, { env: PATIENT })}`;
  };

  readonly #sbatchArray: Submit = async (tag, script, elements) => {
    const words = ['-J', tag, '-a', `1-${elements}`, '-o', '/dev/null', '--wrap', script];
    return `${await this.#gateway.submit('sbatch', words, { env: PATIENT })}`;
  };

  readonly #bsub: Submit = async (tag, script) => {
    const words = ['-J', tag, '-o', '/dev/null', script];
    return `${await this.#gateway.submit('bsub', words, { env: PATIENT })}`;
  };

  async #batch(port: number, credentials: Key): Promise<Submit> {
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
    const client = new BatchClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials,
      maxAttempts: 1,
    });
    this.#closers.push(() => client.destroy());
    const containerProperties = {
      image: 'busybox',
      command: ['sh', '-c', 'eval "$SCRIPT"'],
      resourceRequirements: [
        { type: 'VCPU' as const, value: '1' },
        { type: 'MEMORY' as const, value: '64' },
      ],
    };
    const definition = { type: 'container' as const, containerProperties };
    await client.send(
      new RegisterJobDefinitionCommand({ jobDefinitionName: 'noted', ...definition }),
    );
    return async (tag, script) => {
      const command = new SubmitJobCommand({
        jobName: tag,
        jobQueue: 'normal',
        jobDefinition: 'noted',
        containerOverrides: { environment: [{ name: 'SCRIPT', value: script }] },
      });
      command.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers['x-spillway-request-id'] =
            tag;
          return next(args);
        },
        { step: 'build' },
      );
      await this.#untilDone(() => client.send(command));
      return '';
    };
  }

  /** A client a call: one that lost its daemon waits longer and longer before it dials again. */
  #grpc(port: number, key: Key): Submit {
    const bytes = (text: string) => Buffer.from(text, 'latin1');
    return async (tag, script) => {
      const spec = {
        name: tag,
        arguments: ['/bin/sh', '-c', script].map(bytes),
        environment: [bytes('PATH=/usr/bin:/bin')],
        workingDirectory: bytes(this.#gateway.work),
      };
      const { job } = await this.#untilDone(async () => {
        const client = new JobsClient(`127.0.0.1:${port}`, key);
        try {
          return await client.submit(spec, tag);
        } finally {
          client.close();
        }
      });
      return `${job}`;
    };
  }

  /** Calls again until it succeeds; what was refused for good fails. */
  async #untilDone<T>(call: () => Promise<T>): Promise<T> {
    let answer: { readonly value: T } | undefined;
    let last = '';
    await this.#gateway.until(
      async () => {
        try {
          answer = { value: await call() };
        } catch (error) {
          last = String(error);
        }
        return answer !== undefined;
      },
      () => `not accepted: ${last}`,
      60_000,
    );
    return (answer as { readonly value: T }).value;
  }
}

async function createKey(gateway: TestGateway): Promise<Key> {
  const { uid, gid } = gateway.owner ?? {};
  const env = { ...process.env, SPILLWAY_SOCKET: gateway.socket };
  const options = { env, ...(uid === undefined ? {} : { uid, gid }) };
  const words = [CLI, 'keys', 'create', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, words, options);
  return JSON.parse(stdout) as Key;
}

/** The numbers of attempts that the node still keeps something of. */
export function attemptsKept(gateway: TestGateway): string[] {
  return fs.readdirSync(path.join(gateway.state, 'run')).filter((name) => /^\d+\.\d+$/.test(name));
}
