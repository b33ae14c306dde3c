// What a node must know of a request, as a message: templates become pieces, one-char-per-byte text
// becomes bytes.

import type { JobContent } from '../../model/job-request.ts';
import type { LaunchTemplate, Template } from '../../model/launch-template.ts';
import type { Piece, Spec } from '../protocol/messages.ts';

/** A launch described: everything that attempts of its request have in common. */
export interface LaunchDescription {
  readonly template: LaunchTemplate;
  readonly content: JobContent;
}

/** The message of a description; the handle is given when it is sent. */
export function specMessage({ template, content }: LaunchDescription): Omit<Spec, 'handle'> {
  const { request, owner, streams } = template;
  return {
    script: content.script,
    environment: content.environment,
    variables: template.environment.map(([name, value]) => ({
      name: bytesOf(name),
      value: piecesOf(value),
    })),
    launch: request.launch,
    arguments: request.arguments.map(bytesOf),
    workingDirectory: bytesOf(request.workingDirectory),
    fallbackDirectory: request.fallbackDirectory === true,
    stdin: piecesOf(streams.stdin),
    stdout: piecesOf(streams.stdout ?? []),
    spool: streams.stdout === undefined,
    stderr: piecesOf(streams.stderr ?? []),
    joinStderr: streams.stderr === undefined,
    appendStdout: request.streams.openMode === 'append',
    appendStderr: (request.streams.stderrOpenMode ?? request.streams.openMode) === 'append',
    umask: request.umask,
    limits: Object.entries(request.resourceLimits ?? {}).map(([name, [soft, hard]]) => ({
      name,
      soft,
      hard,
    })),
    uid: owner.uid,
    gid: owner.gid,
    user: bytesOf(owner.user),
    memoryLimitMib: request.limits.memoryMib ?? 0,
    report: request.report === true,
    scriptName: bytesOf(template.scriptName),
    rerunnable: request.rerunnable === true,
    directoryNote: piecesOf(template.directoryNote ?? []),
  };
}

/** About how much memory the agent needs for it. */
export function specBytes(spec: Omit<Spec, 'handle'>): number {
  return 1_024 + spec.script.length + spec.environment.length + 64 * spec.variables.length;
}

function piecesOf(template: Template): readonly Piece[] {
  return template.map((part) =>
    typeof part === 'string'
      ? { text: bytesOf(part) }
      : { hole: part.hole, width: part.width ?? 0, unlessZero: part.unlessZero === true },
  );
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
