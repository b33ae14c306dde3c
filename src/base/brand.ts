// Branded primitives: a number or string that the compiler will not mix up with another.
// Never holds behaviour; the constructors live beside the brand they make.

declare const brand: unique symbol;

/** A primitive `T` that only a constructor of brand `B` can make. */
export type Brand<T, B extends string> = T & { readonly [brand]: B };

/** A point in time: whole milliseconds since the Unix epoch. */
export type Instant = Brand<number, 'Instant'>;

/** Reads a number of milliseconds since the epoch as an instant. */
export const instant = (ms: number): Instant => ms as Instant;
