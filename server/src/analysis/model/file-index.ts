/** Everything a file declares outside its functions, by name, with the doubts `#if` brings. */
import type { Condition, SyntaxNode, Unit } from '../parse';
import { isBranchTaken } from './branches';
import type { Environment } from './environment';
import type { DeclaredType, FunctionFacts, MacroFacts, StructFacts, UnitFacts, Variable } from './facts';
import type { Macro, MacroLookup } from './tokens';

export interface Placed<T> {
  readonly value: T;
  readonly unit: Unit;
}

export class FileIndex {
  readonly macros: Map<string, readonly Placed<MacroFacts>[]>;
  readonly variables: Map<string, readonly Placed<Variable>[]>;
  readonly functions: Map<string, readonly Placed<FunctionFacts>[]>;
  readonly typedefs: Map<string, DeclaredType | null>;
  /** Every definition of a type's other name, of which one may count where `typedefs` cannot decide. */
  private readonly everyTypedef: Map<string, readonly Placed<DeclaredType>[]>;
  readonly structs: Map<string, StructFacts | null>;
  /** Shared memory declared at file scope. */
  readonly shared: Variable[];
  /** Names that some function assigns although it does not declare them. */
  readonly assignedGlobals: Set<string>;
  /** The items of the files it includes. */
  readonly imported: readonly UnitFacts[];
  private readonly undefined: Set<string>;
  /** Conditions are no doubts any more: see `asCompiled`. */
  private readonly decided: boolean = false;
  private readonly macroCache = new Map<string, Macro | { readonly why: string } | undefined>();

  constructor(
    /** The file's own items. */
    readonly facts: readonly UnitFacts[],
    readonly environment: Environment,
    /** What the files it includes declare. */
    base?: FileIndex,
  ) {
    this.imported = base?.facts ?? [];
    this.macros = new Map(base?.macros);
    this.variables = new Map(base?.variables);
    this.functions = new Map(base?.functions);
    this.typedefs = new Map(base?.typedefs);
    this.everyTypedef = new Map(base?.everyTypedef);
    this.structs = new Map(base?.structs);
    this.shared = [...(base?.shared ?? [])];
    this.assignedGlobals = new Set(base?.assignedGlobals);
    this.undefined = new Set(base?.undefined);
    for (const { unit, ...facts_ } of facts) {
      for (const value of facts_.macros) push(this.macros, value.name, { value, unit });
      for (const name of facts_.undefined) this.undefined.add(name);
      for (const value of facts_.variables) {
        push(this.variables, value.name, { value, unit });
        if (value.specifiers.has('__shared__') && value.owner === '') this.shared.push(value);
      }
      for (const value of facts_.functions) {
        push(this.functions, lastPart(value.name), { value, unit });
        for (const name of assignedOutside(value)) this.assignedGlobals.add(name);
      }
      for (const { name, type } of facts_.typedefs) {
        push(this.everyTypedef, name, { value: type, unit });
        this.once(this.typedefs, name, type, sameType);
      }
      for (const struct of facts_.structs) this.once(this.structs, struct.name, struct, () => false);
    }
  }

  /** A second, different definition makes the name unusable. */
  private once<T>(map: Map<string, T | null>, name: string, value: T, same: (a: T, b: T) => boolean): void {
    const known = map.get(name);
    if (known === undefined) map.set(name, value);
    else if (known !== null && !same(known, value)) map.set(name, null);
  }

  /**
   * The same as a compiler sees it that is given the project's macros: of several definitions under `#if` the one whose branch
   * is taken. Only for guesses that are told as such, since a build may well give others.
   */
  asCompiled(): FileIndex {
    const macro: MacroLookup = (name) => {
      const [first, ...others] = this.macros.get(name) ?? [];
      if (first === undefined) return undefined;
      const same = others.every(({ value }) => value.body === first.value.body);
      return same && first.value.parameters === undefined ? first.value : { body: '', parameters: [] };
    };
    const taken = <T>(all: readonly Placed<T>[]) => branchTaken(all, macro);
    const typedefs = new Map(this.typedefs);
    for (const [name, all] of this.everyTypedef) {
      const only = typedefs.get(name) === null ? taken(all) : undefined;
      if (only) typedefs.set(name, only.value);
    }
    const macros = new Map(this.macros);
    for (const [name, all] of macros) {
      const only = all.length > 1 ? taken(firstOf(all, name)) : undefined;
      if (only) macros.set(name, [only]);
    }
    const copy = Object.create(FileIndex.prototype) as FileIndex;
    return Object.assign(copy, this, { typedefs, macros, macroCache: new Map(), decided: true });
  }

  /** The macro's one meaning; or why it has none; or nothing when it is no macro of this file. */
  macro(name: string): Macro | { readonly why: string } | undefined {
    if (this.macroCache.has(name)) return this.macroCache.get(name);
    const result = this.findMacro(name);
    this.macroCache.set(name, result);
    return result;
  }

