// The port for instances where none can be bought.

import type { Capacity } from '../engine/ports.ts';

/** Buys nothing and reports nothing: no environment asks it for anything. */
export const noCapacity: Capacity = { perform() {}, deliverTo() {} };
