// The options of bsub that are taken without effect, and those that are refused by name because the
// job would not be what its user meant. A pure table.

import type { OptionRow, Support } from '../../kit/option.ts';
import type { BsubDraft } from './draft.ts';

type Row = OptionRow<BsubDraft>;

/** Name, value, what the original does, and why it has no effect or is refused. */
type Entry = readonly [name: string, value: string | undefined, help: string, note: string];

/** Accepted options whose value listings show again, by the name under which it is kept. */
const SHOWN: Readonly<Record<string, string>> = {
  g: 'group',
  G: 'userGroup',
  app: 'application',
  u: 'mail',
  L: 'loginShell',
  is: 'input',
};

const ACCEPTED: readonly Entry[] = [
  ['g', 'group', 'Job group.', 'Shown by bjobs; groups have no limits.'],
  ['G', 'group', 'User group.', 'Shown by bjobs; has no limits.'],
  ['app', 'profile', 'Application profile.', 'Shown by bjobs; profiles are not configured.'],
  ['u', 'user', 'Receiver of mail.', 'Shown by bjobs; mail goes to the submitter.'],
  ['L', 'shell', 'Login shell.', "Shown by bjobs; the environment is the submitter's."],
  ['N', undefined, 'Mail the report.', 'The report stands in the output file.'],
  ['Ne', undefined, 'Mail the report of a failure.', 'The report stands in the output file.'],
  ['Nd', undefined, 'Mail the report of a success.', 'The report stands in the output file.'],
  ['B', undefined, 'Mail at the start.', 'No mail is sent at the start.'],
  ['notify', 'states', 'Notify at state changes.', 'No notices are sent.'],
  ['a', 'esub(arguments)', 'Submission filters.', 'There are no filters.'],
  ['is', 'file', 'Spooled standard input.', 'Read when the job starts, as -i.'],
  ['Zs', undefined, 'Spool the command file.', 'Scripts are always kept.'],
  ['We', '[hours:]minutes', 'Estimated run time.', 'Not used for scheduling.'],
  ['p', 'number', 'Process limit.', 'Not enforced.'],
  ['T', 'number', 'Thread limit.', 'Not enforced.'],
  ['ul', undefined, 'Pass the user limits.', 'They are always passed.'],
  ['hl', undefined, 'Enforce limits per host.', 'Limits hold for the job.'],
  ['ar', undefined, 'Resizable job.', 'Jobs keep their size.'],
  ['mig', 'minutes', 'Migration threshold.', 'Jobs do not migrate.'],
  ['ptl', '[hours:]minutes', 'Pending time limit.', 'Not enforced.'],
  ['eptl', '[hours:]minutes', 'Eligible pending time limit.', 'Not enforced.'],
  ['freq', 'frequency', 'CPU frequency.', 'Not set.'],
  ['smt', 'mode', 'SMT mode of the host.', 'Not set.'],
  ['alloc_flags', 'flags', 'CORAL allocation flags.', 'Not used.'],
  ['core_isolation', 'number', 'Cores kept for the system.', 'Not used.'],
  ['csm', 'y|n', 'Cluster System Manager.', 'There is none.'],
  ['jsm', 'y|n|d', 'Job Step Manager.', 'There is none.'],
  ['step_cgroup', 'y|n', 'A cgroup for each step.', 'Not used.'],
  ['cn_cu', 'name', 'CORAL compute unit.', 'Not used.'],
  ['cn_mem', 'memory', 'Memory of CORAL compute nodes.', 'Not used.'],
  ['ln_mem', 'memory', 'Memory of CORAL launch nodes.', 'Not used.'],
  ['ln_slots', 'number', 'Slots of CORAL launch nodes.', 'Not used.'],
  ['jobaff', 'policy', 'Affinity by attributes.', 'Not used.'],
  ['Lp', 'project', 'License project.', 'There is no license scheduler.'],
  ['rnc', 'file', 'Notification of a resize.', 'Jobs keep their size.'],
  ['network', 'requirement', 'Network for POE jobs.', 'Not used.'],
  ['datachk', undefined, 'Check the data files.', 'Nothing is staged.'],
  ['tty', undefined, 'Bind to a terminal.', 'Batch jobs have none.'],
  ['s', 'signal', 'Signal at the windows of the queue.', 'Queues have no windows.'],
];

