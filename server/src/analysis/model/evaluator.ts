/** Resolves the names of an expression at a place in the file, and folds it. It knows what it does not know. */
import type { SyntaxNode } from '../parse';
import { parseExpression, type Expr } from './expression';
import { elementCount } from './containers';
import type { FunctionFacts, Variable, VariableEvent } from './facts';
import { holds, lastPart, type FileIndex, type Placed } from './file-index';
import { fold } from './fold';
import { helperResult, lambdaOf, lambdaResult } from './inlining';
import { memberValue } from './members';
import type { Folded, NumberType, Value } from './numbers';
import { eventsOf, findVariable, reachingEvent } from './reach';
import { takesByValue } from './references';
import { sizeofBytes, type SizeofExpr } from './sizeof';
import type { Evaluated } from './types';
import { TypeSizes } from './types-of';

/** Where an expression stands. */
export interface Place {
  readonly at: SyntaxNode;
  readonly function: FunctionFacts | undefined;
  /** Values of the parameters of a helper function that is being inlined. */
  readonly bindings?: ReadonlyMap<string, Expr>;
  readonly depth?: number;
}

const deepest = 24;
const mostSteps = 5000;
const one: Expr = { kind: 'number', value: { type: 'u32', value: 1n } };
const axes = ['x', 'y', 'z'] as const;

export class Evaluator {
  readonly types: TypeSizes;
  private readonly resolvedEvents = new Map<string, Expr>();
  private readonly resolvedGlobals = new Map<Variable, Expr>();
  private readonly parsed = new Map<string, Expr>();
  private readonly folded = new Map<Expr, Folded>();
  private readonly numberType = (name: string): NumberType | undefined => this.types.number(name);
  /** Steps left for the expression being resolved: definitions that multiply are given up rather than followed. */
  private budget = mostSteps;

  constructor(readonly index: FileIndex) {
    this.types = new TypeSizes(index.typedefs, index.structs, (text) => {
      const folded = this.fold(this.resolveGlobal(text));
      return 'ok' in folded ? Number(folded.ok.value) : undefined;
    });
  }

  parse(text: string): Expr {
    let expr = this.parsed.get(text);
    if (!expr) {
      expr = parseExpression(
        text,
        (name) => this.index.macro(name),
        (name) => this.types.isType(name),
      );
      this.parsed.set(text, expr);
    }
    return expr;
  }

  /** The expression with every name replaced by what it stands for, as far as that is known. */
  resolveText(text: string, place: Place): Expr {
    if (place.depth === undefined) this.budget = mostSteps;
    return this.resolve(this.parse(text), place);
  }

  fold(expr: Expr): Folded {
    return fold(expr, this.numberType, this.folded);
  }

  evaluate(expr: Expr): Evaluated {
    const folded = this.fold(expr);
    return 'ok' in folded ? { known: true, value: folded.ok.value } : { known: false, why: folded.why };
  }

  /** The three components of an expression used as a launch dimension. */
  dimensions(expr: Expr): [Expr, Expr, Expr] {
    return [this.component(expr, 0), this.component(expr, 1), this.component(expr, 2)];
  }

  private component(expr: Expr, axis: 0 | 1 | 2): Expr {
    switch (expr.kind) {
      case 'list': {
        const only = expr.items[0];
        // `dim3 g = other;` and `dim3 g{other}` copy.
        if (expr.items.length === 1 && only?.kind === 'list') return this.component(only, axis);
        return expr.items[axis] ?? one;
      }
      case 'conditional':
        return {
          ...expr,
          then: this.component(expr.then, axis),
          otherwise: this.component(expr.otherwise, axis),
        };
      case 'opaque': {
        if (expr.type !== undefined && this.types.number(expr.type)) return axis === 0 ? expr : one;
        const name = axes[axis];
        return axis === 0 ? expr : { ...expr, name: `${expr.name}.${name}`, id: `${expr.id}.${name}` };
      }
      case 'call':
        if (axis > 0 && 'why' in this.fold(expr)) return unknown(`'${expr.callee}' may return more than one dimension`);
        return axis === 0 ? expr : one;
      case 'member':
      case 'index':
        return axis === 0 ? expr : unknown('may have more than one dimension');
      default:
        return axis === 0 ? expr : one;
    }
  }

