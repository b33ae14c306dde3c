// The load generator of the no-op benchmark, a process of its own: submits jobs over one batch stream
// with a window of messages under way. Says `ready`, waits for a line, then says in JSON when it began
// and when the last answer came, in milliseconds since the epoch.
// node submit-load.mjs ADDRESS JOBS JOBS_A_MESSAGE MESSAGES_UNDER_WAY [LAST_INDEX]

import { once } from 'node:events';
import { Client, credentials } from '@grpc/grpc-js';
import { loadJobsService } from '../../dist/frontends/grpc/jobs-service.js';

const [address, ...rest] = process.argv.slice(2);
const [total, perMessage, window, lastIndex] = rest.map(Number);
const { path, requestSerialize, responseDeserialize } = loadJobsService().submitBatch;
const client = new Client(address, credentials.createInsecure(), {
  'grpc.max_send_message_length': -1,
});
const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
const now = () => performance.timeOrigin + performance.now();

const spec = {
  name: 'no-op',
  arguments: [Buffer.from('/bin/true')],
  environment: [Buffer.from('PATH=/usr/bin:/bin')],
  workingDirectory: Buffer.from('/'),
  ...(lastIndex === undefined ? {} : { array: { first: 1, last: lastIndex, step: 1, limit: 0 } }),
};

await new Promise((resolve, reject) =>
  client.waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve())),
);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const began = now();
let sent = 0;
let answered = 0;
let refused = 0;

function send() {
  const count = Math.min(perMessage, total - sent);
  const specs = sent === 0 ? [{ handle: 1, spec }] : [];
  sent += count;
  stream.write({ specs, jobs: new Array(count).fill(1), requestId: '' });
}

stream.on('data', ({ jobs, refused: reasons }) => {
  answered += jobs.length;
  refused += reasons?.length ?? 0;
  if (sent < total) send();
  else if (answered === total) stream.end();
});
for (let i = 0; i < window && sent < total; i++) send();
await once(stream, 'end');
process.stdout.write(`${JSON.stringify({ began, answered: now(), refused })}\n`);
client.close();
process.exit(0);
