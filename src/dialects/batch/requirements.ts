// What a container asks for, out of the two generations of members that say it.

import type { ContainerOverrides, ContainerProperties } from './members.ts';

/** CPUs and memory of one attempt. */
export interface Requirements {
  readonly cpus: number;
  readonly memoryMib: number;
}

/**
 * An override's resourceRequirements win by type over the definition's; the deprecated vcpus and
 * memory of an override count only where the definition has no requirement of that type (service
 * model). A string is a complaint.
 */
export function requirementsOf(
  definition: ContainerProperties,
  overrides: ContainerOverrides | undefined,
): Requirements | string {
  if (valueOf(definition, 'GPU') !== undefined || valueOf(overrides, 'GPU') !== undefined) {
    return 'resourceRequirements of type GPU are not supported by this gateway yet';
  }
  const cpus =
    valueOf(overrides, 'VCPU') ??
    valueOf(definition, 'VCPU') ??
    overrides?.vcpus ??
    definition.vcpus;
  const memoryMib =
    valueOf(overrides, 'MEMORY') ??
    valueOf(definition, 'MEMORY') ??
    overrides?.memory ??
    definition.memory;
  if (cpus === undefined || cpus <= 0)
    return 'A requirement of type VCPU of at least 1 is required';
  if (memoryMib === undefined || memoryMib < 4 || !Number.isInteger(memoryMib)) {
    return 'A requirement of type MEMORY of at least 4 MiB is required';
  }
  // Parts of a CPU exist on Fargate alone; a host gives whole ones.
  return { cpus: Math.ceil(cpus), memoryMib };
}

function valueOf(
  container: ContainerOverrides | ContainerProperties | undefined,
  type: 'VCPU' | 'MEMORY' | 'GPU',
): number | undefined {
  const found = container?.resourceRequirements?.find((one) => one.type === type);
  return found === undefined ? undefined : Number(found.value);
}
