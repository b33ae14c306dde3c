// The agent's command line: `--name value` for everything, so that whoever starts it needs no file.

import * as os from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { GatewayError } from '../../base/gateway-error.ts';
import { type AgentSettings, DEFAULT_AGENT_TIMES } from './settings.ts';

const MIB = 1024 * 1024;

/** Reads the command line. Throws a GatewayError `badOption` with a sentence for the user. */
export function agentSettings(argv: readonly string[]): AgentSettings {
  const values = parse(argv);
  if (values.socket === undefined || values['state-dir'] === undefined) {
    throw new GatewayError('badOption', 'needed: --socket PATH --state-dir DIR');
  }
  return {
    socket: path.resolve(values.socket),
    stateDirectory: path.resolve(values['state-dir']),
    node: values.node ?? (os.hostname().split('.')[0] as string),
    environment: values.environment ?? 'local',
    cpus: count(values.cpus, '--cpus') ?? os.availableParallelism(),
    memoryMib: count(values['memory-mib'], '--memory-mib') ?? Math.floor(os.totalmem() / MIB),
    noOp: values['no-op'] === true,
    times: {
      ...DEFAULT_AGENT_TIMES,
      leaseMs: count(values['lease-ms'], '--lease-ms') ?? DEFAULT_AGENT_TIMES.leaseMs,
      heartbeatMs:
        count(values['heartbeat-ms'], '--heartbeat-ms') ?? DEFAULT_AGENT_TIMES.heartbeatMs,
    },
  };
}

function parse(argv: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({
      args: [...argv],
      options: {
        socket: text,
        'state-dir': text,
        node: text,
        environment: text,
        cpus: text,
        'memory-mib': text,
        'lease-ms': text,
        'heartbeat-ms': text,
        'no-op': { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    throw new GatewayError('badOption', (cause as Error).message, { cause });
  }
}

function count(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,14}$/.test(text)) {
    throw new GatewayError('badOption', `${option} takes a whole number above 0, not "${text}"`);
  }
  return Number(text);
}
