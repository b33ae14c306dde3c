// How jobs that came over gRPC are launched: no variables of their own, streams as given.

import type { Launching } from '../../dialects/kit/launching.ts';

export const launching: Launching = {
  variables: () => [],
  streams: ({ streams: { stdin, stdout, stderr } }) => ({
    stdin: [stdin ?? '/dev/null'],
    stdout: [stdout ?? '/dev/null'],
    ...(stderr === undefined ? {} : { stderr: [stderr] }),
  }),
  scriptName: 'script',
};
