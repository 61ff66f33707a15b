/** Values of host expressions at a launch; names that only a run can tell are assumed, the same everywhere. Pure. */
import { parseExpression, type Expr } from '../../analysis/model/expression';
import type { Evaluated } from '../../analysis/model/types';
import { elementOf } from './elements';
import { bound, hull, isPoint, point, type Interval, type Scope } from './interval';
import { roleOf } from './roles';
import type { SourceText } from './source-text';

/** A number, and the names that were assumed for it. */
export interface HostValue {
  readonly value: number;
  readonly assumed: readonly string[];
  /** The names among those it was computed from that were given a value from outside. */
  readonly preset: readonly string[];
}

export class HostValues {
  /** What each assumed name was taken to be. */
  readonly assumptions = new Map<string, number>();
  /** Values that no code of the file decides: a directive's. */
  readonly #presets = new Map<string, number>();
  #used = new Set<string>();

  constructor(
    private readonly source: SourceText,
    /** Offset of the launch. */
    private readonly at: number,
    /** A value for a name that the file does not tell. */
    private readonly assume: (name: string) => number | undefined,
    /** The type that stands for a template parameter of the function around the launch. */
    private readonly typeOf: (name: string) => string | undefined = () => undefined,
    /** A constant of the headers. */
    private readonly constant: (name: string) => number | undefined = () => undefined,
  ) {}

  /** The model's value where it has one and no preset changes it, else the expression under the assumptions. */
  value(known: Evaluated, text: string, at = this.at): HostValue | undefined {
    if (!known.known) return this.evaluate(text, at);
    const changed = this.#presets.size === 0 ? undefined : this.evaluate(text, at);
    return changed && changed.preset.length > 0 ? changed : { value: Number(known.value), assumed: [], preset: [] };
  }

  evaluate(text: string, at = this.at): HostValue | undefined {
    return this.#told(() => bound(this.#parse(text), this.#scope(at, new Set())));
  }

  /** The axes of `grid` or `dim3(a, b)`; those left out are 1. */
  dimensions(text: string, at = this.at): readonly (HostValue | undefined)[] {
    const expr = this.#unfold(this.#parse(text), at, 0);
    const items = expr.kind === 'list' ? expr.items : [expr];
    return [0, 1, 2].map((axis) => {
      const item = items[axis];
      if (item === undefined) return { value: 1, assumed: [], preset: [] };
      const name = expr === item ? `${text.trim()}.${'xyz'.charAt(axis)}` : '';
      const given = this.#presets.get(name);
      if (given !== undefined) return { value: given, assumed: [], preset: [name] };
      const found = this.#told(() => bound(item, this.#scope(at, new Set())));
      return found && { ...found, value: Math.trunc(found.value) };
    });
  }

  /** Fixes a name, whatever the file computes for it. */
  preset(name: string, value: number): void {
    this.#presets.set(name, value);
  }

  /** `N = 4096` of names that were given a value from outside. */
  givenText(names: readonly string[]): string[] {
    return [...new Set(names)].map((name) => `${name} = ${this.#presets.get(name) ?? '?'}`);
  }

  /** `N = 4096` of names that had to be assumed. */
  assumedText(names: readonly string[]): string {
    return [...new Set(names)].map((name) => `${name} = ${this.assumptions.get(name) ?? '?'}`).join(', ');
  }

  #told(compute: () => Interval | undefined): HostValue | undefined {
    this.#used = new Set();
    const result = compute();
    if (!isPoint(result) || !Number.isFinite(result.lo)) return undefined;
    const used = [...this.#used];
    return {
      value: result.lo,
      assumed: used.filter((name) => !this.#presets.has(name)),
      preset: used.filter((name) => this.#presets.has(name)),
    };
  }

  #parse(text: string): Expr {
    return parseExpression(
      text.replace(/(?<=\bsizeof\s*\(\s*)\w+(?=\s*\))/g, (name) => this.typeOf(name) ?? name),
      (name) => this.source.macro(name),
      (name) => elementOf(name) !== undefined,
    );
  }

  /** A variable of type dim3 as the list it was made from. */
  #unfold(expr: Expr, at: number, depth: number): Expr {
    if (expr.kind === 'cast' && /\bdim3$/.test(expr.type)) return this.#unfold(expr.operand, at, depth);
    if (expr.kind !== 'name' || depth > 8) return expr;
    const definition = this.source.definition(expr.name, at);
    if (definition === undefined || !/\b(dim3|auto)\b/.test(definition.type)) return expr;
    return this.#unfold(this.#parse(definition.text), definition.at, depth + 1);
  }

