// The condition of a select section: `(mem > 100 || swp>=2G) && type==any && !defined(gpu)`.

import { Scanner } from './scanner.ts';

/** A condition; only comparisons of a resource with a constant keep their parts. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | {
      readonly kind: 'compare';
      readonly left: string;
      readonly operator: string;
      readonly right: string;
    }
  | { readonly kind: 'value'; readonly text: string };

const DEEPEST = 200;

/** Reads a whole condition; undefined: malformed. */
export function readCondition(text: string): Condition | undefined {
  const scanner = new Scanner(text);
  const condition = either(scanner, 0);
  return scanner.isAtEnd ? condition : undefined;
}

function either(scanner: Scanner, depth: number): Condition | undefined {
  return joined(scanner, depth, '||', 'or', both);
}

function both(scanner: Scanner, depth: number): Condition | undefined {
  return joined(scanner, depth, '&&', 'and', comparison);
}

function joined(
  scanner: Scanner,
  depth: number,
  ...[token, kind, part]: [
    string,
    'and' | 'or',
    (scanner: Scanner, depth: number) => Condition | undefined,
  ]
): Condition | undefined {
  const parts: Condition[] = [];
  do {
    const found = part(scanner, depth);
    if (found === undefined) return undefined;
    parts.push(found);
  } while (scanner.take(token));
  return parts.length === 1 ? parts[0] : { kind, of: parts };
}

function comparison(scanner: Scanner, depth: number): Condition | undefined {
  const left = sum(scanner, depth);
  if (left === undefined) return undefined;
  const operator = scanner.match(/[<>=!]=|[<>]|=/y);
  if (operator === undefined) return left;
  const right = sum(scanner, depth);
  if (right?.kind !== 'value' || left.kind !== 'value') return undefined;
  return { kind: 'compare', left: left.text, operator, right: right.text };
}

/** Arithmetic is checked and kept as text. */
function sum(scanner: Scanner, depth: number): Condition | undefined {
  const first = operand(scanner, depth);
  let text = first?.kind === 'value' ? first.text : '';
  for (;;) {
    const operator = scanner.match(/[+*/-]/y);
    if (operator === undefined) return text === '' || first?.kind !== 'value' ? first : value(text);
    const next = operand(scanner, depth);
    if (next?.kind !== 'value' || first?.kind !== 'value') return undefined;
    text += operator + next.text;
  }
}

function operand(scanner: Scanner, depth: number): Condition | undefined {
  if (depth > DEEPEST) return undefined;
  if (scanner.take('!')) {
    const of = operand(scanner, depth + 1);
    return of === undefined ? undefined : { kind: 'not', of };
  }
  if (scanner.take('(')) {
    const inner = either(scanner, depth + 1);
    return inner !== undefined && scanner.take(')') ? inner : undefined;
  }
  const quoted = scanner.match(/'[^']*'|"[^"]*"/y);
  if (quoted !== undefined) return value(quoted.slice(1, -1));
  const number = scanner.match(/-?\d+(?:\.\d+)?[A-Za-z]*/y);
  if (number !== undefined) return value(number);
  const name = scanner.match(/[A-Za-z_][\w.]*/y);
  if (name === undefined) return undefined;
  if (!scanner.take('(')) return value(name);
  const inside = scanner.match(/[\w.]+/y);
  return inside !== undefined && scanner.take(')') ? value(`${name}(${inside})`) : undefined;
}

function value(text: string): Condition {
  return { kind: 'value', text };
}
