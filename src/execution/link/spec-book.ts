// Which specifications an agent process has, under which handles. Bounded on both ends: what was
// not used for long is dropped there, and described again when it is needed again. The bytes stay
// here only until they are sent.

import type { Launch } from '../../model/effect.ts';
import type { SpecKey } from '../../model/ids.ts';
import type { Spec } from '../protocol/messages.ts';
import { SPEC_BYTES_KEPT, SPECS_KEPT } from './settings.ts';
import { type LaunchDescription, specBytes, specMessage } from './spec-message.ts';

/** One specification of one owner. */
export interface SpecEntry {
  readonly key: SpecKey;
  readonly uid: number;
  /** What the agent calls it; 0: it does not have it. */
  handle: number;
  bytes: number;
  /** Number of the last message that used it. */
  usedIn: number;
  /** To be sent, or why it cannot be. */
  message: Omit<Spec, 'handle'> | Error | undefined;
  describing: Promise<void> | undefined;
}

export class SpecBook {
  readonly #describe: (launch: Launch) => Promise<LaunchDescription>;
  readonly #entries = new Map<SpecKey, SpecEntry[]>();
  /** What the agent has, in order of use. */
  readonly #kept = new Set<SpecEntry>();
  #keptBytes = 0;
  #lastHandle = 0;

  constructor(describe: (launch: Launch) => Promise<LaunchDescription>) {
    this.#describe = describe;
  }

  /** The entry of a launch; begins to describe it if the agent does not have it. */
  entryOf(launch: Launch): SpecEntry {
    const same = this.#entries.get(launch.spec);
    let entry = same?.find((one) => one.uid === launch.owner.uid);
    if (entry === undefined) {
      entry = {
        key: launch.spec,
        uid: launch.owner.uid,
        handle: 0,
        bytes: 0,
        usedIn: 0,
        message: undefined,
        describing: undefined,
      };
      if (same === undefined) this.#entries.set(launch.spec, [entry]);
      else same.push(entry);
    }
    void this.prepare(entry, launch);
    return entry;
  }

  /**
   * Sees to it that the entry can be sent; undefined when it can be already, or the agent has it.
   */
  prepare(entry: SpecEntry, like: Launch): Promise<void> | undefined {
    if (entry.handle !== 0 || entry.message !== undefined) return undefined;
    entry.describing ??= this.#describe(like)
      .then(
        (description) => {
          entry.message = specMessage(description);
        },
        (cause: unknown) => {
          entry.message = new Error('the launch cannot be described', { cause });
        },
      )
      .finally(() => {
        entry.describing = undefined;
      });
    return entry.describing;
  }

  /** Notes that message `number` uses the entry; returns the message that the agent needs first. */
  use(entry: SpecEntry, number: number): Spec | undefined {
    entry.usedIn = number;
    this.#kept.delete(entry);
    this.#kept.add(entry);
    if (entry.handle !== 0 || entry.message === undefined || entry.message instanceof Error) {
      return undefined;
    }
    entry.handle = ++this.#lastHandle;
    entry.bytes = specBytes(entry.message);
    this.#keptBytes += entry.bytes;
    const spec = { ...entry.message, handle: entry.handle };
    entry.message = undefined;
    return spec;
  }

  /** Drops what is too much and not used by message `number`; returns the handles. */
  dropSurplus(number: number): readonly number[] {
    const dropped: number[] = [];
    for (const entry of this.#kept) {
      if (this.#kept.size <= SPECS_KEPT && this.#keptBytes <= SPEC_BYTES_KEPT) break;
      if (entry.usedIn === number) break;
      dropped.push(entry.handle);
      this.#drop(entry);
    }
    return dropped;
  }

  /** Forgets an entry that could not be described. */
  discard(entry: SpecEntry): void {
    this.#forgetEntry(entry);
  }

  /** Another agent process: it has nothing. */
  reset(): void {
    for (const entry of this.#kept) this.#drop(entry);
  }

  #drop(entry: SpecEntry): void {
    this.#keptBytes -= entry.bytes;
    this.#kept.delete(entry);
    entry.handle = 0;
    this.#forgetEntry(entry);
  }

  #forgetEntry(entry: SpecEntry): void {
    const left = (this.#entries.get(entry.key) ?? []).filter((one) => one !== entry);
    if (left.length === 0) this.#entries.delete(entry.key);
    else this.#entries.set(entry.key, left);
  }
}
