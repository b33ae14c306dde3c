// Every command that the shims' door answers, with what it says when we are at fault.

import type { Program } from '../dialects/kit/dialog.ts';
import { lsfPrograms } from '../dialects/lsf/programs.ts';
import { slurmPrograms } from '../dialects/slurm/programs.ts';
import type { FinalWords } from '../frontends/shim/session.ts';
import { ownProgram } from './own-commands/program.ts';
import { OWN_COMMAND } from './own-commands/request.ts';

const PROGRAMS = new Map<string, Program>([
  ...Object.entries(slurmPrograms),
  ...Object.entries(lsfPrograms),
  [OWN_COMMAND, ownProgram],
]);

/** The program of a command's name. */
export function programOf(name: string): Program | undefined {
  return PROGRAMS.get(name);
}

/** Each dialect's words for a fault of ours, with its exit status. */
export function internalError(name: string): FinalWords {
  return Object.hasOwn(lsfPrograms, name)
    ? { text: `${name}: LSF internal error\n`, exitCode: 255 }
    : { text: `${name}: error: Unspecified error\n`, exitCode: 1 };
}
