// The row of an option. From the rows of a command come its parsing, its directives, its --help,
// its completions and its part of COMPATIBILITY.md. Every option of the original has a row.

/**
 * full: behaves as the original; `evidence` names the captured case or the source that shows it ·
 * accepted: taken and without effect, and said so · refused: an error that names the option.
 */
export type Support =
  | { readonly kind: 'full'; readonly evidence: string }
  | { readonly kind: 'accepted'; readonly note: string }
  | { readonly kind: 'refused'; readonly note: string };

/** One option of one or more commands of a dialect. `Draft` is what its values are collected in. */
export interface OptionRow<Draft> {
  /** Long name without dashes (Slurm `--time`), or the whole name (LSF `cwd`). */
  readonly long?: string;
  /** One character (Slurm `-t`). */
  readonly short?: string;
  /** What the value is called in help (`<minutes>`); absent: it takes none. */
  readonly value?: string;
  /** The value may be left out (`--nice[=n]`). */
  readonly optionalValue?: boolean;
  /** Environment variable that sets it, by command. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The commands that have it. */
  readonly commands: readonly string[];
  /** May stand in a `#SBATCH` or `#BSUB` line. */
  readonly directive?: boolean;
  readonly section: string;
  readonly help: string;
  readonly support: Support;
  /**
   * First release of the original that has it, where that is newer than what we imitate: such a
   * name is never abbreviated.
   */
  readonly since?: string;
  /**
   * Stores the value; a string is the original's complaint. Absent on accepted rows; on refused
   * ones it may give the original's own words.
   */
  readonly set?: (draft: Draft, value: string) => string | undefined;
}
