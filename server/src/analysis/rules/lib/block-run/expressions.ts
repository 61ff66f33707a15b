/** Evaluates expressions of device code for all threads of a block at once. */
import { unparenthesized, type SyntaxNode } from '../../../parse/node';
import type { Evaluator } from '../../../model/evaluator';
import type { Expr } from '../../../model/expression';
import type { FunctionFacts } from '../../../model/facts';
import { lastPart } from '../../../model/file-index';
import { blockBit, dataBit, uniformityOf } from '../../../model/uniformity';
import { barrierName } from '../barriers';
import { Builtins } from './builtins';
import { fill, functions, map, operators, unary, where, zip, type Lanes, type Mask } from './lanes';
import { type SharedArray, type SharedMemory, type Use } from './memory';
import { isPointer, type Pointer, type Scope, type Value } from './scope';

/** Thrown where code does something that is not followed: what was found until then holds. */
export class Stop extends Error {}

export interface Block {
  readonly size: readonly [number, number, number];
  readonly threads: number;
  /** Value of a name or expression that the launch or the file fixes. */
  readonly resolve: (node: SyntaxNode, fn: FunctionFacts) => Expr;
  readonly several: readonly [boolean, boolean, boolean];
  readonly evaluator: Evaluator;
  readonly memory: SharedMemory;
}

/** Steps times threads: what there is time for between two keystrokes. */
const mostWork = 600_000;
/** Calls that touch nothing but what they are given, and do not wait. */
const quiet =
  /^(?:[fil]*(?:min|max|abs|mod|dim)[fl]?|u?(?:min|max)|fabsf?|ceilf?|floorf?|l?l?roundf?|rintf?|truncf?|r?sqrtf?|r?cbrtf?|powf?|exp(?:2|10|m1)?f?|log(?:2|10|1p)?f?|a?(?:sin|cos|tan)(?:h|pi)?f?|sincosf?|atan2f?|hypotf?|fmaf?|fdividef|copysignf?|erfc?f?|tgammaf?|isnan|isinf|isfinite|clamp|lerp|dot|cross|length|normalize|printf|assert|sizeof|tex\w+|surf\w+|curand\w*|clock(?:64)?|make_\w+|h[a-z]+2?|__(?!sync|pipeline|cvta|barrier|nv_|memcpy)\w+|(?:u?(?:char|short|int|long|longlong)|float|double|half)[1-4]?|bool|unsigned|size_t|u?int(?:8|16|32|64)_t|dim3|complex\w*|cu[CFD]\w+)$/;
const warpBarrier = /^__(?:shfl|ballot|any|all|match|reduce|syncwarp|activemask)\w*$/;

export abstract class Expressions {
  protected steps = 0;
  protected fn!: FunctionFacts;
  protected scope!: Scope;
  private readonly constants = new Map<SyntaxNode, Lanes | Expr>();

  private readonly nothingKnown: Lanes;
  protected readonly builtins: Builtins;

  constructor(protected readonly block: Block) {
    this.nothingKnown = fill(block.threads, NaN);
    this.builtins = new Builtins(block);
  }

  protected abstract call(fn: FunctionFacts, args: readonly Value[], mask: Mask): Value;

  protected unknown(): Lanes {
    return this.nothingKnown;
  }

  /** The value as a number in each thread. */
  lanes(node: SyntaxNode | undefined, mask: Mask): Lanes {
    const value = node ? this.value(node, mask) : this.unknown();
    return isPointer(value) ? this.unknown() : value;
  }

  value(node: SyntaxNode, mask: Mask): Value {
    if (++this.steps * this.block.threads > mostWork) throw new Stop();
    switch (node.type) {
      case 'parenthesized_expression':
      case 'condition_clause':
        return this.value(node.child('value') ?? node.children[0] ?? node, mask);
      case 'number_literal':
      case 'true':
      case 'false':
      case 'sizeof_expression':
        return this.constant(node);
      case 'identifier':
      case 'qualified_identifier':
        return this.name(node, mask);
      case 'field_expression':
      case 'subscript_expression':
        return this.place(node, mask, 'read');
      case 'binary_expression':
        return this.binary(node, mask);
      case 'unary_expression':
        return map(this.lanes(node.child('argument'), mask), (x) => unary(node.child('operator')?.text ?? '', x));
      case 'conditional_expression':
        return this.conditional(node, mask);
      case 'assignment_expression':
        return this.assignment(node, mask);
      case 'update_expression': {
        const target = node.child('argument');
        const before = this.lanes(target, mask);
        const after = map(before, (x) => x + (node.child('operator')?.text === '--' ? -1 : 1));
        if (target) this.store(target, after, mask);
        return node.children[0]?.field === 'operator' ? after : before;
      }
      case 'cast_expression':
        // `(void)x` only keeps the compiler quiet.
        if (node.child('type')?.text === 'void' && node.child('value')?.type === 'identifier') return this.unknown();
        return this.cast(node.child('type')?.text ?? '', this.value(node.child('value') ?? node, mask));
      case 'comma_expression':
        this.value(node.child('left')!, mask);
        return this.value(node.child('right')!, mask);
      case 'pointer_expression':
        return this.pointer(node, mask);
      case 'call_expression':
        return this.calls(node, mask);
      case 'lambda_expression':
      case 'gnu_asm_expression':
        throw new Stop();
      default:
        for (const child of node.children) this.value(child, mask);
        return this.unknown();
    }
  }

