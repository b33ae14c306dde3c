// `#BSUB` lines: anywhere in a script, with or without a blank behind BSUB, several options a line,
// quotes, comments at the end, continued by a backslash.

const LINE = /^\s*#\s*BSUB\s*(-.*)$/;

/** The words of every #BSUB line, one array a line. */
export function embeddedLines(script: string): readonly (readonly string[])[] {
  const lines: string[][] = [];
  if (!script.includes('BSUB')) return lines;
  const all = script.split('\n');
  for (let at = 0; at < all.length; at++) {
    const found = LINE.exec((all[at] as string).replace(/\r$/, ''));
    if (found === null) continue;
    let text = found[1] as string;
    while (text.endsWith('\\') && at + 1 < all.length) {
      const next = (all[++at] as string).replace(/\r$/, '');
      text = `${text.slice(0, -1)} ${next.replace(/^\s*#\s*BSUB\s*/, '')}`;
    }
    lines.push(wordsOf(text));
  }
  return lines;
}

/** Splits at blanks outside of quotes; a word that begins with `#` ends the line. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    while (isBlank(text[at])) at++;
    if (at >= text.length || text[at] === '#') break;
    let word = '';
    while (at < text.length && !isBlank(text[at])) {
      const end = quoteEnd(text, at);
      word += end === at ? text[at] : text.slice(at + 1, end);
      at = end + 1;
    }
    words.push(word);
  }
  return words;
}

/** Where the quote that opens at `at` closes; `at` itself when none opens or none closes there. */
function quoteEnd(text: string, at: number): number {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return at;
  const end = text.indexOf(quote, at + 1);
  return end === -1 ? at : end;
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
