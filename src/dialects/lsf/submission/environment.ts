// `-env`: which variables of the caller the job gets. Works on bytes of `NAME=value` entries.

import { bytesOf } from '../../kit/bytes.ts';
import type { Invocation } from '../../kit/dialog.ts';

/** What a login on the execution host would set anyway. */
const ALWAYS = ['HOME', 'USER', 'LOGNAME', 'SHELL', 'PATH'];

/** The environment of the job as bytes; without `-env` exactly the caller's. */
export function jobEnvironment(call: Invocation, specification: string | undefined): Uint8Array {
  if (specification === undefined) return call.environmentBytes;
  const words = listOf(specification);
  const head = words[0];
  if (head === 'all' && words.length === 1) return call.environmentBytes;
  const kept = head === 'all' ? new Map(call.environment) : picked(call.environment, ALWAYS);
  for (const word of head === 'all' || head === 'none' ? words.slice(1) : words) {
    apply(kept, word, call.environment);
  }
  let text = '';
  for (const [name, value] of kept) text += `${name}=${value}\0`;
  return bytesOf(text);
}

function apply(kept: Map<string, string>, word: string, given: ReadonlyMap<string, string>): void {
  if (word.startsWith('~')) {
    kept.delete(word.slice(1));
    return;
  }
  const equals = word.indexOf('=');
  if (equals !== -1) {
    kept.set(word.slice(0, equals), unquoted(word.slice(equals + 1)));
    return;
  }
  const value = given.get(word);
  if (value !== undefined) kept.set(word, value);
}

function picked(from: ReadonlyMap<string, string>, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of names) {
    const value = from.get(name);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

/** Splits at commas outside of single quotes; blanks around a part fall away. */
function listOf(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let isQuoted = false;
  for (const character of text) {
    if (character === "'") isQuoted = !isQuoted;
    if (character === ',' && !isQuoted) {
      words.push(word.trim());
      word = '';
    } else word += character;
  }
  words.push(word.trim());
  return words.filter((part) => part !== '');
}

function unquoted(value: string): string {
  const parts = /^(['"])(.*)\1$/s.exec(value);
  return parts === null ? value : (parts[2] as string);
}
