// The commands of the Slurm dialect by their names.

import type { Program } from '../kit/dialog.ts';
import { sacct } from './commands/sacct.ts';
import { sbatch } from './commands/sbatch.ts';
import { scancel } from './commands/scancel.ts';
import { squeue } from './commands/squeue.ts';

/** Every command that the dialect answers. */
export const slurmPrograms: Readonly<Record<string, Program>> = { sacct, sbatch, scancel, squeue };
