// What a dialect says of the launch of its own jobs, and of the variables that every job gets.

import type { JobRequest } from '../../model/job-request.ts';
import type { EnvironmentRow, StreamTemplates } from '../../model/launch-template.ts';
import type { Site } from '../../model/site.ts';
import type { Owner } from '../../model/user.ts';

/** Pure functions of a request; each dialect exports one of these as `launching`. */
export interface Launching {
  /** The dialect's variables for a job of any dialect. */
  variables(request: JobRequest, owner: Owner, site: Site): readonly EnvironmentRow[];
  /** The standard streams of a job that this dialect submitted. */
  streams(request: JobRequest, owner: Owner, site: Site): StreamTemplates;
  /** The script's file name as `$0` shows it. */
  readonly scriptName: string;
}
