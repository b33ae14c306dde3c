// One operation of the API: what it takes, and what runs it once that was read.

import { type BatchCall, clientError, type Exchange } from './call.ts';
import { type Members, object, type Read } from './shape.ts';

/** One operation, with what the door needs to serve it. */
export interface OperationRow {
  readonly name: string;
  readonly members: Members;
  /** Absent: refused by name. */
  readonly start?: (body: unknown, call: BatchCall) => Exchange;
}

/** Problems shown in one answer; the rest would only fill the screen. */
const PROBLEMS_SHOWN = 5;

/** Reads the body by the rows of its members; a wrong one is refused in words. */
export function operation<M extends Members>(
  name: string,
  members: M,
  run: (body: Read<M>, call: BatchCall) => Exchange,
): OperationRow {
  const shape = object(members);
  return {
    name,
    members,
    *start(body, call) {
      const problems: string[] = [];
      const read = shape.read(body, '', problems);
      if (problems.length > 0) return clientError(problems.slice(0, PROBLEMS_SHOWN).join('; '));
      return yield* run(read, call);
    },
  };
}
