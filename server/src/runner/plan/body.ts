/** What a kernel's body tells about its indices: guards, loops, ranges of variables, accesses to buffers. Pure. */
import { parseExpression, type Expr } from '../../analysis/model/expression';
import type { ElementType } from '../../../../protocol/src';
import type { Kernel } from '../../analysis/model/types';
import { elementOf } from './elements';
import { balanced, guardsIn, loopsIn, upTo, type Guard } from './guards';
import { bound, hull, type Interval, type Scope } from './interval';
import type { SourceText } from './source-text';

/** Variables looked up for one expression; what people index with takes a few dozen. */
const mostSteps = 500;

/** Names the launch gives values to: parameters, template parameters, `blockDim.x` and the like; `A[]` is any element of A. */
export type Values = (name: string) => Interval | undefined;

export class KernelBody {
  readonly text: string;
  readonly start: number;
  #steps = 0;
  /** Where the expression stands whose bounds are asked for; undefined: wherever a guard holds. */
  #place: number | undefined;
  /** What does not tell is left out rather than making the whole unknown. */
  #lenient = false;
  readonly #parameters: ReadonlySet<string>;
  /** Of pointers whose element is known without the template arguments. */
  readonly #elementBytes: ReadonlyMap<string, number>;
  readonly #guards: ReadonlyMap<string, readonly Guard[]>;
  readonly #changesByName = new Map<string, { readonly grows: boolean; readonly shrinks: boolean }>();
  readonly #countedByName = new Map<string, boolean>();
  #loopRanges: readonly [number, number][] | undefined;
  readonly #definitionsByName = new Map<string, readonly string[]>();
  readonly #expressions = new Map<string, Expr>();

