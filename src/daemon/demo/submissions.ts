// What the demo submits, as its users would: the command lines, the files they read, the answers.

import { GatewayError } from '../../base/gateway-error.ts';
import type { PrivateGateway } from './private-gateway.ts';
import type { DemoJob } from './progress.ts';

/** A job that was submitted, with the line to show. */
export interface Submitted extends DemoJob {
  readonly line: string;
}

/** Submits one after the other, and tells each. */
export async function* submissions(gateway: PrivateGateway): AsyncGenerator<Submitted> {
  yield await byCommand(gateway, 'sim', "bsub -J 'sim[1-8]' -o sim.%I.out ./simulate.sh");
  yield await byCommand(gateway, 'collect', 'bsub < collect.lsf');
  const align = await byCommand(gateway, 'align', 'sbatch align.sbatch');
  yield align;
  const after = `sbatch --dependency=afterok:${align.job} report.sbatch`;
  yield await byCommand(gateway, 'report', after);
  yield await byBatch(gateway);
  yield await byCommand(gateway, 'broken', 'sbatch broken.sbatch');
  yield await byCommand(gateway, 'endless', 'bsub -J endless -o endless.out sleep 99');
}

async function byCommand(gateway: PrivateGateway, name: string, line: string): Promise<Submitted> {
  const { status, stdout, stderr } = await gateway.shell(line);
  const [, job] = /(?:^Job <|^Submitted batch job )([0-9]+)/.exec(stdout) ?? [];
  if (status !== 0 || job === undefined) {
    throw new GatewayError('demo', `${line}: ${stderr || stdout || `status ${status}`}`);
  }
  const side = line.startsWith('b') ? 'LSF' : 'Slurm';
  return { job: Number(job), name, side, line };
}

async function byBatch(gateway: PrivateGateway): Promise<Submitted> {
  await gateway.batch('RegisterJobDefinition', {
    jobDefinitionName: 'flaky',
    type: 'container',
    retryStrategy: { attempts: 3 },
    containerProperties: {
      image: 'alpine',
      command: ['sh', `${gateway.work}/flaky.sh`],
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '64' },
      ],
    },
  });
  const request = { jobName: 'flaky', jobQueue: 'normal', jobDefinition: 'flaky' };
  const { jobId } = await gateway.batch('SubmitJob', request);
  // The last group of the id is the number of the job.
  const job = Number(String(jobId).split('-').at(-1));
  const line = `POST /v1/submitjob ${JSON.stringify({ jobName: 'flaky' }).slice(0, -1)}, …}`;
  return { job, name: 'flaky', side: 'Batch', line };
}