  #scope(at: number, inside: ReadonlySet<string>): Scope {
    return {
      lookup: (name) => {
        const preset = this.#presets.get(name) ?? this.assumptions.get(name);
        if (preset !== undefined) {
          this.#used.add(name);
          return point(preset);
        }
        const own = this.#member(name, at) ?? this.#element(name, at, inside) ?? this.#definition(name, at, inside);
        if (own !== undefined) return own;
        const constant = this.constant(name);
        return constant === undefined ? this.#assumed(name) : point(constant);
      },
    };
  }

  /** `block.x` of a dim3. */
  #member(name: string, at: number): Interval | undefined {
    const found = /^(\w+)\.([xyz])$/.exec(name);
    if (found === null) return undefined;
    const definition = this.source.definition(found[1] ?? '', at);
    if (definition === undefined || !/\b(dim3|auto)\b/.test(definition.type)) return undefined;
    const used = this.#used;
    const value = this.dimensions(definition.text, definition.at)['xyz'.indexOf(found[2] ?? 'x')];
    this.#used = new Set([...used, ...(value?.assumed ?? []), ...(value?.preset ?? [])]);
    return value === undefined ? undefined : point(value.value);
  }

  /** `sizes[0]` of an array that the function around fills. */
  #element(name: string, at: number, inside: ReadonlySet<string>): Interval | undefined {
    const found = /^(\w+)\[(\d+)\]$/.exec(name);
    if (found === null || inside.has(name) || inside.size > 24) return undefined;
    const definition = this.source.elementOf(found[1] ?? '', Number(found[2]), at);
    if (definition === undefined) return undefined;
    return bound(this.#parse(definition.text), this.#scope(definition.at, new Set([...inside, name])));
  }

  #definition(name: string, at: number, inside: ReadonlySet<string>): Interval | undefined {
    if (inside.has(name) || inside.size > 24) return undefined;
    const definition = this.source.definition(name, at);
    if (definition === undefined) return this.#passed(name, at, inside);
    const expr = this.#parse(definition.text);
    const scope = this.#scope(definition.at, new Set([...inside, name]));
    // `argc > 1 ? atoi(argv[1]) : 1024`: the program's own default is the best guess.
    if (expr.kind === 'conditional') {
      const before = new Map(this.assumptions);
      const alternatives = [expr.then, expr.otherwise].map((branch) => bound(branch, scope)).filter(isPoint);
      const [only, other] = alternatives;
      if (only !== undefined && (other === undefined || other.lo === only.lo)) {
        this.#used.add(name);
        this.#restore(before);
        this.assumptions.set(name, only.lo);
        return only;
      }
      this.#restore(before);
      if (alternatives.length === 2) return hull([bound(expr, scope)]);
    }
    return readsInput(expr) ? undefined : bound(expr, scope);
  }

  /** What the calls in this file pass for a parameter of the function around; of several values the first is assumed. */
  #passed(name: string, at: number, inside: ReadonlySet<string>): Interval | undefined {
    // The caller's names are others, though they may be spelled alike.
    const outside = new Set([...inside, name].map((known) => `${known}'`));
    const values = this.source
      .passedFor(name, at)
      .map((call) => bound(this.#parse(call.text), this.#scope(call.at, outside)))
      .filter(isPoint)
      // `size_t n = 0;` before the loop that counts it up.
      .filter(({ lo }) => lo > 0 || roleOf(name) !== 'extent');
    const [first] = values;
    if (first === undefined) return undefined;
    if (values.some(({ lo }) => lo !== first.lo)) {
      this.assumptions.set(name, first.lo);
      this.#used.add(name);
    }
    return first;
  }

  #restore(before: ReadonlyMap<string, number>): void {
    for (const name of [...this.assumptions.keys()]) if (!before.has(name)) this.assumptions.delete(name);
  }

  #assumed(name: string): Interval | undefined {
    if (!/^[A-Za-z_][\w.:]*$/.test(name)) return undefined;
    const value = this.assume(name);
    if (value === undefined) return undefined;
    this.assumptions.set(name, value);
    this.#used.add(name);
    return point(value);
  }
}

/** Calls such as atoi(argv[1]) and std::stoi: nothing of them is known before the program runs. */
function readsInput(expr: Expr): boolean {
  return expr.kind === 'call' && /(^|::)(ato\w+|sto\w+|strto\w+|getenv|rand|get\w*)$/.test(expr.callee);
}
