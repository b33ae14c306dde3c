// Long listings in pieces: a piece is handed over before the next one is made, so that neither a
// hundred thousand rows nor rows of absurd width need one large text, and others have their turn
// between.

import { type Answer, type Step, write } from './dialog.ts';

const MOST_LINES = 500;
const MOST_CHARACTERS = 65_536;

/** Writes lines to the standard output as they are made. */
export function* writeLines(lines: Iterable<string>): Generator<Step, void, Answer> {
  let text = '';
  let count = 0;
  for (const line of lines) {
    text += line;
    count++;
    if (count < MOST_LINES && text.length < MOST_CHARACTERS) continue;
    yield* write('stdout', text);
    text = '';
    count = 0;
  }
  yield* write('stdout', text);
}
