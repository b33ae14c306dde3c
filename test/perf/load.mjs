// Starts the load generator and waits for what it says.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import * as readline from 'node:readline';

/**
 * Submits over the batch stream; resolves when the last answer is there, with its times and the
 * number of refusals. `lastIndex` makes every job an array.
 */
export async function submitLoad(gateway, { jobs, perMessage, window, lastIndex }) {
  const program = path.join(import.meta.dirname, 'submit-load.mjs');
  const numbers = [jobs, perMessage, window, ...(lastIndex === undefined ? [] : [lastIndex])];
  const words = [program, gateway.grpc, ...numbers.map(String)];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  gateway.groups.put('load', child.pid);
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  child.stdin.write('go\n');
  const { value } = await lines.next();
  if (value === undefined) throw new Error('the load generator failed');
  if (child.exitCode === null) await once(child, 'exit');
  return JSON.parse(value);
}
