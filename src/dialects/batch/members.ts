// The members of Batch's requests that are larger than a word, with what becomes of each. Tables
// only.

import {
  accepted,
  anything,
  flag,
  full,
  integer,
  list,
  map,
  object,
  type Read,
  refused,
  required,
  text,
  word,
} from './shape.ts';

const KEPT = 'kept and shown again; the command runs on the host';

/** Names of jobs, queues, environments and definitions. */
export const NAME = text(
  128,
  /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  'must begin with a letter or digit and hold only letters, digits, hyphens and underscores',
);
/** A name, a name with a revision, or an ARN. */
export const NAME_OR_ARN = text(512, /^[!-~]+$/, 'must be a name or an ARN');
export const JOB_ID = text(256, /^[!-~]+$/, 'must be a job id');

const LINE = text(30_000);
const VARIABLES = list(
  object({
    name: full(text(1024, /^[^=]+$/, 'must not be empty or contain =')),
    value: full(text(30_000)),
  }),
  1000,
);
const KEPT_JSON = anything(24_576);

/** What a container may ask for; the value is decimal text. */
const REQUIREMENTS = list(
  object({
    type: required(word(['VCPU', 'MEMORY', 'GPU'])),
    value: required(text(16, /^[0-9]+(\.[0-9]+)?$/, 'must be a number')),
  }),
  10,
);

/** Tags of anything. */
export const TAGS = map(
  text(128, /^(?!aws:)[^]+$/i, 'must not be empty or begin with aws:'),
  text(256),
  50,
);
/** Values for `Ref::name`. */
export const PARAMETERS = map(text(512), text(30_000), 1000);

/** `containerProperties` of RegisterJobDefinition. */
export const CONTAINER_PROPERTIES = object({
  image: full(text(1024, /^[!-~]+$/, 'must be the name of an image')),
  command: full(list(LINE, 10_000)),
  environment: full(VARIABLES),
  resourceRequirements: full(REQUIREMENTS),
  vcpus: full(integer(1, 1_000_000)),
  memory: full(integer(4, 1_000_000_000)),
  jobRoleArn: accepted(text(2048), KEPT),
  executionRoleArn: accepted(text(2048), KEPT),
  volumes: accepted(KEPT_JSON, 'kept and shown again; the command sees the files of the host'),
  mountPoints: accepted(KEPT_JSON, 'kept and shown again; the command sees the files of the host'),
  readonlyRootFilesystem: accepted(flag, KEPT),
  privileged: accepted(flag, 'kept and shown again; the command runs as the user of the key'),
  user: accepted(text(256), 'kept and shown again; the command runs as the user of the key'),
  ulimits: accepted(KEPT_JSON, KEPT),
  instanceType: accepted(text(128), KEPT),
  networkConfiguration: accepted(KEPT_JSON, KEPT),
  linuxParameters: accepted(KEPT_JSON, KEPT),
  logConfiguration: accepted(
    KEPT_JSON,
    'kept and shown again; output goes to the log of the attempt',
  ),
  fargatePlatformConfiguration: accepted(KEPT_JSON, KEPT),
  enableExecuteCommand: accepted(flag, KEPT),
  ephemeralStorage: accepted(KEPT_JSON, KEPT),
  runtimePlatform: accepted(KEPT_JSON, KEPT),
  repositoryCredentials: accepted(KEPT_JSON, KEPT),
  secrets: refused('there is no store of secrets to read them from'),
});

/** `containerOverrides` of SubmitJob. */
export const CONTAINER_OVERRIDES = object({
  command: full(list(text(30_000, /./s, 'must not be empty'), 10_000)),
  environment: full(VARIABLES),
  resourceRequirements: full(REQUIREMENTS),
  vcpus: full(integer(1, 1_000_000)),
  memory: full(integer(4, 1_000_000_000)),
  instanceType: accepted(text(128), KEPT),
});

const REASON_PATTERN = text(
  512,
  /^[A-Za-z0-9.:\s]*\*?$/,
  'may hold letters, digits, dots, colons, blanks and a last *',
);

/** How often, and after which ends, a job runs again. */
export const RETRY_STRATEGY = object({
  attempts: full(integer(1, 10)),
  evaluateOnExit: full(
    list(
      object({
        action: required(word(['RETRY', 'EXIT'], true)),
        onStatusReason: full(REASON_PATTERN),
        onReason: full(REASON_PATTERN),
        onExitCode: full(text(512, /^[0-9]*\*?$/, 'may hold digits and a last *')),
      }),
      5,
    ),
  ),
});

/** How long an attempt may take. */
export const TIMEOUT = object({ attemptDurationSeconds: full(integer(1, 2_000_000)) });
/** How many children. */
export const ARRAY_PROPERTIES = object({ size: full(integer(2, 10_000)) });
/** What a job waits for. */
export const DEPENDS_ON = list(
  object({
    jobId: full(JOB_ID),
    type: full(
      word(['N_TO_N', 'SEQUENTIAL']),
      'service model 2016-08-10; SEQUENTIAL: one child at a time, in order, and a failed one ends those behind it',
    ),
  }),
  20,
);

/** RegisterJobDefinition's members. */
export const REGISTER = {
  jobDefinitionName: required(NAME),
  type: required(word(['container', 'multinode'])),
  parameters: full(PARAMETERS),
  schedulingPriority: full(integer(0, 9999)),
  containerProperties: full(CONTAINER_PROPERTIES),
  retryStrategy: full(RETRY_STRATEGY),
  propagateTags: accepted(flag, 'kept and shown again; there is no task to tag'),
  timeout: full(TIMEOUT),
  tags: full(TAGS),
  platformCapabilities: accepted(list(word(['EC2', 'FARGATE']), 2), KEPT),
  nodeProperties: refused('multi-node jobs'),
  eksProperties: refused('Kubernetes'),
  ecsProperties: refused('several containers in a job'),
  consumableResourceProperties: refused('consumable resources'),
};

/** SubmitJob's members. */
export const SUBMIT = {
  jobName: required(NAME),
  jobQueue: required(NAME_OR_ARN),
  jobDefinition: required(NAME_OR_ARN),
  arrayProperties: full(ARRAY_PROPERTIES),
  dependsOn: full(DEPENDS_ON),
  parameters: full(PARAMETERS),
  containerOverrides: full(CONTAINER_OVERRIDES),
  retryStrategy: full(RETRY_STRATEGY),
  propagateTags: accepted(flag, 'kept and shown again; there is no task to tag'),
  timeout: full(TIMEOUT),
  tags: full(TAGS),
  schedulingPriorityOverride: full(integer(0, 9999)),
  shareIdentifier: refused('no queue has a fair-share policy'),
  nodeOverrides: refused('multi-node jobs'),
  eksPropertiesOverride: refused('Kubernetes'),
  ecsPropertiesOverride: refused('several containers in a job'),
  consumableResourcePropertiesOverride: refused('consumable resources'),
};

export type ContainerProperties = ReturnType<typeof CONTAINER_PROPERTIES.read>;
export type ContainerOverrides = ReturnType<typeof CONTAINER_OVERRIDES.read>;
export type DefinitionProperties = Read<typeof REGISTER>;
export type SubmitRequest = Read<typeof SUBMIT>;
