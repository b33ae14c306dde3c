// The leaves that everything stands on, together because each is small: heap, chance, clock, bytes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assert, AssertionFailure } from '../../../src/base/assert.ts';
import { bytesOf, textOf } from '../../../src/base/byte-text.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { GatewayError } from '../../../src/base/gateway-error.ts';
import { Heap } from '../../../src/base/heap.ts';
import { seededRandom, systemRandom } from '../../../src/base/random.ts';

describe('a heap', () => {
  test('gives its items in order, whatever is pushed and popped in between', () => {
    const step = fc.oneof(fc.integer(), fc.constant('pop' as const));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const heap = new Heap<number>((a, b) => a < b);
        const model: number[] = [];
        for (const one of steps) {
          if (one === 'pop') {
            model.sort((a, b) => a - b);
            expect(heap.pop()).toBe(model.shift());
          } else {
            heap.push(one);
            model.push(one);
          }
          expect(heap.size).toBe(model.length);
          expect(heap.peek()).toBe(model.length === 0 ? undefined : Math.min(...model));
        }
      }),
    );
  });
});

describe('chance', () => {
  test('the same seed gives the same numbers for ever', () => {
    const random = seededRandom(42);
    const numbers = Array.from({ length: 6 }, () => random.below(1000));
    expect(numbers).toEqual([601, 448, 852, 669, 174, 526]);
  });

  test.each([
    ['seeded', seededRandom(7)],
    ["the system's", systemRandom()],
  ])('%s numbers are whole, below the bound, and all of them occur', (_, random) => {
    const seen = new Set(Array.from({ length: 500 }, () => random.below(6)));
    expect([...seen].toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('the clock', () => {
  test('calls once after the time, and not at all when cancelled', async () => {
    const clock = systemClock();
    const called: string[] = [];
    clock.after(1, () => called.push('cancelled'))();
    const began = clock.monotonicMs();
    await new Promise<void>((resolve) => {
      const keepAlive = setInterval(() => {}, 1000);
      clock.after(10, () => {
        called.push('on time');
        clearInterval(keepAlive);
        resolve();
      });
    });
    expect(called).toEqual(['on time']);
    expect(clock.monotonicMs() - began).toBeGreaterThan(8);
  });

  test('a time beyond what a timer can hold does not fire at once', async () => {
    const clock = systemClock();
    let fired = false;
    const cancel = clock.after(2 ** 40, () => {
      fired = true;
    });
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(fired).toBe(false);
    cancel();
  });
});

describe('text of bytes', () => {
  test('every text comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(textOf(bytesOf(text))).toBe(text);
      }),
    );
  });

  test('is one character a byte', () => {
    expect(bytesOf('é€')).toBe('\u00c3\u00a9\u00e2\u0082\u00ac');
    expect(textOf('\u00ff')).toBe('\ufffd');
  });
});

describe('trouble', () => {
  test('a broken invariant says its words, a failure outside its code', () => {
    expect(() => assert(false, 'books balance')).toThrow(new AssertionFailure('books balance'));
    expect(() => assert(1, 'never')).not.toThrow();
    const cause = new Error('ENOSPC');
    const failure = new GatewayError('diskFull', 'no room', { retryable: true, cause });
    expect(failure).toMatchObject({ code: 'diskFull', retryable: true, cause });
    expect(new GatewayError('x', 'y').retryable).toBe(false);
  });
});