  resolve(expr: Expr, place: Place): Expr {
    if ((place.depth ?? 0) > deepest || this.budget-- < 0) return unknown('is defined too indirectly');
    const inner = (sub: Expr): Expr => this.resolve(sub, place);
    switch (expr.kind) {
      case 'number':
      case 'opaque':
        return expr;
      case 'name':
        return this.resolveName(expr.name, place);
      case 'unary':
        return { ...expr, operand: inner(expr.operand) };
      case 'binary':
        return { ...expr, left: inner(expr.left), right: inner(expr.right) };
      case 'conditional':
        return {
          ...expr,
          condition: inner(expr.condition),
          then: inner(expr.then),
          otherwise: inner(expr.otherwise),
        };
      case 'cast':
        return { ...expr, operand: inner(expr.operand) };
      case 'call':
        return this.resolveCall(expr, place);
      case 'list':
        return { ...expr, items: expr.items.map(inner) };
      case 'sizeof':
        return this.resolveSizeof(expr, place);
      case 'member':
        return this.structMember(expr, place) ?? this.resolveMember(inner(expr.object), expr.name);
      case 'index':
        return { kind: 'index', object: inner(expr.object), index: inner(expr.index) };
    }
  }

  /** The member of a struct that the function declares. */
  private structMember({ object, name }: Extract<Expr, { kind: 'member' }>, place: Place): Expr | undefined {
    const fn = place.function;
    const variable =
      fn && object.kind === 'name' && !place.bindings?.has(object.name) && findVariable(fn, object.name, place.at);
    if (!variable) return undefined;
    const value = memberValue(variable, name, fn, place, this);
    if (!value || 'kind' in value) return value;
    const full = `${variable.name}.${name}`;
    return opaque(full, `${full}@${variable.node.key}#${value.version}`, `'${full}' is not known here`);
  }

  private resolveMember(object: Expr, name: string): Expr {
    const axis = axes.findIndex((candidate) => candidate === name);
    if (axis >= 0 && object.kind === 'list') return this.component(object, axis as 0 | 1 | 2);
    if (object.kind === 'opaque') {
      // The first component goes by the variable's own identity, as in `component`.
      const id = name === 'x' ? object.id : `${object.id}.${name}`;
      const why = object.name === '' ? object.why : `'${object.name}.${name}' is not known: ${object.why}`;
      return { kind: 'opaque', name: `${object.name}.${name}`, id, why };
    }
    return { kind: 'member', object, name };
  }

  private resolveName(name: string, place: Place): Expr {
    const bound = place.bindings?.get(name);
    if (bound) return bound;
    const fn = place.function;
    const local = fn && findVariable(fn, name, place.at);
    if (local) return this.resolveVariable(local, fn, place);
    if (fn?.templateParameters.some((p) => p.text.split(/[\s=.]+/).includes(name))) {
      return opaque(name, `${name}@${fn.node.key}`, `'${name}' is a template parameter`);
    }
    return this.resolveFileName(name, fn?.owner ?? '', place);
  }

  /** A variable, constant or enumerator of the file or of a class in it. */
  private resolveFileName(name: string, owner: string, place: Place): Expr {
    const last = lastPart(name);
    const written = name.includes('::') ? lastPart(name.slice(0, -last.length - 2)) : '';
    const scope = written === '' ? '' : withoutTemplate(lastPart(this.types.resolve(written).base));
    const candidates = (this.index.variables.get(last) ?? []).filter(({ value, unit }) => {
      const home = lastPart(withoutTemplate(value.owner));
      if (scope === '') return home === '' || owner.split('::').includes(home);
      return home === scope || (home === '' && unit.context.namespaces.includes(scope));
    });
    const [first] = candidates;
    if (!first) return builtIn(name) ?? opaque(name, `${name}@file`, `'${name}' is not defined in this file`);
    const values = candidates.map((candidate) => this.globalValue(candidate, place));
    if (values.length === 1) {
      const doubt = first.unit.context.conditions.some(
        (condition) => !holds(condition) && !place.at.unit.context.conditions.includes(condition),
      );
      return doubt ? opaque(name, `${name}@file`, `'${name}' is defined only under a condition`) : values[0]!;
    }
    const folded = values.map((value) => this.fold(value));
    const same = folded.every((f) => 'ok' in f && 'ok' in folded[0]! && f.ok.value === folded[0].ok.value);
    return same ? values[0]! : opaque(name, `${name}@file`, `'${name}' has several definitions`);
  }

