// Where the programs of our threads and child processes lie. Always in dist/, also when the caller
// runs from its .ts source (tests do): a worker thread cannot be started from a .ts file.

import * as path from 'node:path';

/** The path of a compiled module, named as under dist/, such as `store/writer-thread.js`. */
export function entryPath(module: string): string {
  return path.resolve(import.meta.dirname, '../../dist', module);
}
