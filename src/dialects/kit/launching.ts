// What a dialect says of the launch of its own jobs, and of the variables that every job gets.

import type { Instant } from '../../base/brand.ts';
import type { Ending } from '../../model/event.ts';
import type { JobId, NodeName } from '../../model/ids.ts';
import type { JobRequest } from '../../model/job-request.ts';
import type { EnvironmentRow, StreamTemplates, Template } from '../../model/launch-template.ts';
import type { Site } from '../../model/site.ts';
import type { Owner } from '../../model/user.ts';

/** An attempt that is about to be ended; `at` is shown in the host's zone. */
export interface OrderedEnd {
  readonly job: JobId;
  readonly node: NodeName;
  readonly ending: Ending;
  readonly at: Instant;
}

/** Pure functions of a request; each dialect exports one of these as `launching`. */
export interface Launching {
  /** The dialect's variables for a job of any dialect. */
  variables(request: JobRequest, owner: Owner, site: Site): readonly EnvironmentRow[];
  /** The standard streams of a job that this dialect submitted. */
  streams(request: JobRequest, owner: Owner, site: Site): StreamTemplates;
  /** The script's file name as `$0` shows it. */
  readonly scriptName: string;
  /** Written to stderr where the working directory cannot be entered and another one serves. */
  directoryNote?(request: JobRequest): Template;
  /** Written to stderr before the signals of an end that somebody, or the time limit, ordered. */
  endNote?(end: OrderedEnd): string;
}
