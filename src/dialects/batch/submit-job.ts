// SubmitJob: a definition, what the submission overrides of it, and the model's request out of
// both.

import { indexRange } from '../../model/index-set.ts';
import type { Submission } from '../../model/command.ts';
import type { Dependency } from '../../model/dependency.ts';
import type { JobDefinition } from '../../model/job-definition.ts';
import type { JobRequest, RetryStrategy } from '../../model/job-request.ts';
import { queueName } from '../../model/ids.ts';
import { command } from '../kit/dialog.ts';
import { arn, nameIn } from './arn.ts';
import { type BatchCall, clientError, type Exchange, ok } from './call.ts';
import { activeDefinition, propertiesOf, timingComplaint } from './definitions.ts';
import { environmentComplaint, environmentOf } from './environment.ts';
import { echoOf, type Echo } from './echo.ts';
import { batchJobId } from './job-id.ts';
import { jobReference } from './job-reference.ts';
import type { DefinitionProperties, SubmitRequest } from './members.ts';
import { replyOf } from './refusals.ts';
import { type Requirements, requirementsOf } from './requirements.ts';
import { bytesOf } from '../../base/byte-text.ts';

const UMASK = 0o022;
const NO_SCRIPT = new Uint8Array(0);
/** What Linux bears in one argument. */
const ARGUMENT_BYTES = 131_071;

export function* submitJob(asked: SubmitRequest, call: BatchCall): Exchange {
  const definition = yield* activeDefinition(asked.jobDefinition);
  if ('kind' in definition) return definition;
  const submission = submissionOf(asked, definition, call);
  if (typeof submission === 'string') return clientError(submission);
  const result = yield* command({ kind: 'submitJob', submission });
  if (result.kind === 'refused') return replyOf(result.refusal);
  if (result.kind !== 'submitted') return clientError('The job was not submitted');
  const jobId = batchJobId(result.job, call.site);
  return ok({ jobArn: arn('job', jobId, call.region), jobName: asked.jobName, jobId });
}

