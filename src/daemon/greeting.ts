// What somebody who started a gateway by hand can type next.

import * as path from 'node:path';

/** A few lines for a terminal. `shims` is the folder of the commands. */
export function greeting(socket: string, http: string, shims: string): string {
  return `
The gateway is ready, and keeps everything in ${path.dirname(socket)}.
Ctrl-C stops it; running jobs live on and are found again by the next start.

In another terminal:

  export PATH="${shims}:$PATH" SPILLWAY_SOCKET="${socket}"

  sbatch --wrap 'echo hello from Slurm'      # its output: slurm-1.out
  bsub -o hello.out 'echo hello from LSF'    # its output and report: hello.out
  squeue                                     # what waits and runs
  bjobs -a                                   # the same, and what ended, in LSF's words
  sacct -X                                   # the accounting

The HTTP door (AWS Batch, /metrics) is at ${http}.

`;
}
