/** Runs the statements of device code for all threads of a block in step. */
import type { SyntaxNode } from '../../../parse';
import type { FunctionFacts, Variable } from '../../../model/facts';
import { findVariable } from '../../../model/reach';
import { Expressions, Stop, type Block } from './expressions';
import { anyOf, fill, truth, where, type Lanes, type Mask } from './lanes';
import { isPointer, Scope, type Value } from './scope';

/** Loops over data are run a few times: the second pass meets what the first one left. */
const fewPasses = 3;
const mostPasses = 40;
const deepestCall = 3;

interface Frame {
  /** Threads that have not returned. */
  readonly live: Mask;
  result: Value | undefined;
}

interface Loop {
  readonly running: Mask;
  readonly passing: Mask;
}

export class Statements extends Expressions {
  private frame!: Frame;
  private loops: Loop[] = [];
  private depth = 0;

  constructor(block: Block) {
    super(block);
  }

  kernel(fn: FunctionFacts): void {
    this.fn = fn;
    this.scope = new Scope();
    this.frame = { live: new Uint8Array(this.block.threads).fill(1), result: undefined };
    for (const { variable } of fn.parameters) {
      const { type, node } = variable;
      const plain = type.pointers === 0 && !type.reference;
      const integer = plain && /^[iu]\d/.test(this.block.evaluator.types.number(type.base) ?? '');
      const folded = plain ? this.block.evaluator.fold(this.block.resolve(node, fn)) : undefined;
      const fixed = folded && 'ok' in folded && typeof folded.ok.value === 'bigint' ? Number(folded.ok.value) : NaN;
      // A size that is not known is taken to be large.
      this.scope.declare(variable.name, fill(this.block.threads, Number.isNaN(fixed) && integer ? Infinity : fixed));
    }
    try {
      this.run(fn.body!, this.frame.live);
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
  }

  protected call(fn: FunctionFacts, args: readonly Value[], mask: Mask): Value {
    if (this.depth >= deepestCall || fn.body!.broken) throw new Stop();
    const outer = { fn: this.fn, scope: this.scope, frame: this.frame, loops: this.loops };
    this.fn = fn;
    this.scope = new Scope();
    this.frame = { live: mask.slice(), result: undefined };
    this.loops = [];
    this.depth++;
    fn.parameters.forEach(({ node, variable }, i) => {
      const value = args[i]!;
      if (isPointer(value) && variable.type.pointers === 0) throw new Stop();
      const made = isPointer(value) && /\bvolatile\b/.test(node.text) ? { ...value, volatile: true } : value;
      this.scope.declare(variable.name, made);
    });
    this.run(fn.body!, mask);
    const result = this.frame.result ?? this.unknown();
    Object.assign(this, outer);
    this.depth--;
    return result;
  }

  /** The threads of `mask` that are still on their way through this statement. */
  private active(mask: Mask): Mask {
    const { live } = this.frame;
    const loop = this.loops[this.loops.length - 1];
    const result = new Uint8Array(mask.length);
    for (let t = 0; t < mask.length; t++) {
      const [m, l] = [mask[t]!, live[t]!];
      const [r, p] = loop ? [loop.running[t]!, loop.passing[t]!] : [1, 1];
      // Each is 0, 1 or 2: the product tells whether one is 0, and whether all are 1.
      const all = m * l * r * p;
      result[t] = all > 1 ? 2 : all;
    }
    return result;
  }

  private run(node: SyntaxNode, given: Mask): void {
    const mask = this.active(given);
    if (!anyOf(mask)) return;
    switch (node.type) {
      case 'compound_statement':
      case 'else_clause':
        this.scope.within(() => node.children.forEach((child) => this.run(child, mask)));
        return;
      case 'expression_statement':
        node.children.forEach((child) => this.value(child, mask));
        return;
      case 'declaration':
        this.declaration(node, mask);
        return;
      case 'if_statement':
        this.branch(node, mask);
        return;
      case 'for_statement':
        this.scope.within(() => {
          const first = node.child('initializer');
          if (first?.type === 'declaration') this.declaration(first, mask);
          else if (first) this.value(first, mask);
          this.loop(node, mask, false);
        });
        return;
      case 'while_statement':
        this.loop(node, mask, false);
        return;
      case 'do_statement':
        this.loop(node, mask, true);
        return;
      case 'return_statement': {
        const value = node.children.find((child) => child.type !== 'return');
        const result = value && this.value(value, mask);
        this.frame.result =
          this.frame.result === undefined && mask.every((m, t) => m === this.frame.live[t]) ? result : this.unknown();
        leave(this.frame.live, mask);
        return;
      }
      case 'break_statement':
        this.leaveLoop(mask, 'running');
        return;
      case 'continue_statement':
        this.leaveLoop(mask, 'passing');
        return;
      case 'static_assert_declaration':
      case 'using_declaration':
      case 'alias_declaration':
      case 'type_definition':
      case 'preproc_call':
      case 'preproc_def':
      case 'preproc_function_def':
        return;
      case 'preproc_directive':
      case 'namespace_alias_definition':
      case 'attributed_statement':
      case 'else':
        return;
      default:
        this.skip(node);
    }
  }

  /** What else there is, `switch` or `#if`: nothing is known of what it sets. */
  private skip(node: SyntaxNode): void {
    if (/sync|barrier|wait|asm|return|continue|goto|__shared__|\w\s*\([^)]*&/i.test(node.text)) throw new Stop();
    if (/^(?:break|labeled)_statement$/.test(node.type)) throw new Stop();
    for (const inner of node.walk()) {
      if (inner.type !== 'identifier') continue;
      const value = this.scope.get(inner.text);
      if (value && isPointer(value)) value.array.lost = true;
    }
    this.forget(node);
  }

  /** The variables that are set in `node` may have any value. */
  private forget(node: SyntaxNode): void {
    for (const [name, events] of this.fn.events) {
      if (!events.some((event) => node.contains(event.node))) continue;
      const value = this.scope.get(name);
      if (value && !(isPointer(value) && value.array.name === name)) this.scope.assign(name, this.unknown());
    }
  }

  private leaveLoop(mask: Mask, what: keyof Loop): void {
    const loop = this.loops[this.loops.length - 1];
    if (!loop) throw new Stop();
    leave(loop[what], mask);
  }

  private branch(node: SyntaxNode, mask: Mask): void {
    const condition = node.child('condition')!;
    if (condition.child('initializer') || condition.child('value')?.type === 'declaration') throw new Stop();
    const value = this.lanes(condition, mask);
    const sides = this.comparesShared(condition) ? value.map((x) => (Number.isNaN(x) ? 1 : x)) : value;
    const [then, otherwise] = [node.child('consequence'), node.child('alternative')];
    if (then) this.scope.within(() => this.run(then, where(mask, sides, 1)));
    if (otherwise) this.run(otherwise, where(mask, value, 0));
  }

  /** `if (s[i] < s[j])`: elements are compared, and may well be so for any thread. */
  private comparesShared(condition: SyntaxNode): boolean {
    const inner = condition.child('value');
    if (inner?.type !== 'binary_expression' || !/^[<>]=?$/.test(inner.child('operator')?.text ?? '')) return false;
    return [inner.child('left'), inner.child('right')].every((side) => {
      const base = side?.type === 'subscript_expression' ? side.child('argument') : undefined;
      const value = base?.type === 'identifier' ? this.scope.get(base.text) : undefined;
      return value !== undefined && isPointer(value);
    });
  }

  private loop(node: SyntaxNode, mask: Mask, bodyFirst: boolean): void {
    const { memory } = this.block;
    const body = node.child('body')!;
    const condition = node.child('condition');
    const update = node.child('update');
    const inner = condition?.type === 'condition_clause' ? condition.child('value') : condition;
    const running = mask.slice();
    const uniform = condition !== undefined && this.isUniform(condition);
    // Where nobody waits, a few passes meet everything that more would meet.
    const waits = /sync|barrier|wait/i.test(body.text);
    const most = waits ? mostPasses : fewPasses + 1;
    let passes = 0;
    let cut = false;
    for (; ; passes++) {
      if (!bodyFirst || passes > 0) {
        const value = condition ? this.lanes(condition, running) : fill(this.block.threads, NaN);
        const open = value.every((x) => Number.isNaN(truth(x)));
        // How often is not known: often enough to come round.
        const goesOn = (open && uniform) || !condition;
        if (!goesOn) running.set(where(running, value, 1));
        if ((goesOn || isLarge(value, condition)) && passes >= fewPasses) cut = true;
      }
      if (!anyOf(running) || (passes > 0 && !running.includes(1))) break;
      if (passes >= most) cut = true;
      if (cut) break;
      const loop = { running, passing: new Uint8Array(this.block.threads).fill(1) };
      this.loops.push(loop);
      this.scope.within(() => this.run(body, running));
      this.loops.pop();
      if (update) {
        const still = running.map((m, t) => (this.frame.live[t] === 0 ? 0 : m));
        if (anyOf(still)) this.value(update, still);
      }
      for (let t = 0; t < running.length; t++) if (this.frame.live[t] === 0) running[t] = 0;
      if (passes + 1 >= fewPasses && this.endless(inner, running)) {
        cut = true;
        break;
      }
    }
    // What the passes left out would have set is not known.
    if (!cut && !running.includes(2)) return;
    this.forget(node);
    if (waits) memory.blockBarrier();
  }

  /** The end is a size that is not known. */
  /** The end is a size that is not known. */
  private endless(condition: SyntaxNode | undefined, mask: Mask): boolean {
    if (condition?.type !== 'binary_expression' || /[[(=]\s*\w/.test(condition.text.replace(/[<>!=]=/g, '')))
      return false;
    return [condition.child('left'), condition.child('right')].some((side) => {
      return this.lanes(side, mask).some((x) => Math.abs(x) === Infinity);
    });
  }

  private declaration(node: SyntaxNode, mask: Mask): void {
    for (const declared of node.children) {
      if (declared.field !== 'declarator') continue;
      const name = nameIn(declared);
      const variable = name && findVariable(this.fn, name.text, name);
      if (!name || !variable) throw new Stop();
      if (variable.specifiers.has('__shared__')) this.shared(variable, node);
      else this.scope.declare(variable.name, this.initial(variable, declared, node, mask));
    }
  }

  private initial(variable: Variable, declared: SyntaxNode, node: SyntaxNode, mask: Mask): Value {
    const given = declared.type === 'init_declarator' ? declared.child('value') : undefined;
    if (!given) return this.unknown();
    const list = given.type === 'argument_list' || given.type === 'initializer_list';
    const value = list ? given.children.map((child) => this.value(child, mask)) : [this.value(given, mask)];
    const only = value.length === 1 ? value[0]! : undefined;
    if (variable.type.reference && only !== undefined) {
      // Another name for an element is not followed.
      const base = /^[\s(*&]*(\w+)/.exec(given.text)?.[1];
      const target = base === undefined ? undefined : this.scope.get(base);
      if (target && isPointer(target)) target.array.lost = true;
      return this.unknown();
    }
    if (only === undefined || variable.type.arrays > 0) {
      value.forEach((v) => isPointer(v) && (v.array.lost = true));
      return this.unknown();
    }
    if (!isPointer(only)) return this.typed(variable, only);
    if (variable.type.pointers === 0 && variable.type.base !== 'auto') {
      only.array.lost = true;
      return this.unknown();
    }
    return /\bvolatile\b/.test(node.text) ? { ...only, volatile: true } : only;
  }

  private typed(variable: Variable, value: Lanes): Lanes {
    if (variable.type.pointers > 0) return this.unknown();
    const type = this.block.evaluator.types.number(variable.type.base);
    return type === undefined && variable.type.base !== 'auto'
      ? this.unknown()
      : type?.startsWith('f')
        ? this.unknown()
        : value;
  }

  private shared(variable: Variable, node: SyntaxNode): void {
    const extents = variable.type.extents.map((extent) => {
      if (extent.text === '') return NaN;
      const folded = this.block.evaluator.fold(this.block.resolve(extent, this.fn));
      return 'ok' in folded ? Number(folded.ok.value) : NaN;
    });
    const shape = extents.length === 0 && variable.type.arrays > 0 ? [NaN] : extents;
    const dynamic = variable.specifiers.has('extern');
    const array = {
      name: variable.name,
      extents: shape,
      type: variable.type.base,
      volatile: /\bvolatile\b/.test(node.text),
      // Two of them would be the same memory.
      lost: shape.slice(1).some(Number.isNaN) || (dynamic && this.dynamicArrays() > 1) || !this.isPlain(variable),
      written: false,
      elements: new Map(),
    };
    this.scope.declare(variable.name, {
      array,
      offset: fill(this.block.threads, 0),
      depth: 0,
      volatile: array.volatile,
    });
  }

  /** Of numbers or vectors of them: other types may have a life of their own. */
  private isPlain({ type }: Variable): boolean {
    if (type.pointers > 0 || type.reference) return false;
    return (
      this.block.evaluator.types.size(type.base) !== undefined ||
      /^[A-Z]\w?$|^(?:scalar|real|value)_?t?$/i.test(type.base)
    );
  }

  private dynamicArrays(): number {
    return [...this.fn.variables.values()]
      .flat()
      .filter((v) => v.specifiers.has('extern') && v.specifiers.has('__shared__')).length;
  }
}

function leave(from: Mask, mask: Mask): void {
  for (let t = 0; t < from.length; t++) {
    if (mask[t] === 1) from[t] = 0;
    else if (mask[t] === 2 && from[t] === 1) from[t] = 2;
  }
}

function isLarge(value: Lanes, condition: SyntaxNode | undefined): boolean {
  return condition === undefined || value.every((x) => Number.isNaN(x));
}

function nameIn(declared: SyntaxNode): SyntaxNode | undefined {
  let node: SyntaxNode | undefined = declared;
  while (node && node.type !== 'identifier') {
    node = node.child('declarator') ?? node.children.find((child) => /identifier|declarator/.test(child.type));
  }
  return node;
}
