// Joins the columns of ended elements. Never looks at what the numbers mean, except that `node`
// points into the `nodes` beside it and has to be pointed anew when two lists become one.

import type { EndedElements } from '../model/array-record.ts';

/** The columns that hold one number an element; `node` is apart, as it is a position. */
export const PLAIN_COLUMNS = [
  'index',
  'job',
  'startedAt',
  'endedAt',
  'exitCode',
  'signal',
  'outcome',
  'userCpuMs',
  'systemCpuMs',
  'maxMemoryKib',
] as const;

/** Appends the elements `from` … `to - 1` of `more` to `ended`. */
export function appendEnded(
  ended: EndedElements,
  more: EndedElements,
  from = 0,
  to = more.index.length,
): void {
  for (const name of PLAIN_COLUMNS) {
    const target = ended[name];
    const source = more[name];
    for (let i = from; i < to; i++) target.push(source[i] as number);
  }
  const positions = more.nodes.map(() => -1);
  for (let i = from; i < to; i++) {
    const old = more.node[i] as number;
    let position = positions[old] ?? -1;
    if (position < 0) {
      position = positionOf(more.nodes[old] as string, ended.nodes);
      positions[old] = position;
    }
    ended.node.push(position);
  }
}

function positionOf(name: string, names: string[]): number {
  const found = names.indexOf(name);
  return found >= 0 ? found : names.push(name) - 1;
}