  private constant(node: SyntaxNode): Lanes {
    const known = this.constants.get(node);
    if (known instanceof Float64Array) return known;
    const folded = this.block.evaluator.fold(this.block.resolve(node, this.fn));
    const value = 'ok' in folded && typeof folded.ok.value === 'bigint' ? Number(folded.ok.value) : NaN;
    const lanes = fill(this.block.threads, value);
    this.constants.set(node, lanes);
    return lanes;
  }

  private name(node: SyntaxNode, mask: Mask): Value {
    const value = this.scope.get(node.text);
    if (value) return isPointer(value) ? this.scalar(value, node, mask) : value;
    if (!this.block.evaluator.index.macros.has(node.text)) return this.constant(node);
    return this.macro(node, mask);
  }

  /** A `__shared__` variable that is no array is read where it is named. */
  private scalar(pointer: Pointer, site: SyntaxNode, mask: Mask): Value {
    if (pointer.array.extents.length > 0 || pointer.depth < 0) return pointer;
    return this.touch(pointer, mask, { kind: 'read', site, field: '', volatile: pointer.volatile });
  }

  /** What the preprocessor would make of it, as long as that only computes. */
  private macro(node: SyntaxNode, mask: Mask): Lanes {
    const { evaluator } = this.block;
    const bodies = (evaluator.index.macros.get(/^\w+/.exec(node.text)![0]) ?? []).map(({ value }) => value.body);
    if (bodies.some((body) => /[[\]{};]|[^<>=!]=[^=]|\+\+|--|sync|asm/.test(body))) throw new Stop();
    return this.expr(evaluator.parse(node.text), node, mask, 0);
  }

  private expr(e: Expr, at: SyntaxNode, mask: Mask, depth: number): Lanes {
    if (++this.steps * this.block.threads > mostWork || depth > 20) throw new Stop();
    const inner = (sub: Expr): Lanes => this.expr(sub, at, mask, depth + 1);
    switch (e.kind) {
      case 'number':
        return fill(this.block.threads, typeof e.value.value === 'bigint' ? Number(e.value.value) : NaN);
      case 'name': {
        const value = this.scope.get(e.name);
        if (value) {
          if (isPointer(value)) throw new Stop();
          return value;
        }
        const folded = this.block.evaluator.fold(this.block.evaluator.resolveText(e.name, { at, function: this.fn }));
        return fill(
          this.block.threads,
          'ok' in folded && typeof folded.ok.value === 'bigint' ? Number(folded.ok.value) : NaN,
        );
      }
      case 'member':
        return e.object.kind === 'name' ? (this.builtins.of(e.object.name, e.name) ?? this.unknown()) : this.unknown();
      case 'unary':
        return map(inner(e.operand), (x) => unary(e.op, x));
      case 'binary': {
        const f = operators[e.op];
        return f ? zip(inner(e.left), inner(e.right), f) : this.unknown();
      }
      case 'conditional': {
        const [c, a, b] = [inner(e.condition), inner(e.then), inner(e.otherwise)];
        return c.map((x, t) => (Number.isFinite(x) ? (x !== 0 ? a[t]! : b[t]!) : NaN));
      }
      case 'cast':
        return this.block.evaluator.types.number(e.type)?.startsWith('f') ? this.unknown() : inner(e.operand);
      case 'call': {
        const f = functions[lastPart(e.callee)];
        const args = e.args.map(inner);
        if (!f && !quiet.test(lastPart(e.callee))) throw new Stop();
        return f && args.length === 2 ? zip(args[0]!, args[1]!, f) : this.unknown();
      }
      default:
        return this.unknown();
    }
  }

  private conditional(node: SyntaxNode, mask: Mask): Value {
    const condition = this.lanes(node.child('condition'), mask);
    const [then, otherwise] = [node.child('consequence'), node.child('alternative')];
    const a = this.lanes(then, where(mask, condition, 1));
    const b = this.lanes(otherwise, where(mask, condition, 0));
    return condition.map((c, t) => (Number.isFinite(c) ? (c !== 0 ? a[t]! : b[t]!) : NaN));
  }