const REFUSED: readonly Entry[] = [
  ['I', undefined, 'Interactive job.', 'interactive jobs are not supported yet'],
  ['Ip', undefined, 'Interactive job with a terminal.', 'interactive jobs are not supported yet'],
  ['Is', undefined, 'Interactive shell.', 'interactive jobs are not supported yet'],
  ['IS', undefined, 'Interactive job over ssh.', 'interactive jobs are not supported yet'],
  ['ISp', undefined, 'Interactive terminal over ssh.', 'interactive jobs are not supported yet'],
  ['ISs', undefined, 'Interactive shell over ssh.', 'interactive jobs are not supported yet'],
  ['IX', undefined, 'Interactive X-window job.', 'interactive jobs are not supported yet'],
  ['XF', undefined, 'X11 forwarding.', 'interactive jobs are not supported yet'],
  ['E', 'command', 'Command before the job.', 'pre-execution is not supported yet'],
  ['Ep', 'command', 'Command behind the job.', 'post-execution is not supported yet'],
  ['Q', 'codes', 'Exit codes that requeue.', 'requeue by exit code is not supported yet'],
  ['t', 'time', 'Time at which the job is ended.', 'a termination time is not supported yet'],
  ['f', 'file operation', 'Copy files.', 'copying files is not supported'],
  ['k', 'directory', 'Checkpoint directory.', 'checkpointing is not supported'],
  ['outdir', 'directory', 'Output directory.', 'use -o with the directory'],
  ['gpu', 'requirement', 'GPUs.', 'GPUs are not scheduled yet'],
  ['U', 'reservation', 'Advance reservation.', 'there are no reservations'],
  ['sla', 'class', 'Service class.', 'Service class does not exist'],
  ['hostfile', 'file', 'Hosts from a file.', 'use -m'],
  ['pack', 'file', 'Many submissions in a file.', 'job packs are not supported yet'],
  ['json', 'file', 'Description in JSON.', 'submission files are not supported yet'],
  ['yaml', 'file', 'Description in YAML.', 'submission files are not supported yet'],
  ['jsdl', 'file', 'Description in JSDL.', 'submission files are not supported yet'],
  ['jsdl_strict', 'file', 'Description in strict JSDL.', 'submission files are not supported yet'],
  ['data', 'files', 'Files of the data manager.', 'there is no data manager'],
  ['datagrp', 'group', 'Group of the data manager.', 'there is no data manager'],
  ['stage', 'requirement', 'Direct data staging.', 'staging is not supported'],
  ['clusters', 'clusters', 'Clusters of a MultiCluster.', 'there is one cluster'],
];

/** Rows without an effect. */
export const BSUB_OTHERS: readonly Row[] = [
  ...ACCEPTED.map((entry) => row(entry, { kind: 'accepted', note: entry[3] })),
  ...REFUSED.map((entry) => row(entry, { kind: 'refused', note: entry[3] })),
];

function row([long, value, help]: Entry, support: Support): Row {
  const shown = SHOWN[long];
  return {
    long,
    section: support.kind === 'accepted' ? 'Without effect' : 'Refused',
    help,
    support,
    commands: ['bsub'],
    directive: long !== 'Zs',
    ...(value === undefined ? {} : { value }),
    ...(shown === undefined ? {} : { set: (draft, text) => keep(draft, shown, text) }),
  };
}

function keep(draft: BsubDraft, name: string, text: string): string | undefined {
  if (name === 'input') {
    draft.stdin = text;
    return undefined;
  }
  if (name === 'group' && !text.startsWith('/')) return 'Bad job group name';
  draft.shown[name] = text;
  return undefined;
}
