// Remembers at least the last so many numbers, and forgets older ones by halves.

/** A set with a bound. */
export class RecentNumbers {
  readonly #half: number;
  #newer = new Set<number>();
  #older = new Set<number>();

  constructor(atLeast: number) {
    this.#half = atLeast;
  }

  add(number: number): void {
    if (this.#newer.size >= this.#half) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(number);
  }

  has(number: number): boolean {
    return this.#newer.has(number) || this.#older.has(number);
  }
}
