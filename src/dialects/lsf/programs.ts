// The commands of LSF by their names.

import type { Program } from '../kit/dialog.ts';
import { bjobs } from './commands/bjobs.ts';
import { bkill } from './commands/bkill.ts';
import { bsub } from './commands/bsub.ts';

/** Every command of this dialect. */
export const lsfPrograms: Readonly<Record<string, Program>> = { bsub, bjobs, bkill };
