// Amazon resource names. There is one account here, and the region is whatever the client signed
// for.

const ACCOUNT = '000000000000';

type Kind = 'compute-environment' | 'job-queue' | 'job-definition' | 'job';

/** The ARN of something in the region of the call. */
export function arn(kind: Kind, name: string, region: string): string {
  return `arn:${partitionOf(region)}:batch:${region}:${ACCOUNT}:${kind}/${name}`;
}

/** The name in an ARN of this kind, or the text itself where it is none. */
export function nameIn(kind: Kind, text: string): string {
  if (!text.startsWith('arn:')) return text;
  const resource = text.split(':').slice(5).join(':');
  return resource.startsWith(`${kind}/`) ? resource.slice(kind.length + 1) : text;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
