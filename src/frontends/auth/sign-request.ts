// Signs a request of ours to an AWS-like door (AWS Signature Version 4), as an SDK would.

import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from './sha256.ts';

/** A POST of JSON that is to be signed. */
export interface UnsignedRequest {
  readonly url: URL;
  readonly body: string;
  readonly region: string;
  /** Further headers, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers to send it with. */
export async function signedHeaders(
  { url, body, region, headers }: UnsignedRequest,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ credentials, region, service: 'batch', sha256: Sha256 });
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, 'content-type': 'application/json', ...headers },
    body,
  });
  return signed.headers;
}
