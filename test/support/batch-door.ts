// A real HTTP door over a fake gateway, with keys for alice and bob, and the real client against
// it.

import { BatchClient } from '@aws-sdk/client-batch';
import { systemClock } from '../../src/base/clock.ts';
import { instant } from '../../src/base/brand.ts';
import { silentLogger } from '../../src/base/log.ts';
import { HttpDoor } from '../../src/frontends/http/door.ts';
import { HTTP_DOOR_DEFAULTS, type HttpDoorSettings } from '../../src/frontends/http/settings.ts';
import type { AccessKey } from '../../src/model/access-key.ts';
import { FakeGateway, identityOf } from './fake-gateway.ts';

const ALICE = identityOf('alice', 1001);
const BOB = identityOf('bob', 1002);

/** A door that listens, and what it stands on. */
export interface RunningDoor {
  readonly gateway: FakeGateway;
  readonly door: HttpDoor;
  readonly keys: Map<string, AccessKey>;
  readonly url: string;
  client(accessKeyId: string, secretAccessKey?: string): BatchClient;
  stop(): Promise<void>;
}

/** The key of a user: id and secret follow from the name. */
export function keyOf(user: 'alice' | 'bob'): AccessKey {
  const { uid, gid, group } = user === 'alice' ? ALICE : BOB;
  return {
    accessKeyId: `SPWY${user.toUpperCase()}`,
    secretAccessKey: `secret-of-${user}`,
    owner: { uid, gid, user, group },
    createdAt: instant(0),
  };
}

export async function startBatchDoor(
  changed: Partial<HttpDoorSettings> = {},
): Promise<RunningDoor> {
  // The client tells every Node 20 that it is old.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const gateway = new FakeGateway();
  const keys = new Map([keyOf('alice'), keyOf('bob')].map((key) => [key.accessKeyId, key]));
  const door = new HttpDoor(
    { ...HTTP_DOOR_DEFAULTS, ...changed },
    {
      gateway,
      keyOf: (id) => keys.get(id),
      identify: ({ user, uid }) => Promise.resolve(identityOf(user, uid)),
      readOutput: () => Promise.resolve(undefined),
      metrics: () => Promise.resolve({ text: 'up 1\n', contentType: 'text/plain; version=0.0.4' }),
      clock: systemClock(),
      log: silentLogger,
    },
  );
  await door.start();
  const url = `http://127.0.0.1:${door.port}`;
  const clients: BatchClient[] = [];
  return {
    gateway,
    door,
    keys,
    url,
    client(accessKeyId, secretAccessKey = keys.get(accessKeyId)?.secretAccessKey ?? 'none') {
      const credentials = { accessKeyId, secretAccessKey };
      const client = new BatchClient({
        endpoint: url,
        region: 'eu-central-1',
        credentials,
        maxAttempts: 1,
      });
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.destroy();
      await door.stop();
    },
  };
}
