// LSF's job report of a job that ended, with the script and time zone that it was submitted with.

import { zone } from '../dialects/kit/time-zone.ts';
import { renderReport } from '../dialects/lsf/report.ts';
import type { Engine } from '../engine/gateway-engine.ts';
import type { JobId } from '../model/ids.ts';
import { SYSTEM } from './identity.ts';

/** The text as bytes; empty when the job is not known any more. */
export async function jobReport(job: JobId, engine: Engine): Promise<Uint8Array> {
  const content = await engine.query({ kind: 'content', job }, SYSTEM);
  const view = engine.viewOf(job);
  if (view === undefined || content.kind !== 'content') return new Uint8Array();
  const { script, environment } = content.content;
  const text = script.length > 0 ? latin1(script) : view.request.command;
  const report = renderReport(view, text, engine.site, zone(timeZoneOf(environment)));
  return Buffer.from(report, 'latin1');
}

/** The TZ of an environment; the first one counts. */
function timeZoneOf(environment: Uint8Array): string | undefined {
  const entry = latin1(environment)
    .split('\0')
    .find((one) => one.startsWith('TZ='));
  return entry?.slice('TZ='.length);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
