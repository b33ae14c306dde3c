// DescribeJobs and ListTagsForResource: jobs by their ids, in the order asked, unknown ones left
// out.

import { instant } from '../../base/brand.ts';
import type { JobView } from '../../model/view.ts';
import { query } from '../kit/dialog.ts';
import { nameIn } from './arn.ts';
import { type BatchCall, clientError, type Exchange, isOwn, ok } from './call.ts';
import { activeDefinition, propertiesOf } from './definitions.ts';
import { echoIn } from './echo.ts';
import { type Variable, variablesIn } from './environment.ts';
import { jobDetail } from './job-detail.ts';
import { batchIdOf, type JobReference, jobReference, refOf, viewAmong } from './job-reference.ts';

const BEGINNING = instant(0);

/** Up to 100 jobs with everything that is known of them. */
export function* describeJobs(
  { jobs }: { readonly jobs: readonly string[] },
  call: BatchCall,
): Exchange {
  const references = jobs
    .map((id) => jobReference(id, call.site))
    .filter((found) => found !== undefined);
  const views = yield* viewsOf(references, call);
  const details: object[] = [];
  for (const reference of references) {
    const view = viewAmong(views, reference);
    if (view === undefined) continue;
    const siblings = views.filter((each) => each.base === view.base);
    details.push(
      jobDetail({ view, siblings, environment: yield* environmentOf(view, call) }, call),
    );
  }
  return ok({ jobs: details });
}

function* viewsOf(
  references: readonly JobReference[],
  { site }: BatchCall,
): Exchange<readonly JobView[]> {
  if (references.length === 0) return [];
  const view = yield* query({
    kind: 'jobs',
    selection: { refs: references.map(refOf) },
    finishedSince: BEGINNING,
  });
  if (view.kind !== 'jobs') return [];
  // A child that was asked for beside its array comes twice.
  return [...new Map(view.jobs.map((each) => [batchIdOf(each, site), each])).values()];
}

function* environmentOf(view: JobView, call: BatchCall): Exchange<readonly Variable[]> {
  const { ownVariables } = echoIn(view.request);
  if (ownVariables === undefined || !isOwn(view.owner.uid, call)) return [];
  const answer = yield* query({ kind: 'content', job: view.base });
  return answer.kind === 'content' ? variablesIn(answer.content.environment, ownVariables) : [];
}

/** Tags of a job or a definition; queues and environments have none. */
export function* listTagsForResource(
  { resourceArn }: { readonly resourceArn: string },
  call: BatchCall,
): Exchange {
  const reference = jobReference(resourceArn, call.site);
  if (reference !== undefined) {
    const view = viewAmong(yield* viewsOf([reference], call), reference);
    if (view !== undefined) return ok({ tags: echoIn(view.request).tags });
  } else if (nameIn('job-definition', resourceArn) !== resourceArn) {
    const definition = yield* activeDefinition(resourceArn);
    if (!('kind' in definition)) return ok({ tags: propertiesOf(definition).tags ?? {} });
  } else if (/:(job-queue|compute-environment)\//.test(resourceArn)) {
    // These come from the configuration, which knows no tags.
    return ok({ tags: {} });
  }
  return clientError(`Resource ${resourceArn.slice(0, 256)} not found`);
}