  private findMacro(name: string): Macro | { readonly why: string } | undefined {
    const all = this.macros.get(name);
    const first = all?.[0];
    if (!first) return undefined;
    if (this.undefined.has(name)) return { why: `'${name}' is undefined again with #undef` };
    if (all.some(({ value }) => value.body !== first.value.body)) return { why: `'${name}' has several definitions` };
    if (!this.decided && all.length === 1 && this.doubtful(first, name))
      return { why: `'${name}' is defined only under a condition` };
    const { parameters, body } = first.value;
    return parameters ? { parameters, body } : { body };
  }

  private doubtful({ value, unit }: Placed<MacroFacts>, name: string): boolean {
    if (unit.context.conditions.some((condition) => !holds(condition, name))) return true;
    for (const node of value.node.upwards()) {
      if (/^preproc_(if|ifdef|else|elif)/.test(node.type) && node.child('name')?.text !== name) return true;
    }
    return false;
  }
}

const outsideNames = new WeakMap<FunctionFacts, readonly string[]>();

/** Names that a function assigns although it does not declare them there. */
export function assignedOutside(fn: FunctionFacts): readonly string[] {
  let names = outsideNames.get(fn);
  if (!names) {
    names = [...fn.events].flatMap(([name, events]) => {
      const locals = fn.variables.get(name) ?? [];
      const outside = events.some(
        ({ node, action }) =>
          action.kind !== 'passed' &&
          !locals.some((local) => local.scope.contains(node) && local.node.offset <= node.offset),
      );
      return outside ? [name] : [];
    });
    outsideNames.set(fn, names);
  }
  return names;
}

/** Whether code under `condition` is surely compiled where a default definition of `name` counts. */
export function holds(condition: Condition, name?: string): boolean {
  if (condition.guard) return true;
  if (condition.alternatives) return false;
  if (condition.directive === '#ifndef') return condition.text === name;
  if (condition.directive === '#ifdef') return /^(__CUDACC__|__cplusplus|__NVCC__)$/.test(condition.text);
  return (
    condition.directive === '#if' &&
    (/^[1-9]\d*$/.test(condition.text) ||
      new RegExp(`^!\\s*defined\\s*\\(?\\s*${name}\\b\\s*\\)?$`).test(condition.text))
  );
}

/** Without the definitions under `#ifndef name` for which another one, or an earlier one of that kind, is there. */
function firstOf(all: readonly Placed<MacroFacts>[], name: string): readonly Placed<MacroFacts>[] {
  const isDefault = ({ unit }: Placed<MacroFacts>) =>
    unit.context.conditions.some(({ directive, text }) => directive === '#ifndef' && text === name);
  const others = all.filter((macro) => !isDefault(macro));
  return others.length > 0 ? others : all.slice(0, 1);
}

/** The one among definitions in branches of one `#if` that a compiler takes which knows these macros only. */
function branchTaken<T>(all: readonly Placed<T>[], macro: MacroLookup): Placed<T> | undefined {
  const verdicts = all.map(({ unit }) => unit.context.conditions.map((condition) => isTaken(condition, macro)));
  if (verdicts.some((list) => list.includes('unknown'))) return undefined;
  const plain = all.filter((_, at) => verdicts[at]?.every((verdict) => verdict === 'yes'));
  // What an `#else` replaces stands before it: it counts where none of those does.
  const otherwise = all.filter((_, at) => verdicts[at]?.every((verdict) => verdict !== 'no') === true);
  const found = plain.length > 0 ? plain : otherwise;
  return found.length === 1 ? found[0] : undefined;
}

function isTaken({ directive, text, guard }: Condition, macro: MacroLookup): 'yes' | 'no' | 'else' | 'unknown' {
  if (guard) return 'yes';
  if (directive === '#else') return 'else';
  const taken = isBranchTaken(directive, text, macro);
  return taken === undefined ? 'unknown' : taken ? 'yes' : 'no';
}

/** Code that is never compiled, or only in one of several branches. */
export function isConditional(conditions: readonly Condition[], node: SyntaxNode): boolean {
  if (
    conditions.some(
      ({ directive, text, alternatives }) => alternatives || (directive === '#if' && /^(0|false)$/.test(text)),
    )
  ) {
    return true;
  }
  for (const outer of node.upwards()) {
    if (/^preproc_(else|elif|elifdef)$/.test(outer.type)) return true;
    if (/^preproc_(if|ifdef)$/.test(outer.type)) {
      if (outer.child('alternative') || /^(0|false)$/.test(outer.child('condition')?.text.trim() ?? '')) return true;
    }
  }
  return false;
}

export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('::') + (name.includes('::') ? 2 : 1));
}

/** Adds to a list of which another index may hold the present state. */
function push<V>(map: Map<string, readonly V[]>, key: string, value: V): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function sameType(a: DeclaredType, b: DeclaredType): boolean {
  return a.base === b.base && a.pointers === b.pointers && a.arrays === 0 && b.arrays === 0;
}
