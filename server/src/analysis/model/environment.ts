/**
 * What a function's analysis takes from the rest of the file. As long as that stays the same, what was concluded about a function that
 * was not edited still holds: an edit inside one kernel costs one kernel.
 */
import type { ParsedDocument } from '../parse';
import type { FunctionFacts, UnitFacts } from './facts';
import { assignedOutside } from './file-index';
import { helperStatements } from './helpers';
import type { Imports } from './imports';
import { isElsewhere } from './positions';
import type { Span } from './types';

/** Conclusions by function or launch, each with the environment in which it was drawn. */
export type Memory<T> = WeakMap<object, { environment: Environment; base: number; value: T }>;

export class Environment {
  constructor(private readonly key: string) {}

  matches(key: string): boolean {
    return this.key === key;
  }

  remember<T>(memory: Memory<T>, owner: object, compute: () => T): T {
    return this.rememberPlaced(memory, owner, 0, compute);
  }

  /** As `remember`, for what holds positions in a unit that stands at `base`: they move with it. */
  rememberPlaced<T>(memory: Memory<T>, owner: object, base: number, compute: () => T): T {
    const known = memory.get(owner);
    if (known?.environment !== this) {
      const value = compute();
      memory.set(owner, { environment: this, base, value });
      return value;
    }
    if (known.base !== base) {
      known.value = moved(known.value, base - known.base);
      known.base = base;
    }
    return known.value;
  }
}

/** A copy with every span moved. */
function moved<T>(value: T, by: number): T {
  if (Array.isArray(value)) return value.length === 0 ? value : (value.map((item: unknown) => moved(item, by)) as T);
  if (typeof value !== 'object' || value === null) return value;
  const { start, end } = value as Partial<Span>;
  if (typeof start === 'number' && typeof end === 'number') {
    return isElsewhere({ start, end }) ? value : ({ start: start + by, end: end + by } as T);
  }
  const copy: Record<string, unknown> = {};
  for (const key in value) copy[key] = moved(value[key], by);
  return copy as T;
}

const latest = new WeakMap<ParsedDocument, Environment>();

export function environmentOf(
  document: ParsedDocument,
  facts: readonly UnitFacts[],
  imports: Imports | undefined,
): Environment {
  const key = [imports?.id ?? '', assignedGlobals(facts, imports), ...facts.map(contribution)].join('\n');
  const known = latest.get(document);
  if (known?.matches(key)) return known;
  const environment = new Environment(key);
  latest.set(document, environment);
  return environment;
}

/** Variables at file scope that some function of the file assigns: their first values do not count. */
function assignedGlobals(facts: readonly UnitFacts[], imports: Imports | undefined): string {
  const globals = new Set(facts.flatMap(({ variables }) => variables.map(({ name }) => name)));
  const assigned = facts.flatMap(({ functions }) =>
    functions.flatMap((fn) =>
      assignedOutside(fn).filter((name) => globals.has(name) || imports?.index.variables.has(name)),
    ),
  );
  return [...new Set(assigned)].sort().join();
}

const contributions = new WeakMap<UnitFacts, string>();
let serial = 0;

/** Signatures of kernels and plain host functions; of everything else the identity, which an edit changes. */
function contribution(facts: UnitFacts): string {
  const conditions = facts.unit.context.conditions;
  const place =
    conditions.length === 0 ? '' : conditions.map(({ directive, text }) => `${directive} ${text}`).join('\u0001');
  let own = contributions.get(facts);
  if (own === undefined) {
    const { macros, variables, undefined: removed, typedefs, structs, functions } = facts;
    const declares = macros.length + variables.length + removed.length + typedefs.length + structs.length > 0;
    own = declares || functions.some(calledByOthers) ? `#${serial++}` : functions.map(signature).join(';');
    contributions.set(facts, own);
  }
  return place === '' ? own : `${place}:${own}`;
}

/** Other functions' analyses look into it: device code, and functions that only compute a value. */
function calledByOthers(fn: FunctionFacts): boolean {
  return fn.specifiers.has('__device__') || helperStatements(fn) !== undefined;
}

function signature(fn: FunctionFacts): string {
  const kind = fn.specifiers.has('__global__') ? 'k' : '';
  return `${fn.name}(${fn.parameters.map(({ node }) => node.text).join()}) ${kind}`;
}
