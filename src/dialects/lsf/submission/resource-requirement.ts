// `-R`: select, order, rusage, span, same, cu and affinity, parsed whole so that a mistake is found
// at submission. What a section means for placing a job is read off afterwards by `demandOf`.

import { memoryMib } from '../settings.ts';
import { type Condition, readCondition } from './select-expression.ts';
import { Scanner } from './scanner.ts';

/** One resource of rusage: `mem=64M/task`. */
export interface Reservation {
  readonly name: string;
  readonly amount: string;
  readonly per: 'job' | 'task' | 'host' | undefined;
}

/** A requirement string, taken apart. */
export interface Requirement {
  readonly select?: Condition;
  readonly rusage: readonly Reservation[];
  /** `hosts=1`, `ptile=4` ... */
  readonly span: ReadonlyMap<string, string>;
  readonly coresPerTask?: number;
}

/** What LSF says of any mistake. */
export const BAD_REQUIREMENT = 'Bad resource requirement syntax';

const SECTION =
  /^\s*(select|order|rusage|span|same|cu|affinity)\s*\[([^\]]*(?:\[[^\]]*\][^\]]*)*)\]/;

/** Longer text is a mistake, and no work. */
const LONGEST = 16_384;

/** Merges the strings of several -R and reads them; undefined: malformed. */
export function readRequirement(texts: readonly string[]): Requirement | undefined {
  if (texts.some((text) => text.length > LONGEST)) return undefined;
  let select: Condition | undefined;
  let rusage: readonly Reservation[] = [];
  let coresPerTask: number | undefined;
  const span = new Map<string, string>();
  for (const { name, body } of texts.map(sectionsOf).flat()) {
    if (name === 'select') {
      const condition = readCondition(body);
      if (condition === undefined) return undefined;
      select = select === undefined ? condition : { kind: 'and', of: [select, condition] };
    } else if (name === 'rusage') {
      const read = readRusage(body);
      if (read === undefined) return undefined;
      rusage = [...rusage.filter((old) => !read.some((one) => one.name === old.name)), ...read];
    } else if (name === 'span') {
      if (!readSpan(body, span)) return undefined;
    } else if (name === 'affinity') {
      coresPerTask = readAffinity(body);
      if (coresPerTask === undefined) return undefined;
    } else if (name === '' || !isListSection(name, body)) return undefined;
  }
  return {
    rusage,
    span,
    ...(select === undefined ? {} : { select }),
    ...(coresPerTask === undefined ? {} : { coresPerTask }),
  };
}

interface Section {
  readonly name: string;
  readonly body: string;
}

/** Text before the first section is a select condition; a section named '' is a mistake. */
function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  let rest = text.trim();
  if (!SECTION.test(rest)) {
    const end = rest.search(/\b(?:order|rusage|span|same|cu|affinity)\s*\[/);
    const head = (end === -1 ? rest : rest.slice(0, end)).trim();
    if (head !== '') sections.push({ name: 'select', body: head });
    rest = end === -1 ? '' : rest.slice(end);
  }
  while (rest !== '') {
    const parts = SECTION.exec(rest);
    if (parts === null) return [{ name: '', body: rest }];
    sections.push({ name: parts[1] as string, body: parts[2] as string });
    rest = rest.slice(parts[0].length).trim();
  }
  return sections;
}

/** The first of several alternatives (`||`) is what is reserved; all are checked. */
function readRusage(body: string): readonly Reservation[] | undefined {
  const alternatives = body.split('||').map(readReservations);
  return alternatives.includes(undefined) ? undefined : alternatives[0];
}

const RESERVATION =
  /^([A-Za-z_]\w*)(?:\/\w+)?=(\d+(?:\.\d+)?[A-Za-z]{0,3})(?:\/(job|task|host))?((?::(?:duration=\d+[smh]?|decay=[01]))*)$/;

function readReservations(text: string): readonly Reservation[] | undefined {
  const found: Reservation[] = [];
  for (const part of text.split(/[,:](?!\s*(?:duration|decay)\s*=)/)) {
    const parts = RESERVATION.exec(part.replace(/\s+/g, ''));
    if (parts === null) return undefined;
    found.push({
      name: parts[1] as string,
      amount: parts[2] as string,
      per: parts[3] as Reservation['per'],
    });
  }
  return found;
}

const SPAN = /^(hosts|ptile|block|stripe|gtile)(?:=(.+))?$/;