  private binary(node: SyntaxNode, mask: Mask): Value {
    const op = node.child('operator')?.text ?? '';
    const [left, right] = [node.child('left')!, node.child('right')!];
    const a = this.value(left, mask);
    if (op === '&&' || op === '||') {
      const condition = isPointer(a) ? this.unknown() : a;
      const b = this.lanes(right, where(mask, condition, op === '&&' ? 1 : 0));
      return zip(condition, b, operators[op]!);
    }
    const b = this.value(right, mask);
    if (isPointer(a) || isPointer(b)) return this.moved(op, a, b);
    const f = operators[op];
    return f ? zip(a, b, f) : this.unknown();
  }

  private moved(op: string, a: Value, b: Value): Value {
    const [pointer, by] = isPointer(a) ? [a, b] : [b as Pointer, a];
    if (isPointer(by) || !/^[+-]$/.test(op)) return this.unknown();
    const step = this.stride(pointer.array, pointer.depth);
    return { ...pointer, offset: zip(pointer.offset, by, (x, y) => x + (op === '+' ? y : -y) * step) };
  }

  /** Elements that one step in this dimension passes over. */
  private stride(array: SharedArray, depth: number): number {
    return array.extents.slice(depth + 1).reduce((product, extent) => product * extent, 1);
  }

  /** The element behind `s[i][j]`, `p->x`, `*p`, `s.x`: read, written, or only named. */
  protected place(node: SyntaxNode, mask: Mask, kind: Use['kind'] | 'address', site = node, field = ''): Value {
    const inner = unparenthesized(node);
    if (inner.type === 'field_expression') {
      const object = inner.child('argument')!;
      const member = inner.child('field')?.text ?? '';
      const builtin = object.type === 'identifier' ? this.builtins.of(object.text, member) : undefined;
      if (builtin) return builtin;
      return this.place(object, mask, kind, site, field === '' ? member : `${member}.${field}`);
    }
    if (inner.type === 'identifier') {
      const value = this.scope.get(inner.text);
      if (!value || !isPointer(value)) return value ?? this.name(inner, mask);
      return field !== '' || value.array.extents.length === 0 ? this.element(value, mask, kind, site, field) : value;
    }
    if (inner.type === 'subscript_expression') {
      const base = this.place(inner.child('argument')!, mask, 'address');
      const list = inner.child('indices')?.children ?? [];
      const index = this.lanes(list.length === 1 ? list[0] : inner.child('indices'), mask);
      if (!isPointer(base)) return this.unknown();
      const step = this.stride(base.array, base.depth);
      const offset = zip(base.offset, index, (x, y) => x + y * step);
      const chosen: Pointer = { ...base, offset, depth: base.depth + 1 };
      if (chosen.depth < base.array.extents.length) return chosen;
      return this.element(chosen, mask, kind, site, field);
    }
    if (inner.type === 'pointer_expression' && inner.child('operator')?.text === '*') {
      const base = this.value(inner.child('argument')!, mask);
      return isPointer(base) ? this.element(base, mask, kind, site, field) : this.unknown();
    }
    const value = this.value(inner, mask);
    if (isPointer(value) && field !== '') value.array.lost = true;
    return value;
  }

  private element(pointer: Pointer, mask: Mask, kind: Use['kind'] | 'address', site: SyntaxNode, field: string): Value {
    // Below the element nothing is told apart.
    if (kind === 'address') return field === '' ? { ...pointer, depth: pointer.depth } : this.lose(pointer);
    return this.touch(pointer, mask, { kind, site, field, volatile: pointer.volatile });
  }

  private lose(pointer: Pointer): Lanes {
    pointer.array.lost = true;
    return this.unknown();
  }

  private touch({ array, offset }: Pointer, mask: Mask, use: Use): Lanes {
    this.block.memory.use(array, offset, mask, use);
    return this.unknown();
  }

  private pointer(node: SyntaxNode, mask: Mask): Value {
    const argument = node.child('argument')!;
    if (node.child('operator')?.text === '*') return this.place(node, mask, 'read');
    const value = this.place(argument, mask, 'address');
    if (!isPointer(value)) return this.unknown();
    // The address of an element steps over elements again.
    return { ...value, depth: Math.max(0, value.array.extents.length - 1) };
  }

  private cast(type: string, value: Value): Value {
    if (!isPointer(value)) {
      return this.block.evaluator.types.number(type.trim())?.startsWith('f') ? this.unknown() : value;
    }
    const to = type.replace(/[\s*]|\bconst\b|\bvolatile\b|__restrict__/g, '');
    if (to !== value.array.type.replace(/\s/g, '')) return this.lose(value);
    return { ...value, volatile: value.volatile || /\bvolatile\b/.test(type) };
  }

