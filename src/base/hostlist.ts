// Host lists in Slurm's notation, `n[001-003,7],login`, and counts that repeat, `4(x3),8`.
// Never looks names up. Names are kept as they are; only trailing digits are folded.

/** The largest number of names that one expression may stand for. */
const MOST_NAMES = 65_536;
/** More brackets in one name than that are no name. */
const MOST_BRACKETS = 16;

/** Every name of an expression in its order; undefined for a malformed or too long one. */
export function expandHostlist(text: string): string[] | undefined {
  const names: string[] = [];
  for (const part of splitOutsideBrackets(text)) {
    if (part === '') continue;
    const expanded = part.split('[').length > MOST_BRACKETS ? undefined : expandPart(part);
    if (expanded === undefined || names.length + expanded.length > MOST_NAMES) return undefined;
    names.push(...expanded);
  }
  return names;
}

/** The shortest expression for some names: sorted, each once. */
export function compressHostlist(names: readonly string[]): string {
  if (names.length === 1) return names[0] as string;
  const groups = new Map<string, Map<string, number>>();
  for (const name of names) {
    const [, prefix = '', digits = ''] = /^(.*?)(\d{0,15})$/s.exec(name) ?? [];
    const group = groups.get(prefix) ?? new Map<string, number>();
    groups.set(prefix, group);
    group.set(digits, digits === '' ? -1 : Number(digits));
  }
  return [...groups].map(([prefix, group]) => joined(prefix, group)).join(',');
}

/** Equal neighbours folded: 4 4 4 8 is `4(x3),8`. */
export function compressCounts(counts: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < counts.length; ) {
    let repeated = 1;
    while (counts[i + repeated] === counts[i]) repeated++;
    parts.push(repeated === 1 ? String(counts[i]) : `${counts[i]}(x${repeated})`);
    i += repeated;
  }
  return parts.join(',');
}

function joined(prefix: string, group: ReadonlyMap<string, number>): string {
  const bare = group.has('') ? [prefix] : [];
  const sorted = [...group]
    .filter(([digits]) => digits !== '')
    .sort(([a, x], [b, y]) => x - y || a.length - b.length);
  const runs: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    const [first, number] = sorted[i] as [string, number];
    let count = 1;
    while (follows(sorted[i + count], first, number + count)) count++;
    const [last] = sorted[i + count - 1] as [string, number];
    runs.push(count === 1 ? first : `${first}-${last}`);
    i += count;
  }
  if (runs.length === 0) return prefix;
  const list = runs.join(',');
  const folded = /[-,]/.test(list) ? `${prefix}[${list}]` : `${prefix}${list}`;
  return [...bare, folded].join(',');
}

function follows(entry: [string, number] | undefined, first: string, number: number): boolean {
  if (entry === undefined || entry[1] !== number) return false;
  // A name with leading zeros is only joined with names as long as itself.
  const padded = first.startsWith('0') && first.length > 1;
  return padded ? entry[0].length === first.length : !/^0\d/.test(entry[0]);
}

/** The parts between commas that stand outside of brackets. */
export function splitOutsideBrackets(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '[') depth++;
    else if (c === ']') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

function expandPart(part: string): string[] | undefined {
  const open = part.indexOf('[');
  if (open < 0) return part.includes(']') ? undefined : [part];
  const close = part.indexOf(']', open);
  if (close < 0) return undefined;
  const numbers = expandRanges(part.slice(open + 1, close));
  const rest = expandPart(part.slice(close + 1));
  if (numbers === undefined || rest === undefined) return undefined;
  if (numbers.length * rest.length > MOST_NAMES) return undefined;
  const prefix = part.slice(0, open);
  return numbers.flatMap((number) => rest.map((tail) => `${prefix}${number}${tail}`));
}

function expandRanges(text: string): string[] | undefined {
  const names: string[] = [];
  for (const range of text.split(',')) {
    const [, first, last] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range) ?? [];
    if (first === undefined) return undefined;
    const to = Number(last ?? first);
    if (to < Number(first) || names.length + to - Number(first) >= MOST_NAMES) return undefined;
    for (let n = Number(first); n <= to; n++) names.push(String(n).padStart(first.length, '0'));
  }
  return names;
}
