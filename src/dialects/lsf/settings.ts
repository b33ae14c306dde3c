// What lsf.conf and lsb.params of the site say, and which of it the caller's environment may
// change.

import type { Invocation } from '../kit/dialog.ts';
import type { Site } from '../../model/site.ts';

/** The value of an LSF setting: the site's, or the caller's where LSF reads the environment too. */
export function setting(call: Invocation, name: string): string | undefined {
  return call.environment.get(name) ?? call.site.lsf[name];
}

/** Whether a setting is switched on. */
export function isYes(value: string | undefined): boolean {
  return value === 'Y' || value === 'y';
}

/** MiB in one unit of `LSF_UNIT_FOR_LIMITS`; undefined when the site has not set it. */
export function limitUnitMib(site: Site): number | undefined {
  return unitMib(site.lsf['LSF_UNIT_FOR_LIMITS'] ?? '');
}

const MIB: Readonly<Record<string, number>> = {
  B: 1 / 1024 / 1024,
  K: 1 / 1024,
  M: 1,
  G: 1024,
  T: 1024 ** 2,
  P: 1024 ** 3,
  E: 1024 ** 4,
};

function unitMib(text: string): number | undefined {
  return MIB[text.slice(0, 1).toUpperCase()];
}

/** Memory such as `4096`, `4096MB` or `1.5G` in MiB; a bare number is in `bareMib`. */
export function memoryMib(text: string, bareMib: number): number | undefined {
  const parts = /^(\d+(?:\.\d*)?|\.\d+)(?:([KMGTPE])(?:B|iB)?|B)?$/i.exec(text);
  if (parts === null) return undefined;
  const bare = /[a-z]$/i.test(text) ? (MIB['B'] as number) : bareMib;
  return Number(parts[1]) * (parts[2] === undefined ? bare : (unitMib(parts[2]) as number));
}

/** The version that `-V` and lsid name: what is imitated. */
export const LSF_VERSION = 'IBM Spectrum LSF Standard 10.1.0.12, Jun 10 2021';
