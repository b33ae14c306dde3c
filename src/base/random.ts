// Randomness as a port: the engine passes one in, simulations pass a seeded one.

import { randomBytes } from 'node:crypto';

/** A source of random numbers. */
export interface Random {
  /** A whole number from 0 to `below - 1`. */
  below(below: number): number;
}

/** A repeatable source (mulberry32): the same seed gives the same numbers for ever. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    below(below) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = state;
      mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
    },
  };
}

/** The operating system's source. */
export function systemRandom(): Random {
  return { below: (below) => Math.floor((randomBytes(6).readUIntBE(0, 6) / 2 ** 48) * below) };
}
