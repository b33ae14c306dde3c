// Names the stage that decides each message, and nothing more.

import { unreachable } from '../base/assert.ts';
import type { Command, CommandResult } from '../model/command.ts';
import type { SpecKey } from '../model/ids.ts';
import type { Report } from '../model/report.ts';
import type { Identity } from '../model/user.ts';
import { createKey, deleteKey } from './admission/keys.ts';
import { deregisterDefinition, registerDefinition } from './admission/definitions.ts';
import { steerJobs } from './admission/steer.ts';
import { submitJob } from './admission/submit.ts';
import { instanceReported } from './capacity/plan.ts';
import type { Context } from './context.ts';
import { ring } from './lifecycle/alarms.ts';
import { attemptsUnkillable, nodeConnected, nodeDisconnected } from './lifecycle/nodes.ts';
import {
  attemptsEnded,
  attemptsStarted,
  reportsAppended,
  signalsHanded,
} from './lifecycle/reports.ts';
import type { StateView } from './state.ts';

/** A wish with who wishes, and for a submission the key of its specification. */
export interface Wish {
  readonly command: Command;
  readonly by: Identity;
  readonly key?: SpecKey | undefined;
}

/** Decides a wish: events through the context, and an answer. */
export function decide(state: StateView, { command, by, key }: Wish, at: Context): CommandResult {
  switch (command.kind) {
    case 'submitJob':
      return submitJob(state, { submission: command.submission, key: key as SpecKey }, by, at);
    case 'cancelJobs':
    case 'signalJobs':
    case 'holdJobs':
    case 'releaseJobs':
      return steerJobs(state, command, by, at);
    case 'registerDefinition':
      return registerDefinition(state, command, by, at);
    case 'deregisterDefinition':
      return deregisterDefinition(state, command, by, at);
    case 'createKey':
      return createKey(command.key, by, at);
    case 'deleteKey':
      return deleteKey(state, command.accessKeyId, by, at);
    default:
      return unreachable(command);
  }
}

/** Decides what was observed. */
export function observe(state: StateView, report: Report, at: Context): void {
  switch (report.kind) {
    case 'nodeConnected':
      return nodeConnected(state, report, at);
    case 'nodeDisconnected':
      return nodeDisconnected(state, report.node, at);
    case 'attemptsStarted':
      return attemptsStarted(state, report.node, report.started, at);
    case 'attemptsEnded':
      return attemptsEnded(state, report.node, report.ended, at);
    case 'attemptsUnkillable':
      return attemptsUnkillable(state, report.node, report.attempts, at);
    case 'reportsAppended':
      return reportsAppended(state, report.node, report.attempts, at);
    case 'signalsHanded':
      return signalsHanded(state, report.attempts, at);
    case 'instanceLaunched':
    case 'instanceInterrupted':
    case 'instanceGone':
      return instanceReported(state, report, at);
    case 'tick':
      return ring(state, at);
    default:
      return unreachable(report);
  }
}
