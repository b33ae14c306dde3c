// Requests and answers as JSON files, `<operation>/<case>.json`. BLESS=1 writes the answers anew;
// the difference is then to be read like code. `commands` is what reached the engine.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { expect, test } from 'vitest';
import { call, SITUATIONS } from './situations.ts';

interface Case {
  readonly situation: string;
  readonly request: unknown;
  readonly commands?: unknown;
  readonly answer?: unknown;
}

const directory = import.meta.dirname;
const cases = readdirSync(directory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(path.join(directory, name)).map((file) => [name, file] as const),
  );

test.each(cases)('%s answers %s as recorded', async (operation, file) => {
  const where = path.join(directory, operation, file);
  const recorded = JSON.parse(readFileSync(where, 'utf8')) as Case;
  const gateway = await SITUATIONS[recorded.situation]?.();
  if (gateway === undefined) throw new Error(`no situation ${recorded.situation}`);
  gateway.received.length = 0;
  const answer = await call(gateway, operation, recorded.request);
  const commands = gateway.received.map(({ command }) => readable(command));
  if (process.env['BLESS'] === '1') {
    const { situation, request } = recorded;
    writeFileSync(
      where,
      `${JSON.stringify({ situation, request, commands, answer }, undefined, 2)}\n`,
    );
  }
  expect(answer).toEqual(recorded.answer);
  expect(commands).toEqual(recorded.commands);
});

/** Bytes as text, for people. */
function readable(command: unknown): unknown {
  return JSON.parse(
    JSON.stringify(command, (key, value: unknown) =>
      key === 'content'
        ? contentText(value as { script: Uint8Array; environment: Uint8Array })
        : value,
    ),
  );
}

function contentText({ script, environment }: { script: Uint8Array; environment: Uint8Array }) {
  return {
    script: Buffer.from(script).toString(),
    environment: Buffer.from(environment).toString(),
  };
}
