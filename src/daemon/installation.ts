// The number of this installation, made once and kept in a file of the state directory: Batch job
// ids begin with it, so that those of two gateways differ.

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { GatewayError } from '../base/gateway-error.ts';

const BYTES = 8;

/**
 * Sixteen hexadecimal digits. The directory must be ours already (locked). Throws GatewayError
 * `installation` when the file holds something else.
 */
export function installationOf(stateDirectory: string): string {
  const file = path.join(stateDirectory, 'installation');
  if (!fs.existsSync(file)) {
    const made = `${file}.new`;
    fs.writeFileSync(made, `${randomBytes(BYTES).toString('hex')}\n`, { mode: 0o644, flush: true });
    fs.renameSync(made, file);
  }
  const digits = fs.readFileSync(file, 'latin1').trim();
  if (!/^[0-9a-f]{16}$/.test(digits)) {
    throw new GatewayError('installation', `${file} must hold 16 hexadecimal digits`);
  }
  return digits;
}
