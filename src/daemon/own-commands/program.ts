// Our own command line's daemon side: one program at the shims' door, under the rights of whoever
// the socket says is there. Its one argument is an OwnRequest; what it prints is final, so that the
// client needs to know nothing but words of its own.

import { instant } from '../../base/brand.ts';
import { bytesOf, textOf } from '../../base/byte-text.ts';
import { command, type Dialog, type Invocation, query, write } from '../../dialects/kit/dialog.ts';
import { type Zone, zone } from '../../dialects/kit/time-zone.ts';
import { newAccessKey } from '../../frontends/auth/new-access-key.ts';
import { jobId } from '../../model/ids.ts';
import type { Query } from '../../model/query.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { Owner } from '../../model/user.ts';
import type { View } from '../../model/view.ts';
import { type Examined, examinationText, version } from './examination-text.ts';
import { explanationText } from './explanation-text.ts';
import {
  jobListing,
  jobRow,
  keyListing,
  type Listing,
  nodeListing,
  queueListing,
} from './listings.ts';
import { type OwnRequest, readRequest } from './request.ts';

/** The program `spillway`. Exit status 0, or 1 with a sentence on stderr. */
export function* ownProgram(call: Invocation): Dialog {
  const request = readRequest(textOf(call.arguments[0] ?? ''));
  // A newer client, or somebody who speaks to the socket by hand.
  if (request === undefined) {
    return yield* fail(`this daemon (${version}) does not know the request; update it`);
  }
  switch (request.verb) {
    case 'queues':
    case 'nodes':
    case 'listKeys':
    case 'jobs':
      return yield* list(request, zone(call.timeZone));
    case 'createKey':
      return yield* createKey(request, call);
    case 'deleteKey':
      return yield* deleteKey(request.accessKeyId);
    case 'explain':
      return yield* explain(request.job, request.json, zone(call.timeZone));
    case 'backup':
      return yield* backup(request.to);
    case 'examine':
      return yield* examine(request.json, call);
    default:
      return request satisfies never;
  }
}

type ListRequest = OwnRequest & { readonly verb: 'queues' | 'nodes' | 'listKeys' | 'jobs' };

function* list(request: ListRequest, at: Zone): Dialog {
  const view = yield* query(listQuery(request));
  const listing = listingOf(view, at);
  if (listing === undefined) return yield* unexpected(view);
  yield* write('stdout', request.json ? json(listing.rows) : listing.table);
  return 0;
}

function listQuery(request: ListRequest): Query {
  if (request.verb === 'listKeys') return { kind: 'keys' };
  if (request.verb !== 'jobs') return { kind: request.verb };
  const all = { kind: 'jobs', selection: {} } as const;
  return request.all ? { ...all, finishedSince: instant(0) } : all;
}

function listingOf(view: View, at: Zone): Listing | undefined {
  if (view.kind === 'queues') return queueListing(view.queues);
  if (view.kind === 'nodes') return nodeListing(view.nodes);
  if (view.kind === 'keys') return keyListing(view.keys, at);
  return view.kind === 'jobs' ? jobListing(view.jobs, at) : undefined;
}

function* createKey(
  request: { readonly json: boolean; readonly owner?: Owner },
  { identity, now }: Invocation,
): Dialog {
  const { uid, gid, user, group } = request.owner ?? identity;
  const key = newAccessKey({ uid, gid, user, group }, now);
  const result = yield* command({ kind: 'createKey', key });
  if (result.kind === 'refused') return yield* fail(refusalWords(result.refusal));
  const { accessKeyId, secretAccessKey } = key;
  const text = request.json
    ? json({ accessKeyId, secretAccessKey })
    : `access key: ${accessKeyId}\nsecret key: ${secretAccessKey}\n` +
      `It signs as ${user}. The secret is not shown again.\n`;
  yield* write('stdout', text);
  return 0;
}

function* deleteKey(accessKeyId: string): Dialog {
  const result = yield* command({ kind: 'deleteKey', accessKeyId });
  return result.kind === 'refused' ? yield* fail(refusalWords(result.refusal)) : 0;
}

function* explain(job: number, asJson: boolean, at: Zone): Dialog {
  const view = yield* query({ kind: 'explain', job: jobId(job) });
  if (view.kind === 'explanation') {
    const { job: explained, ...rest } = view.explanation;
    const text = asJson
      ? json({ job: jobRow(explained), ...rest })
      : explanationText(view.explanation, at);
    yield* write('stdout', text);
    return 0;
  }
  // It may have left memory: what is left of it is how it ended.
  const selection = { refs: [{ job: jobId(job) }] };
  const past = yield* query({ kind: 'jobs', selection, finishedSince: instant(0) });
  const [ended] = past.kind === 'jobs' ? past.jobs : [];
  if (ended === undefined) return yield* unexpected(view);
  const explained = { job: ended, conditions: [], nodes: [] };
  yield* write(
    'stdout',
    asJson ? json({ ...explained, job: jobRow(ended) }) : explanationText(explained, at),
  );
  return 0;
}

function* backup(to: string): Dialog {
  const view = yield* query({ kind: 'backup', to });
  if (view.kind !== 'backedUp') return yield* unexpected(view);
  if (view.problem !== undefined) return yield* fail(`no backup: ${view.problem}`);
  yield* write('stdout', bytesOf(`The backup is in ${to}, and is whole.\n`));
  return 0;
}

function* examine(asJson: boolean, { site }: Invocation): Dialog {
  const view = yield* query({ kind: 'examine' });
  if (view.kind !== 'examined') return yield* unexpected(view);
  const { problems, rows } = view.examination;
  const { stateDirectory } = site;
  const found: Examined = { stateDirectory, rows, problems };
  yield* write(
    'stdout',
    asJson ? json({ version, node: process.version, ...found }) : bytesOf(examinationText(found)),
  );
  return problems.length === 0 ? 0 : 1;
}

function* unexpected(view: View): Dialog {
  return yield* fail(
    view.kind === 'refused' ? refusalWords(view.refusal) : 'the daemon cannot tell',
  );
}

function* fail(words: string): Dialog {
  yield* write('stderr', bytesOf(`spillway: ${words}\n`));
  return 1;
}

function refusalWords(refusal: Refusal): string {
  switch (refusal.code) {
    case 'notPermitted':
      return 'only root, the user of the daemon and `administrators` of its settings may do that';
    case 'noSuchKey':
      return `no key ${refusal.accessKeyId} of yours; \`spillway keys list\` shows them`;
    case 'noSuchJob':
      return `no job ${refusal.ref.job}; \`spillway jobs --all\` shows them`;
    case 'busy':
    case 'diskFull':
      return 'the daemon cannot take that now; try again later';
    default:
      return `refused: ${refusal.code}`;
  }
}

/** JSON for programs, as bytes. */
function json(value: object): string {
  return bytesOf(`${JSON.stringify(value, null, 2)}\n`);
}