function readSpan(body: string, span: Map<string, string>): boolean {
  for (const part of body.split(/[\s,]+/).filter((one) => one !== '')) {
    const parts = SPAN.exec(part);
    if (parts === null) return false;
    const [, name = '', value = ''] = parts;
    const isNumber = /^-?\d+$/.test(value);
    if (name === 'hosts' && value !== '1' && value !== '-1') return false;
    if (name === 'ptile' && !isNumber && !/^'?!'?(?:,\S+)?$|^\S+:\d+/.test(value)) return false;
    if (name === 'ptile' && isNumber && Number(value) < 1) return false;
    span.set(name, value);
  }
  return span.size > 0;
}

function readAffinity(body: string): number | undefined {
  const scanner = new Scanner(body);
  const unit = scanner.match(/(?:core|thread|socket|numa)\b/y);
  if (unit === undefined) return undefined;
  let count = 1;
  if (scanner.take('(')) {
    count = Number(scanner.match(/\d+/y) ?? Number.NaN);
    if (scanner.take(',')) scanner.match(/[^)]*/y);
    if (!scanner.take(')') || !(count >= 1)) return undefined;
  }
  return scanner.isAtEnd || /^\s*:/.test(scanner.rest) ? count : undefined;
}

function isListSection(name: string, body: string): boolean {
  if (name === 'order') return /^\s*!?-?[\w()+*/.-]+(?:\s*:\s*-?[\w()+*/.-]+)*\s*$/.test(body);
  if (name === 'same') return /^\s*\w+(?:\s*:\s*\w+)*\s*$/.test(body);
  return /^\s*\w+=[^\s=]+(?:\s*:\s*\w+=[^\s=]+)*\s*$/.test(body);
}

/** How units of memory are meant: MiB in a bare number, and whether it counts for each task. */
export interface MemoryMeaning {
  readonly bareMib: number;
  readonly isPerTask: boolean;
}

/** What placing a job has to know of its requirement. */
export interface Demand {
  readonly memoryMibPerNode?: number;
  readonly memoryMibPerCpu?: number;
  readonly nodes?: { readonly min: number; readonly max: number };
  readonly cpusPerTask?: number;
  readonly nodeNames?: readonly string[];
  readonly excludedNodeNames?: readonly string[];
}

/**
 * Reads off the demand of a job with so many tasks; undefined: an amount of memory is malformed.
 */
export function demandOf(
  requirement: Requirement,
  tasks: number,
  meaning: MemoryMeaning,
): Demand | undefined {
  const reserved = requirement.rusage.find(({ name }) => name === 'mem');
  const selected = atLeast(requirement.select, 'mem');
  const amount = reserved?.amount ?? selected;
  const mib = amount === undefined ? undefined : memoryMib(amount, meaning.bareMib);
  if (amount !== undefined && mib === undefined) return undefined;
  const isPerTask =
    reserved !== undefined && (reserved.per === 'task' || (!reserved.per && meaning.isPerTask));
  const nodes = nodesOf(requirement.span, tasks);
  const names = hostNames(requirement.select, '==');
  const excluded = hostNames(requirement.select, '!=');
  return {
    ...(mib === undefined || mib === 0
      ? {}
      : { [isPerTask ? 'memoryMibPerCpu' : 'memoryMibPerNode']: Math.ceil(mib) }),
    ...(nodes === undefined ? {} : { nodes: { min: nodes, max: nodes } }),
    ...(requirement.coresPerTask === undefined ? {} : { cpusPerTask: requirement.coresPerTask }),
    ...(names.length === 0 ? {} : { nodeNames: names }),
    ...(excluded.length === 0 ? {} : { excludedNodeNames: excluded }),
  };
}

function nodesOf(span: ReadonlyMap<string, string>, tasks: number): number | undefined {
  if (span.get('hosts') === '1') return 1;
  const perNode = Number(span.get('ptile'));
  return perNode >= 1 ? Math.ceil(tasks / perNode) : undefined;
}

/** The conditions that all must hold, one by one. */
function* conjuncts(condition: Condition | undefined): Generator<Condition> {
  if (condition?.kind === 'and') for (const part of condition.of) yield* conjuncts(part);
  else if (condition !== undefined) yield condition;
}

function atLeast(select: Condition | undefined, resource: string): string | undefined {
  for (const part of conjuncts(select)) {
    if (part.kind === 'compare' && part.left === resource && part.operator.startsWith('>'))
      return part.right;
  }
  return undefined;
}

function hostNames(select: Condition | undefined, operator: string): string[] {
  const names: string[] = [];
  for (const part of conjuncts(select)) {
    if (part.kind === 'compare' && part.left === 'hname' && part.operator === operator) {
      names.push(part.right);
    }
  }
  return names;
}
