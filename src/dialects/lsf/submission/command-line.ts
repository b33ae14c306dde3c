// From the words of a bsub call to the line that the shell runs, as openlava 2.2 was seen to do it.

/**
 * Words joined by blanks: the first one verbatim; one that holds a blank in quotes; in others
 * quotes, backslashes and parentheses are escaped; the shell sees everything else.
 */
export function commandLine(words: readonly string[]): string {
  return words.map((word, i) => (i === 0 ? word : quoted(word))).join(' ');
}

function quoted(word: string): string {
  if (word.includes(' ')) return /["$]/.test(word) ? `'${word}'` : `"${word}"`;
  const escaped = word.replace(/["'\\()]/g, '\\$&');
  return word.startsWith('$') ? `'${escaped}'` : escaped;
}

/** How listings show a script: its lines joined by semicolons, no longer than LSF's limit. */
export function shownScript(script: string): string {
  let end = script.length;
  while (script[end - 1] === '\n') end--;
  return script.slice(0, Math.min(end, LONGEST_COMMAND)).replaceAll('\n', ';');
}

/** Most characters of a command, a job name or a description. */
export const LONGEST_COMMAND = 4094;
