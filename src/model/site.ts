// What the texts of the dialects say about the installation.

/** Facts of the installation that texts show. */
export interface Site {
  readonly cluster: string;
  readonly host: string;
  readonly stateDirectory: string;
  /** Slurm's MinJobAge and LSF's CLEAN_PERIOD. */
  readonly minJobAgeMs: number;
  readonly cleanPeriodMs: number;
  readonly maxArraySize: number;
  readonly maxScriptBytes: number;
  readonly defaultQueue: string;
  /** Sixteen hexadecimal digits that make this installation's Batch job ids its own. */
  readonly installation: string;
  /** LSF settings of the site by their LSF names (LSB_BSUB_PARSE_SCRIPT …). */
  readonly lsf: Readonly<Record<string, string | undefined>>;
}
