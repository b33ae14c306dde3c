// The AWS_BATCH_* variables that jobs of every dialect have, and the streams of Batch's own jobs.

import { indexCount } from '../../model/index-set.ts';
import type { JobRequest } from '../../model/job-request.ts';
import type { EnvironmentRow, Template } from '../../model/launch-template.ts';
import type { Owner } from '../../model/user.ts';
import type { Site } from '../../model/site.ts';
import type { Launching } from '../kit/launching.ts';
import { batchJobIdPrefix, NUMBER_DIGITS } from './job-id.ts';

export const launching: Launching = {
  variables(request: JobRequest, _owner: Owner, site: Site): readonly EnvironmentRow[] {
    const parent: Template = [batchJobIdPrefix(site), { hole: 'base', width: NUMBER_DIGITS }];
    const rows: EnvironmentRow[] = [
      [
        'AWS_BATCH_JOB_ID',
        request.array === undefined ? parent : [...parent, ':', { hole: 'index' }],
      ],
      ['AWS_BATCH_JQ_NAME', [request.queue]],
      ['AWS_BATCH_CE_NAME', [{ hole: 'environment' }]],
      ['AWS_BATCH_JOB_ATTEMPT', [{ hole: 'attempt' }]],
    ];
    if (request.array !== undefined) {
      rows.push(['AWS_BATCH_JOB_ARRAY_INDEX', [{ hole: 'index' }]]);
      rows.push(['AWS_BATCH_JOB_ARRAY_SIZE', [String(indexCount(request.array.indices))]]);
    }
    return rows;
  },
  /** stdout absent: the attempt's log on the node, which `logStreamName` names. */
  streams: () => ({ stdin: ['/dev/null'] }),
  scriptName: 'command',
};
