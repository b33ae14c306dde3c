// Pages of a list that is made anew for each: a token is the key of the last entry shown, so
// entries that come or go between two pages shift nothing.

/** How many a page has when nothing is asked, and at most. */
export interface PageLimits {
  readonly default: number;
  readonly maximum: number;
}

/** What every listing operation can be asked. */
export interface PageRequest {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/** A part of a list, and where the next one begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** Sorts by the keys and cuts out the page; undefined where the token is none of ours. */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { maxResults, nextToken }: PageRequest,
  limits: PageLimits,
): Page<T> | undefined {
  const after = nextToken === undefined ? '' : keyIn(nextToken);
  if (after === undefined) return undefined;
  const rest = items
    .map((item) => ({ key: keyOf(item), item }))
    .filter(({ key }) => key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const shown = rest.slice(0, Math.min(maxResults ?? limits.default, limits.maximum));
  const last = shown.at(-1);
  return {
    items: shown.map(({ item }) => item),
    ...(last !== undefined && shown.length < rest.length ? { nextToken: tokenOf(last.key) } : {}),
  };
}

/** A key by which larger numbers (below 10^12) come first. */
export function descending(n: number): string {
  return String(1e12 - n).padStart(13, '0');
}

const MARK = 'after ';
const tokenOf = (key: string) => Buffer.from(MARK + key, 'utf8').toString('base64url');

function keyIn(token: string): string | undefined {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  return text.startsWith(MARK) && tokenOf(text.slice(MARK.length)) === token
    ? text.slice(MARK.length)
    : undefined;
}
