// A named, numbered template for jobs (AWS Batch's job definition).

/**
 * One revision. `properties` is the registration as the client sent it, in Batch's own JSON shape.
 */
export interface JobDefinition {
  readonly name: string;
  readonly revision: number;
  readonly active: boolean;
  /** The uid of whoever registered the name first; only they add revisions. */
  readonly uid: number;
  readonly properties: Readonly<Record<string, unknown>>;
}
