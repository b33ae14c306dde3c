// The orders that one node is owed: waiting in batches, or sent and not confirmed. Messages keep
// their number when they are sent again, so that the agent applies each once. Orders leave in the
// order in which they came; a specification that is still being fetched holds up what is behind
// it.

import type { Launch } from '../../model/effect.ts';
import type { Codec } from '../protocol/agents-service.ts';
import type { Spec, ToAgent } from '../protocol/messages.ts';
import { groupMessage, type OpenGroup, OrderBatch } from './order-batch.ts';
import { ORDER_WINDOW } from './settings.ts';
import { SpecBook } from './spec-book.ts';
import type { LaunchDescription } from './spec-message.ts';

/** What an outbox is given. */
export interface OrderOutboxParts {
  readonly codec: Codec<ToAgent>;
  readonly describeLaunch: (launch: Launch) => Promise<LaunchDescription>;
  /** Sends on the present session, if there is one. */
  readonly send: (message: Buffer) => void;
  /** These launches cannot be sent, ever. */
  readonly failed: (group: OpenGroup, why: Error) => void;
}

interface Sent {
  readonly number: number;
  readonly bytes: Buffer;
  readonly batch: OrderBatch;
}

export class OrderOutbox {
  readonly #parts: OrderOutboxParts;
  readonly #specs: SpecBook;
  #waiting: OrderBatch[] = [];
  #unconfirmed: Sent[] = [];
  #lastNumber = 0;
  #open = false;
  #pumpPlanned = false;
  #describing = false;

  constructor(parts: OrderOutboxParts) {
    this.#parts = parts;
    this.#specs = new SpecBook(parts.describeLaunch);
  }

  /** The batch to add to; it leaves at the end of this turn of the event loop, if it may. */
  batch(): OrderBatch {
    if (!this.#pumpPlanned) {
      this.#pumpPlanned = true;
      setImmediate(() => {
        this.#pumpPlanned = false;
        this.#pump();
      });
    }
    const last = this.#waiting.at(-1);
    if (last !== undefined && !last.isFull) return last;
    const batch = new OrderBatch(this.#specs);
    this.#waiting.push(batch);
    return batch;
  }

  /** Goes on with the agent process that had every order up to `handled`. */
  resume(handled: number): void {
    this.confirm(handled);
    this.#open = true;
    for (const { bytes } of this.#unconfirmed) this.#parts.send(bytes);
    this.#pump();
  }

  /**
   * Begins with another agent process: it has no order that is not confirmed, and no
   * specification.
   */
  restart(): void {
    this.#waiting = [...this.#unconfirmed.map((sent) => sent.batch), ...this.#waiting];
    this.#unconfirmed = [];
    this.#specs.reset();
    this.#open = true;
    this.#pump();
  }

  /** The session is over; orders wait. */
  close(): void {
    this.#open = false;
  }

  /** The agent took over every message up to `number`. */
  confirm(number: number): void {
    let count = 0;
    while ((this.#unconfirmed[count]?.number ?? Number.POSITIVE_INFINITY) <= number) count++;
    if (count === 0) return;
    this.#unconfirmed = this.#unconfirmed.slice(count);
    if (this.#open) this.#pump();
  }

  #pump(): void {
    while (this.#open && !this.#describing && this.#unconfirmed.length < ORDER_WINDOW) {
      const batch = this.#waiting[0];
      if (batch === undefined) return;
      const missing = this.#missing(batch);
      if (missing.length > 0) {
        this.#describing = true;
        void Promise.all(missing).then(() => {
          this.#describing = false;
          this.#pump();
        });
        return;
      }
      this.#waiting.shift();
      this.#failUndescribed(batch);
      if (!batch.isEmpty) this.#send(batch);
    }
  }

  #missing(batch: OrderBatch): Promise<void>[] {
    return batch.groups.flatMap(({ spec, like }) => this.#specs.prepare(spec, like) ?? []);
  }

  #failUndescribed(batch: OrderBatch): void {
    for (const group of [...batch.groups]) {
      const message = group.spec.message;
      if (!(message instanceof Error)) continue;
      batch.remove(group);
      this.#specs.discard(group.spec);
      this.#parts.failed(group, message);
    }
  }

  #send(batch: OrderBatch): void {
    const number = ++this.#lastNumber;
    const specs: Spec[] = [];
    for (const group of batch.groups) {
      const spec = this.#specs.use(group.spec, number);
      if (spec !== undefined) specs.push(spec);
    }
    const { steering, forget } = batch;
    const launches = batch.groups.map(groupMessage);
    const droppedSpecs = this.#specs.dropSurplus(number);
    const orders = { number, droppedSpecs, specs, launches, steering, forget };
    const bytes = this.#parts.codec.encode({ orders });
    this.#unconfirmed.push({ number, bytes, batch });
    this.#parts.send(bytes);
  }
}
