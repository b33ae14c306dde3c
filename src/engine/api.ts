// What the doors call. The engine implements it; a door never reaches past it.

import type { Command, CommandResult } from '../model/command.ts';
import type { JobId } from '../model/ids.ts';
import type { Query } from '../model/query.ts';
import type { Site } from '../model/site.ts';
import type { Identity } from '../model/user.ts';
import type { JobView, View } from '../model/view.ts';

/** The gateway, as its doors see it. */
export interface Gateway {
  /** Decides a wish and resolves after its commit. Never rejects for what a user did. */
  command(command: Command, by: Identity): Promise<CommandResult>;
  /** The same for many wishes of one asker, in their order, in one batch where possible. */
  commands(commands: readonly Command[], by: Identity): Promise<readonly CommandResult[]>;
  /** Answers a question; nothing uncommitted is ever shown. */
  query(query: Query, by: Identity): Promise<View>;
  /**
   * Resolves when the job (an array: all its elements) has ended and shows so, or has started.
   * Parked on the engine's events, never polled. `undefined`: no such job.
   */
  awaitJob(
    job: JobId,
    until: 'started' | 'ended',
    signal?: AbortSignal,
  ): Promise<JobView[] | undefined>;
  /** Calls back after each commit with the jobs that it changed (notices: may be lost). */
  subscribe(notice: (changed: readonly JobView[]) => void): () => void;
  /** What the site is, for the dialects. */
  readonly site: Site;
}
