// Who makes a call: the peer of a unix socket, or the key that signed it.

import type { Socket } from 'node:net';
import { type Metadata, status } from '@grpc/grpc-js';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { AccessKey } from '../../model/access-key.ts';
import type { Identity, Owner } from '../../model/user.ts';
import { type PeerCredentials, peerCredentials } from '../auth/peer-credentials.ts';
import { verifyCall } from '../auth/signed-call.ts';
import type { CallError } from './refusals.ts';

/** What is needed to know somebody. */
export interface CallersParts {
  readonly keyOf: (accessKeyId: string) => AccessKey | undefined;
  /** Groups and home of a key's owner; undefined: this user may not come in. */
  readonly identify: (owner: Owner) => Promise<Identity | undefined>;
  /** The same for the peer of a unix socket. */
  readonly identifyPeer: (peer: PeerCredentials) => Promise<Identity | undefined>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The part of every kind of call that is looked at. */
export interface AnyCall {
  readonly metadata: Metadata;
  getPeer(): string;
  getPath(): string;
}

/**
 * A unix connection is called so to grpc-js, with a number: no address of the network looks like
 * it.
 */
const PEER_PREFIX = 'unix-peer-';

export class Callers {
  readonly #parts: CallersParts;
  readonly #peers = new Map<string, Identity>();
  #lastPeer = 0;

  constructor(parts: CallersParts) {
    this.#parts = parts;
  }

  /** Learns who is at the other end of a unix socket; false: nobody who may come in. */
  async admit(socket: Socket): Promise<boolean> {
    try {
      const identity = await this.#parts.identifyPeer(peerCredentials(socket));
      if (identity === undefined || socket.destroyed) return false;
      const name = `${PEER_PREFIX}${(this.#lastPeer += 1)}`;
      // Node has no address for a unix peer; grpc-js hands on whatever stands here.
      Object.defineProperty(socket, 'remoteAddress', { value: name });
      this.#peers.set(name, identity);
      socket.once('close', () => this.#peers.delete(name));
      return true;
    } catch (cause) {
      this.#parts.log.warn('refused a connection of an unknown user', { cause });
      return false;
    }
  }

  /** The caller, or UNAUTHENTICATED. */
  async identityOf(call: AnyCall): Promise<Identity | CallError> {
    const peer = call.getPeer();
    if (peer.startsWith(PEER_PREFIX)) {
      return this.#peers.get(peer) ?? unauthenticated('the connection is closed');
    }
    const { keyOf, identify, clock } = this.#parts;
    const signature = {
      accessKeyId: entry(call.metadata, 'x-spillway-key'),
      date: entry(call.metadata, 'x-spillway-date'),
      signature: entry(call.metadata, 'x-spillway-signature'),
    };
    const key = verifyCall(signature, call.getPath(), keyOf, clock.now());
    if (typeof key === 'string') return unauthenticated(key);
    return (await identify(key.owner)) ?? unauthenticated("the key's user is not known here");
  }
}

function entry(metadata: Metadata, name: string): string | undefined {
  const values = metadata.get(name);
  return values.length === 1 && typeof values[0] === 'string' ? values[0] : undefined;
}

function unauthenticated(details: string): CallError {
  return { code: status.UNAUTHENTICATED, details };
}