  private assignment(node: SyntaxNode, mask: Mask): Value {
    const op = node.child('operator')?.text ?? '=';
    const [left, right] = [node.child('left')!, node.child('right')!];
    let value = this.value(right, mask);
    if (op !== '=') {
      const f = operators[op.slice(0, -1)];
      const before = this.value(left, mask);
      value =
        isPointer(before) || isPointer(value)
          ? this.moved(op.slice(0, -1), before, value)
          : f
            ? zip(before, value, f)
            : this.unknown();
    }
    this.store(left, value, mask);
    return value;
  }

  protected store(target: SyntaxNode, value: Value, mask: Mask): void {
    const place = unparenthesized(target);
    const known = place.type === 'identifier' ? this.scope.get(place.text) : undefined;
    if (known && !(isPointer(known) && known.array.extents.length === 0 && known.depth >= 0 && !isPointer(value))) {
      this.scope.assign(place.text, merge(known, value, mask) ?? this.unknown());
      return;
    }
    this.place(place, mask, 'write');
  }

  private calls(node: SyntaxNode, mask: Mask): Value {
    const { memory, evaluator } = this.block;
    const callee = node.child('function')!;
    const args = node.child('arguments')?.children ?? [];
    const name = lastPart(callee.text.replace(/<[\s\S]*$/, '').trim());
    if (barrierName(node, this.fn, evaluator.index, 0) !== undefined) {
      args.forEach((arg) => this.value(arg, mask));
      memory.blockBarrier();
      return this.unknown();
    }
    if (callee.type !== 'field_expression' && evaluator.index.macros.has(name)) return this.macro(node, mask);
    if (/^atomic[A-Z]/.test(name) && args[0]) {
      const target = args[0];
      args.slice(1).forEach((arg) => this.value(arg, mask));
      const pointer = this.value(target, mask);
      if (isPointer(pointer)) {
        const scattered = this.isScattered(target);
        const kind = name === 'atomicExch' ? 'write' : 'atomic';
        this.touch(pointer, mask, { kind, site: target, field: '', volatile: false, scattered });
      }
      return this.unknown();
    }
    if (callee.type === 'field_expression') this.value(callee.child('argument')!, mask);
    const values = args.map((arg) => this.argument(arg, mask));
    if (warpBarrier.test(name)) memory.warpBarrier();
    const own = evaluator.index.functions.get(name) ?? [];
    const target = own.length === 1 ? own[0]!.value : undefined;
    if (callee.type !== 'field_expression' && target?.body && target.parameters.length === args.length) {
      return this.call(target, values, mask);
    }
    const f = functions[name];
    const [a, b] = values;
    if (f && a && b && !isPointer(a) && !isPointer(b)) return zip(a, b, f);
    if (/_cast$/.test(name) && a) return this.cast(/<([\s\S]*)>/.exec(callee.text)?.[1] ?? '', a);
    if (callee.type === 'primitive_type' || (own.length === 0 && quiet.test(name))) {
      // A reader is given the address of what it reads.
      values.forEach((value) => isPointer(value) && this.lose(value));
      return callee.type === 'primitive_type' && a && !isPointer(a) ? this.cast(name, a) : this.unknown();
    }
    // It may wait, and do anything with what it is given.
    values.forEach((value) => isPointer(value) && this.lose(value));
    memory.blockBarrier();
    return this.unknown();
  }

  /** A shared scalar may be taken by reference. */
  private argument(node: SyntaxNode, mask: Mask): Value {
    const value = node.type === 'identifier' ? this.scope.get(node.text) : undefined;
    if (value && isPointer(value) && value.array.extents.length === 0) return value;
    return this.value(node, mask);
  }

  /** `&s[data[i]]`: nothing of the index but what was read decides. */
  private isScattered(target: SyntaxNode): boolean {
    const element = target.child('argument');
    const index = element?.type === 'subscript_expression' ? element.child('indices') : undefined;
    if (!index || element?.child('argument')?.type !== 'identifier') return false;
    return (uniformityOf(this.fn, this.block.evaluator).of(index) & ~blockBit) === dataBit;
  }

  /** Whether the condition has one value for the block, whatever it is. */
  protected isUniform(condition: SyntaxNode): boolean {
    return (uniformityOf(this.fn, this.block.evaluator).of(condition) & ~blockBit) === 0;
  }
}

/** The value after an assignment that only the threads of `mask` make. */
function merge(before: Value, after: Value, mask: Mask): Value | undefined {
  if (mask.every((m) => m === 1)) return after;
  if (isPointer(before) || isPointer(after)) return undefined;
  return before.map((old, t) => (mask[t] === 0 ? old : mask[t] === 1 ? after[t]! : NaN));
}