  private globalValue(candidate: Placed<Variable>, place: Place): Expr {
    const known = this.resolvedGlobals.get(candidate.value);
    if (known) return known;
    const value = this.resolveGlobalVariable(candidate, place);
    this.resolvedGlobals.set(candidate.value, value);
    return value;
  }

  private resolveGlobalVariable({ value: variable }: Placed<Variable>, place: Place): Expr {
    const id = `${variable.name}@${variable.node.key}`;
    const fixed = variable.type.const || variable.specifiers.has('constexpr');
    if (!fixed && this.index.assignedGlobals.has(variable.name)) {
      return opaque(variable.name, id, `'${variable.name}' is assigned in a function`, variable.type.base);
    }
    if (!variable.initial) {
      return opaque(variable.name, id, `'${variable.name}' has no value in this file`, variable.type.base);
    }
    const at = { at: variable.node, function: undefined, depth: (place.depth ?? 0) + 1 };
    return this.eventValue(variable, variable.initial, at, id);
  }

  private resolveGlobal(text: string): Expr {
    const at = this.index.facts[0]?.unit.root;
    return at ? this.resolveText(text, { at, function: undefined, depth: 1 }) : unknown('the file is empty');
  }

  private resolveVariable(variable: Variable, fn: FunctionFacts, place: Place): Expr {
    const { base, pointers, arrays } = variable.type;
    const id = `${variable.name}@${variable.node.key}`;
    if (pointers > 0 || arrays > 0) return opaque(variable.name, id, `'${variable.name}' is a pointer`);
    const fixed = variable.type.const || variable.specifiers.has('constexpr');
    const events = eventsOf(fn, variable).filter(({ action }) => {
      return action.kind !== 'passed' || !(fixed || takesByValue(this.index, action.callee, action.index));
    });
    const members = events.some((event) => event.member !== undefined && event.member !== '[]');
    if (/^(dim3|uint3)$/.test(base) || (base === 'auto' && members)) {
      return {
        kind: 'list',
        type: 'dim3',
        items: axes.map((_, i) => this.dimension(variable, events, i as 0 | 1 | 2, place, id)),
      };
    }
    const whole = events.filter((event) => event.member === undefined);
    return this.reachingValue(variable, whole, place, id);
  }

  private dimension(variable: Variable, events: VariableEvent[], axis: 0 | 1 | 2, place: Place, id: string): Expr {
    const name = axes[axis];
    const relevant = events.filter((event) => event.member === undefined || event.member === name);
    const own = axis === 0 ? id : `${id}.${name}`;
    if (!variable.initial && variable.kind === 'variable') {
      // A dim3 starts as 1, 1, 1.
      const start: VariableEvent = { node: variable.node, action: { kind: 'arguments', texts: ['1'] } };
      const started: Variable = { ...variable, initial: start };
      return this.component(this.reachingValue(started, [start, ...relevant], place, own, name), axis);
    }
    const value = this.reachingValue(variable, relevant, place, own, name);
    return value.kind === 'opaque' ? { ...value, name: `${variable.name}.${name}` } : this.component(value, axis);
  }

  private reachingValue(
    variable: Variable,
    events: readonly VariableEvent[],
    place: Place,
    id: string,
    member?: string,
  ): Expr {
    const label = member === undefined ? variable.name : `${variable.name}.${member}`;
    const reaching = reachingEvent(variable, events, place.at);
    if ('why' in reaching) return opaque(label, id, `'${label}' ${reaching.why}`, variable.type.base);
    const { event } = reaching;
    const key = `${event.node.key}:${event.node.length}:${label}`;
    const known = place.bindings ? undefined : this.resolvedEvents.get(key);
    if (known) return known;
    const next: Place = { ...place, at: event.node, depth: (place.depth ?? 0) + 1 };
    let value: Expr;
    if (event.action.kind === 'compound') {
      const before = this.reachingValue(
        variable,
        events.filter((other) => other !== event),
        next,
        id,
        member,
      );
      const left = member === undefined ? before : this.component(before, axes.indexOf(member as 'x') as 0 | 1 | 2);
      value = { kind: 'binary', op: event.action.op, left, right: this.resolveText(event.action.text, next) };
      value = this.typed(variable, value, id);
    } else {
      value = this.eventValue(variable, event, next, id);
      // `grid.y = 4` gives the component itself; put it where `component` looks.
      if (event.member !== undefined) value = { kind: 'list', type: 'dim3', items: [value, value, value] };
    }
    if (!place.bindings) this.resolvedEvents.set(key, value);
    return value;
  }

