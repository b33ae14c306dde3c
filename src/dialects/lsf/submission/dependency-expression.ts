// `-w`: done(1) && (exit("name*", != 0) || numdone(7, >= 3)) as a tree. Names and ids are still
// text; dependency-names.ts finds their jobs.

import type { Comparison, DependencyWhen } from '../../../model/dependency.ts';
import { Scanner } from './scanner.ts';

/** What a condition speaks of. */
export interface Subject {
  /** A decimal id, or a name that may end in `*`. */
  readonly kind: 'id' | 'name';
  readonly text: string;
  readonly element?: number;
  /** `[*]`: the element of one's own index. */
  readonly sameIndex?: true;
}

/** `all`: as many as the array has elements. */
export interface Counted {
  readonly operator: Comparison;
  readonly value: number | 'all';
}

/** A condition, or several that are joined. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | {
      readonly kind: 'condition';
      readonly when: DependencyWhen;
      readonly subject: Subject;
      readonly compare?: Counted;
    };

/** LSF's complaint about any mistake. */
export const BAD_DEPENDENCY = 'Dependency condition syntax error';

const WHEN: Readonly<Record<string, DependencyWhen>> = {
  done: 'succeeded',
  exit: 'failed',
  ended: 'ended',
  started: 'started',
  // There is no post-execution yet: it is done when the job has ended.
  post_done: 'ended',
  numdone: 'countSucceeded',
  numended: 'countEnded',
  numexit: 'countFailed',
  numhold: 'countHeld',
  numpend: 'countPending',
  numrun: 'countRunning',
  numstart: 'countStarted',
};

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '==': '==',
  '=': '==',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

const DEEPEST = 200;

/** Reads a whole expression; undefined: malformed. */
export function readDependency(text: string): Expression | undefined {
  const scanner = new Scanner(text);
  const expression = either(scanner, 0);
  return scanner.isAtEnd ? expression : undefined;
}

function either(scanner: Scanner, depth: number): Expression | undefined {
  return joined(scanner, depth, { token: '||', kind: 'or', part: both });
}

function both(scanner: Scanner, depth: number): Expression | undefined {
  return joined(scanner, depth, { token: '&&', kind: 'and', part: single });
}

interface Joint {
  readonly token: string;
  readonly kind: 'and' | 'or';
  readonly part: (scanner: Scanner, depth: number) => Expression | undefined;
}

function joined(scanner: Scanner, depth: number, joint: Joint): Expression | undefined {
  const parts: Expression[] = [];
  do {
    const part = joint.part(scanner, depth);
    if (part === undefined) return undefined;
    parts.push(part);
  } while (scanner.take(joint.token));
  return parts.length === 1 ? parts[0] : { kind: joint.kind, of: parts };
}

function single(scanner: Scanner, depth: number): Expression | undefined {
  if (depth > DEEPEST) return undefined;
  if (scanner.take('!')) {
    const of = single(scanner, depth + 1);
    return of === undefined ? undefined : { kind: 'not', of };
  }
  if (scanner.take('(')) {
    const inner = either(scanner, depth + 1);
    return inner !== undefined && scanner.take(')') ? inner : undefined;
  }
  const called = scanner.match(/[a-z_]+\s*\(/y);
  if (called === undefined) return bare(scanner);
  const when = WHEN[called.slice(0, -1).trim()];
  return when === undefined ? undefined : condition(scanner, when);
}

/** A job alone means that it is done. */
function bare(scanner: Scanner): Expression | undefined {
  const subject = readSubject(scanner);
  return subject === undefined ? undefined : { kind: 'condition', when: 'succeeded', subject };
}

function condition(scanner: Scanner, when: DependencyWhen): Expression | undefined {
  const subject = readSubject(scanner);
  if (subject === undefined) return undefined;
  const takesNumber = when === 'failed' || when.startsWith('count');
  const compare = takesNumber && scanner.take(',') ? readCompare(scanner) : undefined;
  if (!scanner.take(')')) return undefined;
  if (when.startsWith('count') && compare === undefined) return undefined;
  if (compare === undefined) return { kind: 'condition', when, subject };
  if (when === 'failed' && compare.value === 'all') return undefined;
  return { kind: 'condition', when: when === 'failed' ? 'exitCode' : when, subject, compare };
}

function readCompare(scanner: Scanner): Counted | undefined {
  if (scanner.take('*')) return { operator: '==', value: 'all' };
  const operator = COMPARISONS[scanner.match(/[<>=!]=|[<>=]/y) ?? '=='];
  const number = scanner.match(/\d+/y);
  if (operator === undefined || number === undefined) return undefined;
  return { operator, value: Number(number) };
}

function readSubject(scanner: Scanner): Subject | undefined {
  const quoted = scanner.match(/"[^"]*"|'[^']*'/y);
  if (quoted !== undefined) return indexed(scanner, 'name', quoted.slice(1, -1));
  const id = scanner.match(/\d+(?![\w.*-])/y);
  if (id !== undefined) return indexed(scanner, 'id', id);
  const name = scanner.match(/[A-Za-z_./~@:#+-][^\s()[\],&|!"']*/y);
  return name === undefined ? undefined : indexed(scanner, 'name', name);
}

function indexed(scanner: Scanner, kind: Subject['kind'], text: string): Subject | undefined {
  const inside = /^(.+)\[(\d+|\*)\]$/.exec(text);
  if (inside !== null && kind === 'name') {
    return withIndex(kind, inside[1] as string, inside[2] as string);
  }
  if (text === '') return undefined;
  if (!scanner.take('[')) return { kind, text };
  const index = scanner.match(/\d+|\*/y);
  return index !== undefined && scanner.take(']') ? withIndex(kind, text, index) : undefined;
}

function withIndex(kind: Subject['kind'], text: string, index: string): Subject {
  return index === '*' ? { kind, text, sameIndex: true } : { kind, text, element: Number(index) };
}
