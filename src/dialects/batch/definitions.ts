// RegisterJobDefinition, DescribeJobDefinitions, DeregisterJobDefinition, and the look-up that
// SubmitJob makes. The numbers of revisions are the engine's.

import type { JobDefinition } from '../../model/job-definition.ts';
import { command, query } from '../kit/dialog.ts';
import { arn, nameIn } from './arn.ts';
import { type BatchCall, clientError, type Exchange, ok, type Reply } from './call.ts';
import type { DefinitionProperties } from './members.ts';
import { descending, pageOf, type PageRequest } from './paging.ts';
import { replyOf } from './refusals.ts';
import { requirementsOf } from './requirements.ts';

const PAGE = { default: 100, maximum: 100 };

export function* registerJobDefinition(
  properties: DefinitionProperties,
  call: BatchCall,
): Exchange {
  const complaint = complaintAbout(properties, call);
  if (complaint !== undefined) return clientError(complaint);
  const name = properties.jobDefinitionName;
  const result = yield* command({ kind: 'registerDefinition', name, properties });
  if (result.kind === 'refused') return replyOf(result.refusal);
  if (result.kind !== 'registered') return clientError('The definition was not registered');
  const { definition } = result;
  return ok({
    jobDefinitionName: definition.name,
    jobDefinitionArn: definitionArn(definition, call),
    revision: definition.revision,
  });
}

function complaintAbout(properties: DefinitionProperties, call: BatchCall): string | undefined {
  if (properties.type === 'multinode') return 'type multinode is not supported by this gateway yet';
  const container = properties.containerProperties;
  if (container === undefined) return 'containerProperties is required for type container';
  if (container.image === undefined) return 'containerProperties.image is required';
  const asked = requirementsOf(container, undefined);
  if (typeof asked === 'string') return asked;
  return timingComplaint(properties, call);
}

/** What retryStrategy and timeout say beyond their shapes, in a definition or a submission. */
export function timingComplaint(
  { retryStrategy, timeout }: Pick<DefinitionProperties, 'retryStrategy' | 'timeout'>,
  { settings }: BatchCall,
): string | undefined {
  if (retryStrategy?.evaluateOnExit !== undefined && retryStrategy.attempts === undefined) {
    return 'retryStrategy.evaluateOnExit needs retryStrategy.attempts';
  }
  const seconds = timeout?.attemptDurationSeconds;
  if (seconds !== undefined && seconds < settings.minimumTimeoutSeconds) {
    return `timeout.attemptDurationSeconds must be at least ${settings.minimumTimeoutSeconds}`;
  }
  return undefined;
}

/** DescribeJobDefinitions' request. */
export interface DescribeDefinitions extends PageRequest {
  readonly jobDefinitions?: readonly string[];
  readonly jobDefinitionName?: string;
  readonly status?: 'ACTIVE' | 'INACTIVE';
}

/** All revisions, or those named, by name and the newest first. */
export function* describeJobDefinitions(asked: DescribeDefinitions, call: BatchCall): Exchange {
  const named = asked.jobDefinitions?.map(reference);
  const found = (yield* definitionsNamed(asked.jobDefinitionName)).filter(
    (one) =>
      (named?.some(
        (ref) => ref.name === one.name && (ref.revision ?? one.revision) === one.revision,
      ) ??
        true) &&
      (asked.status === undefined || asked.status === statusOf(one)),
  );
  const page = pageOf(
    found,
    ({ name, revision }) => `${name} ${descending(revision)}`,
    asked,
    PAGE,
  );
  if (page === undefined) return clientError('nextToken is not valid');
  const { items, nextToken } = page;
  return ok({ jobDefinitions: items.map((one) => shown(one, call)), nextToken });
}

/** Makes a revision INACTIVE; its number is not used again. */
export function* deregisterJobDefinition({
  jobDefinition,
}: {
  readonly jobDefinition: string;
}): Exchange {
  const { name, revision } = reference(jobDefinition);
  if (revision === undefined)
    return clientError(`jobDefinition ${jobDefinition} names no revision`);
  const result = yield* command({ kind: 'deregisterDefinition', name, revision });
  return result.kind === 'refused' ? replyOf(result.refusal) : ok({});
}

/** The revision that a name, a name with revision or an ARN means for a submission, or why none. */
export function* activeDefinition(text: string): Exchange<JobDefinition | Reply> {
  const { name, revision } = reference(text);
  const known = yield* definitionsNamed(name);
  let best: JobDefinition | undefined;
  for (const one of known) {
    if (!one.active || (revision !== undefined && revision !== one.revision)) continue;
    if (best === undefined || one.revision > best.revision) best = one;
  }
  return best ?? clientError(`Job definition ${text.slice(0, 256)} not found or not ACTIVE`);
}

function* definitionsNamed(name: string | undefined): Exchange<readonly JobDefinition[]> {
  const view = yield* query(
    name === undefined ? { kind: 'definitions' } : { kind: 'definitions', name },
  );
  if (view.kind !== 'definitions') return [];
  return name === undefined
    ? view.definitions
    : view.definitions.filter((one) => one.name === name);
}

/** `NAME`, `NAME:REVISION`, or an ARN of either. */
export function reference(text: string): {
  readonly name: string;
  readonly revision: number | undefined;
} {
  const [, name, digits] = /^(.*?)(?::([0-9]{1,9}))?$/s.exec(nameIn('job-definition', text)) ?? [];
  return { name: name ?? '', revision: digits === undefined ? undefined : Number(digits) };
}

/** The properties, as this dialect registered them. */
export function propertiesOf(definition: JobDefinition): DefinitionProperties {
  return definition.properties as unknown as DefinitionProperties;
}

/** The ARN of a revision. */
export function definitionArn(
  { name, revision }: { name: string; revision: number },
  call: BatchCall,
): string {
  return arn('job-definition', `${name}:${revision}`, call.region);
}

const statusOf = (definition: JobDefinition) => (definition.active ? 'ACTIVE' : 'INACTIVE');

function shown(definition: JobDefinition, call: BatchCall): object {
  const properties = propertiesOf(definition);
  return {
    parameters: {},
    tags: {},
    ...properties,
    containerProperties: {
      command: [],
      volumes: [],
      environment: [],
      mountPoints: [],
      ulimits: [],
      secrets: [],
      resourceRequirements: [],
      ...properties.containerProperties,
    },
    jobDefinitionArn: definitionArn(definition, call),
    revision: definition.revision,
    status: statusOf(definition),
    containerOrchestrationType: 'ECS',
  };
}
