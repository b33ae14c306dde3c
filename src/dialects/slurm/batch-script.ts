// A batch script before it is submitted: is it one, and the options in its head. The rules are
// those of Slurm 22.05 as recorded (01-sbatch-basic): `#SBATCH` lines count up to the first
// command, ` #SBATCH` and `##SBATCH` are comments, quotes and backslashes work as in a shell, a
// word that begins with # ends the line.

import { foreignWords } from './foreign-directives.ts';

/** Words of one directive line. */
export interface Directive {
  readonly line: number;
  readonly words: readonly string[];
}

/** What is wrong with a script, as lines behind `sbatch: `; undefined: nothing. */
export function scriptComplaint(script: string): string | undefined {
  if (script === '') return 'error: Batch script is empty!';
  if (/^\s*$/.test(script)) return 'error: Batch script contains only whitespace!';
  if (!script.startsWith('#!')) {
    return (
      'error: This does not look like a batch script.  The first\n' +
      'error: line must start with #! followed by the path to an interpreter.\n' +
      'error: For instance: #!/bin/sh'
    );
  }
  if (script.includes('\0')) {
    return (
      'error: The Slurm controller does not allow scripts that\n' +
      "error: contain a NULL character '\\0'."
    );
  }
  if (script.includes('\r\n')) {
    return (
      'error: Batch script contains DOS line breaks (\\r\\n)\n' +
      'error: instead of expected UNIX line breaks (\\n).'
    );
  }
  return undefined;
}

/** The options in the head of a script, as command line words; a string is a complaint. */
export function readDirectives(
  script: string,
  name: string,
  ignoreForeign: boolean,
): readonly string[] | { readonly complaint: string } {
  const words: string[] = [];
  let number = 0;
  for (const line of headLines(script)) {
    number++;
    if (line.startsWith('#SBATCH')) {
      const found = directiveWords(line.slice('#SBATCH'.length));
      if (typeof found === 'string') {
        return { complaint: `error: ${name}: line ${number}: Unmatched \`${found}\` in [${line}]` };
      }
      words.push(...found);
    } else if (!ignoreForeign && /^#(PBS|BSUB)/.test(line)) {
      words.push(...foreignWords(line));
    } else if (/^\s*[^\s#]/.test(line)) {
      break;
    }
  }
  return words;
}

/** Lines one by one, so that a script of megabytes is not split as a whole. */
function* headLines(script: string): Generator<string> {
  for (let from = 0; from < script.length; ) {
    const end = script.indexOf('\n', from);
    yield script.slice(from, end < 0 ? script.length : end);
    if (end < 0) return;
    from = end + 1;
  }
}

/** The words of a directive; a string is the quote that was not closed. */
export function directiveWords(text: string): readonly string[] | string {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    while (/\s/.test(text[at] ?? '')) at++;
    if (at >= text.length || text[at] === '#') break;
    let word = '';
    let quote = '';
    for (; at < text.length; at++) {
      const c = text[at] as string;
      if (c === '\\') word += text[++at] ?? '';
      else if (quote !== '') {
        if (c === quote) quote = '';
        else word += c;
      } else if (c === '"' || c === "'") quote = c;
      else if (/\s/.test(c)) break;
      else word += c;
    }
    if (quote !== '') return quote;
    words.push(word);
  }
  return words;
}