function submissionOf(
  asked: SubmitRequest,
  definition: JobDefinition,
  call: BatchCall,
): Submission | string {
  const properties = propertiesOf(definition);
  const container = properties.containerProperties ?? {};
  const overrides = asked.containerOverrides;
  const requirements = requirementsOf(container, overrides);
  if (typeof requirements === 'string') return requirements;
  const words = withParameters(overrides?.command ?? container.command ?? [], {
    ...properties.parameters,
    ...asked.parameters,
  });
  const dependency = dependencyOf(asked, call);
  const complaint =
    timingComplaint(asked, call) ??
    commandComplaint(words) ??
    environmentComplaint([...(container.environment ?? []), ...(overrides?.environment ?? [])]) ??
    (typeof dependency === 'string' ? dependency : undefined);
  if (complaint !== undefined) return complaint;
  const environment = environmentOf(container.environment, overrides?.environment, call.identity);
  const request: JobRequest = {
    ...basics(asked, call),
    ...policies(asked, properties, requirements),
    ...asking(words, requirements),
    ...(typeof dependency === 'object' ? { dependency, cancelWhenNeverSatisfied: true } : {}),
    extras: echoOf({ ...echo(asked, definition, requirements), ownVariables: environment.own }),
  };
  const { requestId } = call;
  return {
    request,
    content: { script: NO_SCRIPT, environment: environment.bytes },
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function basics(
  { jobName, jobQueue, arrayProperties, dependsOn }: SubmitRequest,
  { identity, site }: BatchCall,
) {
  const size = arrayProperties?.size;
  const inOrder = dependsOn?.some((one) => one.type === 'SEQUENTIAL') ?? false;
  return {
    dialect: 'batch' as const,
    name: jobName,
    queue: queueName(nameIn('job-queue', jobQueue)),
    workingDirectory: identity.home ?? '/',
    fallbackDirectory: true,
    umask: UMASK,
    submitHost: site.host,
    streams: { openMode: 'truncate' as const },
    ...(size === undefined
      ? {}
      : {
          array: {
            indices: indexRange(0, size - 1),
            ...(inOrder ? { limit: 1, isSequence: true as const } : {}),
          },
        }),
  };
}

/**
 * A submission's retryStrategy, timeout and priority replace the definition's; memory is a hard
 * limit.
 */
function policies(
  asked: SubmitRequest,
  properties: DefinitionProperties,
  { memoryMib }: Requirements,
) {
  const retry = asked.retryStrategy ?? properties.retryStrategy;
  const priority = asked.schedulingPriorityOverride ?? properties.schedulingPriority;
  const seconds = (asked.timeout ?? properties.timeout)?.attemptDurationSeconds;
  return {
    ...(retry === undefined ? {} : { retry: retryOf(retry) }),
    ...(priority === undefined ? {} : { userPriority: priority }),
    limits: { memoryMib, ...(seconds === undefined ? {} : { wallTimeMs: seconds * 1000 }) },
  };
}

function asking(words: readonly string[], { cpus, memoryMib }: Requirements) {
  const arguments_ = words.map(bytesOf);
  return {
    command: arguments_.join(' '),
    launch: 'exec' as const,
    arguments: arguments_,
    resources: { tasks: 1, cpusPerTask: cpus, memoryMibPerNode: memoryMib },
  };
}

function retryOf({
  attempts,
  evaluateOnExit,
}: NonNullable<SubmitRequest['retryStrategy']>): RetryStrategy {
  return {
    attempts: attempts ?? 1,
    evaluateOnExit: (evaluateOnExit ?? []).map(({ action, ...patterns }) => ({
      ...patterns,
      action: action === 'RETRY' ? 'retry' : 'exit',
    })),
  };
}

/**
 * Replaces every `Ref::name` by the parameter of that name, the longest name first, since `Ref::in`
 * begins `Ref::input`. A value is not searched again; a name without a parameter stays.
 */
export function withParameters(
  words: readonly string[],
  parameters: Readonly<Record<string, string>>,
): readonly string[] {
  const values = new Map(Object.entries(parameters));
  if (values.size === 0) return words;
  const names = [...values.keys()].sort((a, b) => b.length - a.length).map(literally);
  const pattern = new RegExp(`Ref::(${names.join('|')})`, 'g');
  return words.map((each) => each.replace(pattern, (_all, name: string) => values.get(name) ?? ''));
}

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function commandComplaint(words: readonly string[]): string | undefined {
  if (words.length === 0)
    return 'A command is required: this gateway runs it on the host, without the image';
  if (words[0] === '') return 'The first word of the command must not be empty';
  if (words.some((each) => Buffer.byteLength(each) > ARGUMENT_BYTES))
    return 'A word of the command is too long';
  return undefined;
}

function dependencyOf(
  { dependsOn, arrayProperties }: SubmitRequest,
  call: BatchCall,
): Dependency | string | undefined {
  const of: Dependency[] = [];
  for (const { jobId, type } of dependsOn ?? []) {
    if (type !== undefined && arrayProperties === undefined)
      return `dependsOn of type ${type} needs an array job`;
    if (type === 'SEQUENTIAL') {
      if (jobId !== undefined) return 'dependsOn of type SEQUENTIAL takes no jobId';
      continue;
    }
    if (jobId === undefined) return 'dependsOn needs a jobId';
    const found = jobReference(jobId, call.site);
    if (found === undefined) return `dependsOn names job ${jobId}, which does not exist`;
    const condition = { kind: 'condition', job: found.job, when: 'succeeded' } as const;
    if (type === 'N_TO_N') of.push({ ...condition, sameIndex: true });
    else of.push(found.index === undefined ? condition : { ...condition, element: found.index });
  }
  return of.length === 0 ? undefined : { kind: 'all', of };
}

function echo(asked: SubmitRequest, definition: JobDefinition, requirements: Requirements): Echo {
  const properties = propertiesOf(definition);
  const {
    command: _command,
    environment: _environment,
    ...container
  } = properties.containerProperties ?? {};
  const { parameters, tags, dependsOn, containerOverrides } = asked;
  return {
    definition: `${definition.name}:${definition.revision}`,
    container: {
      ...container,
      ...(containerOverrides?.instanceType === undefined
        ? {}
        : { instanceType: containerOverrides.instanceType }),
      vcpus: undefined,
      memory: undefined,
      resourceRequirements: [
        { type: 'VCPU', value: String(requirements.cpus) },
        { type: 'MEMORY', value: String(requirements.memoryMib) },
      ],
    },
    parameters: { ...properties.parameters, ...parameters },
    tags: tags ?? {},
    propagateTags: asked.propagateTags ?? properties.propagateTags ?? false,
    ...(dependsOn === undefined ? {} : { dependsOn }),
    platformCapabilities: properties.platformCapabilities ?? ['EC2'],
  };
}
