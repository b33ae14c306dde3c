// Assertions that stay on in production: a failed one means that we are wrong, not the caller.

/** A broken invariant. The process that meets one stops; restart is a tested path. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** Throws an AssertionFailure with `words` unless `condition` holds. */
export function assert(condition: unknown, words: string): asserts condition {
  if (!condition) throw new AssertionFailure(words);
}

/** Marks a place that no value can reach. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable: ${JSON.stringify(value)}`);
}
