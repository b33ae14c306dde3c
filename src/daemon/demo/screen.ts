// What the demo shows: lines that stay, and on a terminal one block below them that is drawn again
// as the jobs go on. Elsewhere (a pipe, a log) each change of a job is a line. Knows nothing of
// jobs.

/** Where it is shown. */
export interface Display {
  readonly write: (text: string) => void;
  /** A terminal that can move its cursor. */
  readonly isTerminal: boolean;
  readonly hasColors: boolean;
  readonly columns: number;
}

export type Color = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

const CODES: Readonly<Record<Color, number>> = {
  bold: 1,
  dim: 2,
  green: 32,
  red: 31,
  yellow: 33,
  cyan: 36,
};

/** Prints, and draws again what is alive. */
export class Screen {
  readonly #display: Display;
  #alive: readonly string[] = [];

  constructor(display: Display) {
    this.#display = display;
  }

  /** The text in a colour, where there are colours. */
  paint(color: Color, text: string): string {
    return this.#display.hasColors ? `\x1b[${CODES[color]}m${text}\x1b[0m` : text;
  }

  /** Lines that stay. */
  say(...lines: readonly string[]): void {
    this.#display.write(`${lines.join('\n')}\n`);
  }

  /** Draws the block again; without a terminal, prints only lines that were not there before. */
  draw(lines: readonly string[]): void {
    const before = this.#alive;
    this.#alive = lines;
    if (!this.#display.isTerminal) {
      const fresh = lines.filter((line) => line !== '' && !before.includes(line));
      if (fresh.length > 0) this.say(...fresh);
      return;
    }
    const up = before.length === 0 ? '' : `\x1b[${before.length}A`;
    const shown = lines.map((line) => `\x1b[2K${this.#cut(line)}`);
    this.#display.write(`${up}\x1b[J${shown.join('\n')}\n`);
  }

  /** What was drawn last stays. */
  settle(): void {
    this.#alive = [];
  }

  /** A line that wrapped would break the count of lines. */
  #cut(line: string): string {
    let width = 0;
    let cut = '';
    for (const [part] of line.matchAll(/\x1b\[[0-9;]*m|[^]/gu)) {
      if (!part.startsWith('\x1b') && ++width >= this.#display.columns) continue;
      cut += part;
    }
    return cut;
  }
}