  /** A value that an event gives to `label`, computed once; a helper's parameters make it another each time. */
  remembered(event: VariableEvent, label: string, place: Place, compute: () => Expr): Expr {
    const key = `${event.node.key}:${event.node.length}:${label}`;
    const known = place.bindings ? undefined : this.resolvedEvents.get(key);
    if (known) return known;
    const value = compute();
    if (!place.bindings) this.resolvedEvents.set(key, value);
    return value;
  }

  private eventValue(variable: Variable, { action, member }: VariableEvent, place: Place, id: string): Expr {
    switch (action.kind) {
      case 'value': {
        const value = this.resolveText(action.text, place);
        return member === undefined ? this.typed(variable, value, id) : value;
      }
      case 'arguments': {
        const items = action.texts.map((text) => this.resolveText(text, place));
        if (/^(dim3|uint3)$/.test(variable.type.base)) return { kind: 'list', type: 'dim3', items };
        if (items.length === 1) return this.typed(variable, items[0]!, id);
        return opaque(variable.name, id, `'${variable.name}' is an object`);
      }
      case 'unknown':
        return opaque(variable.name, id, `'${variable.name}': ${action.why}`, variable.type.base);
      case 'passed':
        return opaque(
          variable.name,
          id,
          `'${variable.name}' is passed to '${action.callee}', which may change it`,
          variable.type.base,
        );
      case 'compound':
        return opaque(variable.name, id, `'${variable.name}' is changed in place`, variable.type.base);
    }
  }

  /** The value as the variable's type holds it. */
  private typed(variable: Variable, value: Expr, id: string): Expr {
    const { base, pointers, arrays } = variable.type;
    if (pointers > 0 || arrays > 0) return opaque(variable.name, id, `'${variable.name}' is a pointer`);
    if (base === 'auto' || base === '' || /^(dim3|uint3)$/.test(base)) return value;
    if (!this.types.number(base)) return opaque(variable.name, id, `'${variable.name}' has the type ${base}`);
    // What does not fold keeps the variable's name, so that two uses of it compare equal.
    return { kind: 'cast', type: base, operand: value };
  }

  private resolveCall(expr: Extract<Expr, { kind: 'call' }>, place: Place): Expr {
    const { callee } = expr;
    const [first] = expr.args;
    if (/^(?:\.size|(?:std::)?size|ARRAY_SIZE)$/.test(callee) && expr.args.length === 1 && first?.kind === 'name') {
      return elementCount(first.name, place, this);
    }
    const args = expr.args.map((arg) => this.resolve(arg, place));
    const lambda = lambdaOf(callee, place, this.index);
    if (lambda) return lambdaResult(lambda, args, place, this) ?? unknown(`'${callee}' is a lambda`);
    return helperResult(expr, args, place, this) ?? { ...expr, args };
  }

  private resolveSizeof(expr: SizeofExpr, place: Place): Expr {
    const size = sizeofBytes(expr, place, this);
    if (size === undefined) return unknown(`the size of ${expr.type ?? 'an expression'} is not known`);
    return { kind: 'number', value: { type: 'u64', value: BigInt(size) } };
  }
}

/** Names that no source defines. */
const builtIns: Record<string, Value> = {
  INT_MAX: { type: 'i32', value: 2147483647n },
  UINT_MAX: { type: 'u32', value: 4294967295n },
  // On every device so far; the name stands for a value of the running device.
  warpSize: { type: 'i32', value: 32n },
};

function builtIn(name: string): Expr | undefined {
  const value = builtIns[name];
  return value && { kind: 'number', value };
}

function withoutTemplate(name: string): string {
  return name.replace(/\s*<[\s\S]*$/, '');
}

let unknowns = 0;

function unknown(why: string): Expr {
  return { kind: 'opaque', name: '', id: `!${unknowns++}`, why };
}

function opaque(name: string, id: string, why: string, type?: string): Expr {
  return { kind: 'opaque', name, id, why, ...(type === undefined ? {} : { type }) };
}
