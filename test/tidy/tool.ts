// Runs a program of node_modules over the tree and gives back what it says.

import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { ROOT } from './sources.ts';

/** What a tool said, and whether it was content. */
export interface ToolResult {
  readonly status: number;
  readonly output: string;
}

/** Runs `node_modules/.bin/<tool>` at the root of the project. */
export function runTool(tool: string, ...args: readonly string[]): Promise<ToolResult> {
  const program = path.join(ROOT, 'node_modules/.bin', tool);
  const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ status, output: `${stdout}${stderr}` });
    });
  });
}