  constructor(
    private readonly source: SourceText,
    kernel: Kernel,
  ) {
    const span = kernel.body ?? { start: kernel.span.end, end: kernel.span.end };
    this.text = source.slice(span.start, span.end);
    this.start = span.start;
    this.#parameters = new Set(kernel.parameters.map((parameter) => parameter.name));
    this.#elementBytes = new Map(
      kernel.parameters.flatMap(({ name, type }) => {
        const bytes = type.pointers === 1 ? elementOf(type.base)?.bytes : undefined;
        return bytes === undefined || type.base === 'void' ? [] : [[name, bytes] as const];
      }),
    );
    this.#guards = guardsIn(this.text);
  }

  parse(text: string): Expr {
    let parsed = this.#expressions.get(text);
    if (parsed === undefined) {
      parsed = parseExpression(
        text,
        (name) => this.source.macro(name),
        (name) => elementOf(name) !== undefined,
      );
      this.#expressions.set(text, parsed);
    }
    return parsed;
  }

  /** Whether the body gives the name a value. */
  defines(name: string): boolean {
    return this.#definitions(name).length > 0;
  }

  /** Bounds of an expression of the body under the values a launch gives; `at`: where it stands, since guards hold for a part. */
  range(text: string, values: Values, at?: number): Interval | undefined {
    this.#steps = 0;
    this.#place = at;
    const found = bound(this.parse(text), this.scope(values));
    this.#place = undefined;
    return found;
  }

  scope(values: Values, inside: ReadonlySet<string> = new Set()): Scope {
    return {
      lookup: (name) => {
        const given = values(name);
        if (given !== undefined) return this.#countedUp(name) ? this.#counted(name, given, values, inside) : given;
        if (inside.has(name) || inside.size > 24 || /[.[]/.test(name)) return undefined;
        // Variables that are computed from each other in loops can be followed in very many ways.
        if (++this.#steps > mostSteps) return undefined;
        return this.#variable(name, values, new Set([...inside, name])) ?? this.#constant(name, values, inside);
      },
      element: (name) => values(`${name}[]`),
    };
  }

  /** Variables whose first value holds `blockIdx.<axis>`, with the bound the body keeps them below. */
  indicesOfAxis(axis: string): { readonly definition: string; readonly limit?: string }[] {
    const found: { definition: string; limit?: string }[] = [];
    for (const match of this.text.matchAll(/(?<![\w.])(\w+)\s*=(?!=)/g)) {
      const name = match[1] ?? '';
      const definition = this.#definitions(name)[0];
      if (definition === undefined || !new RegExp(`blockIdx\\s*\\.\\s*${axis}\\b`).test(definition)) continue;
      const limit = this.#limits(name)[0]?.limit;
      found.push({ definition, ...(limit === undefined ? {} : { limit }) });
    }
    return found;
  }

  /** A loop of every thread over a whole extent: the work grows faster than the data. */
  loopsOverExtent(extents: ReadonlySet<string>): boolean {
    return this.#loops().some(({ init, condition }) =>
      [...condition.matchAll(/(?<![\w.])(\w+)\s*(?:<=?|!=)\s*(\w+)/g)].some(
        ([, variable = '', limit = '']) =>
          this.#isExtent(limit, extents) && !/threadIdx|blockIdx/.test(this.#unfolded(init ?? variable)),
      ),
    );
  }

  /** The extent itself, or a variable that lies an extent behind another: `end = begin + width - 1`. */
  #isExtent(name: string, extents: ReadonlySet<string>): boolean {
    const definition = this.#definitions(name)[0] ?? '';
    return extents.has(name) || extents.has(/\+\s*(\w+)\s*(?:-\s*1)?$/.exec(definition)?.[1] ?? '');
  }

  /** The largest index the body uses on a pointer parameter; undefined when some use does not tell. */
  largestIndex(parameter: string, values: Values): number | undefined {
    let largest = 0;
    for (const use of this.#uses(parameter)) {
      const range = this.#indexAt(use[0], use.index, values);
      // A bound below the first element is one of values that do not fit each other.
      if (range === undefined || range.hi < 0) return undefined;
      largest = Math.max(largest, range.hi);
    }
    return largest;
  }

  /** As `largestIndex`, of those uses that tell: the memory must reach at least as far. */
  leastReach(parameter: string, values: Values): number {
    this.#lenient = true;
    const ranges = this.#uses(parameter).map((use) => this.#indexAt(use[0], use.index, values));
    this.#lenient = false;
    return Math.max(0, ...ranges.flatMap((range) => range?.hi ?? []));
  }

  /** Places that name a parameter or, with its members, `params.data`. */
  #uses(name: string): RegExpExecArray[] {
    const path = name.replace(/\./g, '\\s*(?:\\.|->)\\s*');
    return [...this.text.matchAll(new RegExp(`(?<![\\w.>])${path}\\b`, 'g'))];
  }

  /** The largest indices of `x[i][j]` and of `T* row = x[i]; row[j]`: into the pointers, and behind each of them. */
  largestIndices(parameter: string, values: Values): { readonly outer?: number; readonly inner?: number } {
    const outer: (Interval | undefined)[] = [];
    const inner: (Interval | undefined)[] = [];
    for (const use of this.#uses(parameter)) {
      const after = this.text.slice(use.index + use[0].length);
      const subscript = /^\s*\[/.exec(after);
      if (subscript === null) {
        if (!/^\s*(==|!=|\))/.test(after)) outer.push(undefined);
        continue;
      }
      const index = balanced(after, subscript[0].length, ']');
      outer.push(this.range(index, values));
      const rest = after.slice(subscript[0].length + index.length + 1);
      const second = /^\s*\[/.exec(rest);
      const alias = /\*\s*(?:__restrict__\s+|const\s+)*(\w+)\s*=\s*$/.exec(
        this.text.slice(Math.max(0, use.index - 80), use.index),
      );
      if (second !== null) inner.push(this.range(balanced(rest, second[0].length, ']'), values));
      else if (alias?.[1] !== undefined && /^\s*;/.test(rest)) {
        const reached = this.largestIndex(alias[1], (name) => (name === alias[1] ? undefined : values(name)));
        inner.push(reached === undefined ? undefined : { lo: 0, hi: reached });
      } else inner.push(undefined);
    }
    const [pointers, elements] = [hull(outer), hull(inner)];
    return {
      ...(pointers === undefined ? {} : { outer: Math.max(0, pointers.hi) }),
      ...(elements === undefined ? {} : { inner: Math.max(0, elements.hi) }),
    };
  }

  /** How the body uses what a member points to, as far as its text shows. */
  accessOf(path: string): 'read' | 'write' | 'readwrite' | 'unknown' {
    let reads = false;
    let writes = false;
    for (const use of this.#uses(path)) {
      const after = this.text.slice(use.index + use[0].length);
      const before = this.text.slice(Math.max(0, use.index - 60), use.index);
      const subscript = /^\s*\[/.exec(after);
      if (subscript === null) {
        if (/^\s*(?:[-+*/|&^]|<<|>>)?=(?!=)|^\s*(?:\+\+|--)/.test(after)) writes = true;
        else if (/\batomic\w+\s*\(\s*&?\s*$/.test(before)) reads = writes = true;
        else return 'unknown';
        continue;
      }
      const index = balanced(after, subscript[0].length, ']');
      const rest = after.slice(subscript[0].length + index.length + 1).replace(/^\s*(?:\[[^\]]*\]|\.\w+)*/, '');
      if (/\batomic\w+\s*\(\s*&\s*$/.test(before)) reads = writes = true;
      else if (/^\s*=(?!=)/.test(rest)) writes = true;
      else if (/^\s*(?:[-+*/%|&^]|<<|>>)=(?!=)|^\s*(?:\+\+|--)/.test(rest) || /(?:\+\+|--)\s*$/.test(before))
        reads = writes = true;
      else reads = true;
    }
    if (reads && writes) return 'readwrite';
    return reads ? 'read' : writes ? 'write' : 'unknown';
  }

  #indexAt(parameter: string, at: number, values: Values): Interval | undefined {
    const before = this.text.slice(Math.max(0, at - 80), at);
    const after = this.text.slice(at + parameter.length);
    if (/^\s*->/.test(after)) return { lo: 0, hi: 0 };
    const lanes = this.#width(parameter, before);
    const scaled = (range: Interval | undefined) =>
      range === undefined ? undefined : { lo: range.lo * lanes, hi: (range.hi + 1) * lanes - 1 };
    const subscript = /^\s*\[/.exec(after);
    if (subscript !== null) {
      const index = balanced(after, subscript[0].length, ']');
      // `extern __shared__ float s[];` and `__shared__ float s[32];` are declarations.
      if (index.trim() === '' || /\b__shared__\b[^;{}()]*$/.test(before)) return { lo: 0, hi: 0 };
      const alias = this.#aliasOffset(before, after.slice(subscript[0].length + index.length + 1), values);
      const reached = combine(this.range(index, values, at), alias);
      // `reinterpret_cast<float4*>(&x[i])[0]` takes the following elements, too.
      return reached === undefined || lanes === 1 ? reached : { lo: reached.lo, hi: reached.hi + lanes - 1 };
    }
    const outer = /^\s*\)?\s*\)\s*\[/.exec(after);
    if (lanes > 1 && outer !== null) return scaled(this.range(balanced(after, outer[0].length, ']'), values, at));
    const added = /^\s*\+(?![+=])\s*/.exec(after);
    if (added !== null && /[*(=,]\s*$/.test(before)) {
      const offset = this.range(upTo(after, added[0].length, ',;)'), values);
      return combine(offset, this.#aliasOffset(before, '', values));
    }
    if (/^\s*;/.test(after)) return this.#aliasOffset(before, '', values);
    // A null check, or the pointer itself dereferenced.
    if (/^\s*(==|!=|\))/.test(after) && /(\bif\s*\(|&&|\|\||!)\s*$/.test(before)) return { lo: 0, hi: 0 };
    if (/\*\s*$/.test(before) && !/^\s*[[(]/.test(after)) return { lo: 0, hi: lanes - 1 };
    if (/\batomic\w+\s*\(\s*&?\s*$/.test(before) && /^\s*,/.test(after)) return { lo: 0, hi: 0 };
    return undefined;
  }

  /** How many elements of a pointer one access takes, by the cast or the macro (`FLOAT4(x[i])`) that stands before it. */
  #width(parameter: string, before: string): number {
    const name = /(?<![\w.])([A-Za-z_]\w*)\s*\(\s*$/.exec(before)?.[1];
    const { parameters = [], body = '' } = (name === undefined ? undefined : this.source.macro(name)) ?? {};
    const [only, ...others] = parameters;
    const inside = only === undefined || others.length > 0 ? -1 : body.search(new RegExp(`\\b${only}\\b`));
    const cast = castElement(inside < 0 ? before : body.slice(0, inside));
    if (cast === undefined) return 1;
    const own = this.#elementBytes.get(parameter);
    return own === undefined ? cast.lanes : Math.max(1, Math.ceil(cast.bytes / own));
  }

  /** `float* p = A + …;` lets `p[…]` reach further: the largest index used on `p`. Zero where there is no such variable. */
  #aliasOffset(before: string, rest: string, values: Values): Interval | undefined {
    const declared =
      /\*\s*(?:__restrict__\s+|const\s+)*(\w+)\s*=\s*(?:&\s*|\([^()]*\*\s*\)\s*|reinterpret_cast\s*<[^<>]*>\s*\(\s*)?\(?\s*$/.exec(
        before,
      );
    if (declared === null || /^\s*[.[]/.test(rest)) return { lo: 0, hi: 0 };
    const alias = declared[1] ?? '';
    const moved = new RegExp(`(?<![\\w.])${alias}\\s*(\\+=|-=|\\+\\+|--)|(\\+\\+|--)\\s*${alias}\\b`).test(this.text);
    if (moved) return undefined;
    const uses = [...this.text.matchAll(new RegExp(`(?<![\\w.>])${alias}\\s*\\[`, 'g'))];
    const ranges = uses.map((use) =>
      this.range(balanced(this.text, use.index + use[0].length, ']'), values, use.index),
    );
    if (this.#lenient) return hull([{ lo: 0, hi: 0 }, ...ranges.filter((range) => range !== undefined)]);
    return uses.length === 0 ? this.#plainUses(alias) : hull(ranges);
  }

  /** What a pointer is used for that has no subscript anywhere: `*p`, `*(float4*)p`. */
  #plainUses(name: string): Interval | undefined {
    const uses = [...this.text.matchAll(new RegExp(`(?<![\\w.>])${name}\\b(?!\\s*=[^=])`, 'g'))];
    const ranges = uses.map(({ index }) => {
      const before = this.text.slice(Math.max(0, index - 80), index);
      const lanes = castLanes(before);
      const plain = /\*\s*$/.test(before) && !/^\s*[[(]/.test(this.text.slice(index + name.length));
      return plain || (lanes > 1 && castDereferenced.test(before)) ? { lo: 0, hi: lanes - 1 } : undefined;
    });
    return uses.length === 0 ? undefined : hull(ranges);
  }

  #constant(name: string, values: Values, inside: ReadonlySet<string>): Interval | undefined {
    const definition = this.source.definition(name, 0);
    if (definition === undefined) return undefined;
    return bound(this.parse(definition.text), this.scope(values, new Set([...inside, name])));
  }

  #definitions(name: string): readonly string[] {
    let found = this.#definitionsByName.get(name);
    if (found === undefined) {
      const all = this.source.definitionsIn(name, this.start, this.start + this.text.length);
      found = all.map((definition) => definition.text);
      this.#definitionsByName.set(name, found);
    }
    return found;
  }

  #variable(name: string, values: Values, inside: ReadonlySet<string>): Interval | undefined {
    const definitions = this.#definitions(name);
    if (definitions.length === 0) return undefined;
    const evaluate = (text: string) => bound(this.parse(text), this.scope(values, inside));
    const start = hull(definitions.map(evaluate));
    const { grows, shrinks } = this.#changes(name);
    const limits = this.#limits(name).flatMap((guard) => {
      const limit = evaluate(guard.limit);
      return limit === undefined ? [] : [guard.inclusive ? limit.hi : limit.hi - 1];
    });
    const guarded = limits.length > 0 ? Math.max(...limits) : undefined;
    if (grows) {
      if (guarded === undefined) return undefined;
      const lo = start?.lo ?? 0;
      // A loop by whole steps ends on the last step below its limit.
      const step = this.#stepOf(name, evaluate);
      const last =
        start !== undefined && start.lo === start.hi ? lo + Math.floor((guarded - lo) / step) * step : guarded;
      return { lo, hi: Math.max(last, lo) };
    }
    if (start === undefined) return guarded === undefined ? undefined : { lo: 0, hi: guarded };
    const lo = shrinks ? Math.min(0, start.lo) : start.lo;
    return { lo, hi: guarded === undefined ? start.hi : Math.max(lo, Math.min(start.hi, guarded)), ...floatOf(start) };
  }

  /** Whether a loop counts a parameter up, `++index`, so that what the launch passes is only where it begins. */
  #countedUp(name: string): boolean {
    if (!this.#parameters.has(name) || !this.#changes(name).grows) return false;
    let counted = this.#countedByName.get(name);
    if (counted === undefined) {
      const loops = (this.#loopRanges ??= loopsIn(this.text));
      const places = [...this.text.matchAll(growth(name))].map(({ index }) => index);
      counted = places.some((at) => loops.some(([start, end]) => start <= at && at < end));
      this.#countedByName.set(name, counted);
    }
    return counted;
  }

  #counted(name: string, given: Interval, values: Values, inside: ReadonlySet<string>): Interval | undefined {
    const limits = this.#limits(name).flatMap(({ limit, inclusive }) => {
      const end = bound(this.parse(limit), this.scope(values, new Set([...inside, name])));
      return end === undefined ? [] : [inclusive ? end.hi : end.hi - 1];
    });
    return limits.length === 0 ? undefined : { lo: given.lo, hi: Math.max(given.lo, ...limits) };
  }

  /** Whether the body counts a variable up or down. */
  #changes(name: string): { readonly grows: boolean; readonly shrinks: boolean } {
    let found = this.#changesByName.get(name);
    if (found === undefined) {
      found = {
        grows: growth(name).test(this.text),
        shrinks: new RegExp(`(?<![\\w.])${name}\\s*(?:--|-=|/=|>>=)|--\\s*${name}\\b`).test(this.text),
      };
      this.#changesByName.set(name, found);
    }
    return found;
  }

  #stepOf(name: string, evaluate: (text: string) => Interval | undefined): number {
    const steps = [...this.text.matchAll(new RegExp(`(?<![\\w.])${name}\\s*\\+=\\s*`, 'g'))].map((match) =>
      evaluate(upTo(this.text, match.index + match[0].length, ',;)')),
    );
    const [step] = steps;
    return steps.length === 1 && step !== undefined && step.lo === step.hi && step.lo >= 1 ? step.lo : 1;
  }

  /** Guards that a parameter or a loop sets; `tid < 32` holds for some statements only and bounds nothing. */
  #limits(name: string): Guard[] {
    const all = [...(this.#guards.get(name) ?? [])];
    const place = this.#place;
    return all.filter(
      ({ limit, loop, from, to }) =>
        (place === undefined || (from <= place && place < to)) &&
        (loop || [...limit.matchAll(/[A-Za-z_]\w*/g)].some(([word]) => this.#isParameter(word))),
    );
  }

  /** A parameter, or a variable computed from parameters alone. */
  #isParameter(word: string): boolean {
    if (this.#parameters.has(word)) return true;
    const definition = this.#definitions(word)[0];
    if (definition === undefined || /threadIdx|blockIdx/.test(this.#unfolded(definition))) return false;
    return [...definition.matchAll(/[A-Za-z_]\w*/g)].some(([inner]) => this.#parameters.has(inner));
  }

  /** The text with the names of variables replaced once, which shows whether a thread's index is in it. */
  #unfolded(text: string): string {
    return text.replace(/[A-Za-z_]\w*/g, (word) => `${word} ${this.#definitions(word)[0] ?? ''}`);
  }

  /** Heads of `for` and `while`; what a `while` begins with stands somewhere before it. */
  #loops(): { readonly init?: string; readonly condition: string }[] {
    return [...this.text.matchAll(/\b(for|while)\s*\(/g)].map((match) => {
      const head = balanced(this.text, match.index + match[0].length, ')');
      if (match[1] === 'while') return { condition: head };
      const [init = '', condition = ''] = head.split(';');
      return { init, condition };
    });
  }
}

/** `i++`, `i += step`; begins anew with each call, since its pattern is global. */
function growth(name: string): RegExp {
  return new RegExp(`(?<![\\w.])${name}\\s*(?:\\+\\+|\\+=|\\*=|<<=)|\\+\\+\\s*${name}\\b`, 'g');
}

function floatOf(interval: Interval): { float?: true } {
  return interval.float === true ? { float: true } : {};
}

function combine(a: Interval | undefined, b: Interval | undefined): Interval | undefined {
  return a === undefined || b === undefined ? undefined : { lo: a.lo + b.lo, hi: a.hi + b.hi };
}

/** `*reinterpret_cast<float4*>(` before a pointer. */
const castDereferenced = /\*\s*(?:reinterpret_cast\s*<[^<>]*>\s*\(\s*|\([^()]*\*\s*\)\s*\(?\s*)$/;

/** What `reinterpret_cast<float4*>(` before a pointer makes of it. */
function castElement(before: string): ElementType | undefined {
  const cast =
    /(?:reinterpret_cast\s*<\s*(?:const\s+)?(\w+)\s*(?:const\s*)?\*\s*>\s*\(\s*&?\s*|\(\s*(?:const\s+)?(\w+)\s*\*\s*\)\s*\(?\s*&?\s*)\(?\s*$/.exec(
      before,
    );
  return cast === null ? undefined : elementOf(cast[1] ?? cast[2] ?? '');
}

function castLanes(before: string): number {
  return castElement(before)?.lanes ?? 1;
}
