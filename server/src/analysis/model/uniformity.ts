/** Which values of device code are the same for all threads of a block, for all lanes of a warp, or different for each thread. */
import type { SyntaxNode } from '../parse';
import type { Memory } from './environment';
import type { Evaluator } from './evaluator';
import type { Expr } from './expression';
import type { FunctionFacts, Variable, VariableEvent } from './facts';
import { lastPart } from './file-index';
import { loadCall, pureCall } from './pure-calls';
import { eventsOf, eventsReaching, findVariable } from './reach';
import { takesByValue } from './references';
import { bare } from './symbolic';
import { assignedValue } from './threads';

/** A set of the bits below; none of them means the same value for the whole block. */
export type Variation = number;

export const uniform: Variation = 0;
/** Different from lane to lane, by `threadIdx.x`, `.y`, `.z`. */
export const laneBits = 0b000111;
/** Different from warp to warp only. */
export const warpBits = 0b111000;
/** Different from block to block. */
export const blockBit = 1 << 6;
/** Read from memory at a place that differs from lane to lane, or from warp to warp. */
export const dataBit = 1 << 7;
export const warpDataBit = 1 << 8;
export const unknownBit = 1 << 9;

const warpShift = 3;
/** The same for the whole block. */
const agreed = /^__syncthreads(?:_and|_or|_count)?$/;
const branches = /^(?:if|while|do|switch|for)_statement$|^conditional_expression$/;
const warpWidth = 32n;
/** A block of up to this many threads is a matter of course; a test against more may be true for every thread. */
const smallBlock = 64n;

export class Uniformity {
  private readonly known = new Map<SyntaxNode, Variation>();
  private readonly asking = new Set<SyntaxNode>();
  private readonly kernel: boolean;

  constructor(
    private readonly fn: FunctionFacts,
    private readonly evaluator: Evaluator,
  ) {
    this.kernel = fn.specifiers.has('__global__');
  }

  of(node: SyntaxNode | undefined): Variation {
    if (!node) return uniform;
    switch (node.type) {
      case 'identifier':
        return this.identifier(node);
      case 'field_expression':
        return this.field(node);
      case 'subscript_expression':
        return this.subscript(node);
      case 'pointer_expression':
        return node.child('operator')?.text === '*'
          ? loaded(this.of(node.child('argument')))
          : this.of(node.child('argument'));
      case 'call_expression':
        return this.call(node);
      case 'binary_expression':
        return this.binary(node);
      case 'sizeof_expression':
        return uniform;
      case 'assignment_expression':
        return this.of(node.child('right')) | (node.child('operator')?.text === '=' ? 0 : this.of(node.child('left')));
      case 'lambda_expression':
      case 'declaration':
      case 'ERROR':
        return unknownBit;
      default:
        return node.children.reduce((sum, child) => sum | this.of(child), uniform);
    }
  }

  private identifier(node: SyntaxNode): Variation {
    const name = node.text;
    if (name === 'threadIdx') return laneBits;
    if (name === 'blockIdx') return blockBit;
    if (/^(?:blockDim|gridDim|warpSize|true|false)$/.test(name)) return uniform;
    const variable = findVariable(this.fn, name, node);
    if (variable) return this.variable(variable, node);
    const { index } = this.evaluator;
    const macros = index.macros.get(name);
    if (macros) return macros.reduce((sum, { value }) => sum | builtinsIn(value.body), uniform);
    if (index.variables.has(name)) return uniform;
    if (this.fn.templateParameters.some((p) => p.text.split(/[\s=.]+/).includes(name))) return uniform;
    return unknownBit;
  }

  private variable(variable: Variable, at: SyntaxNode): Variation {
    const known = this.known.get(at);
    if (known !== undefined) return known;
    // A value that depends on itself through a loop differs only if something else makes it differ.
    if (this.asking.has(at)) return uniform;
    this.asking.add(at);
    const result = this.computeVariable(variable, at);
    this.asking.delete(at);
    this.known.set(at, result);
    return result;
  }

  private computeVariable(variable: Variable, at: SyntaxNode): Variation {
    // Shared memory has one value; who wrote it does not matter.
    if (variable.specifiers.has('__shared__')) return uniform;
    const parameter = variable.kind === 'parameter';
    if (variable.type.reference && !parameter) return this.reference(variable);
    let sum = parameter && !(this.kernel && variable.scope === this.fn.node) ? unknownBit : uniform;
    const events = eventsReaching(variable, eventsOf(this.fn, variable), at);
    if (!parameter && events.length === 0 && variable.type.arrays === 0) return unknownBit;
    for (const event of events) {
      if ((variable.type.pointers > 0 && event.member !== undefined) || this.keeps(event)) continue;
      if (isBehindMember(event.node)) continue;
      const initial = event === variable.initial || event.action.kind === 'passed' || event.action.kind === 'unknown';
      sum |= this.event(event) | (initial ? uniform : this.conditions(event.node, at));
    }
    return sum;
  }

  /** Another name for what it is bound to. */
  private reference({ initial }: Variable): Variation {
    const bound = initial && assignedValue(initial.node);
    const base = bound?.type === 'subscript_expression' ? bound.child('argument') : bound;
    const target = base?.type === 'identifier' ? findVariable(this.fn, base.text, base) : undefined;
    return target?.specifiers.has('__shared__') ? this.of(bound) : unknownBit;
  }

  private event({ node, action }: VariableEvent): Variation {
    if (action.kind === 'unknown' || action.kind === 'passed') return unknownBit;
    return this.of(assignedValue(node));
  }

  /** The variable is handed to a function that leaves it alone. */
  private keeps({ action }: VariableEvent): boolean {
    if (action.kind !== 'passed') return false;
    return takesByValue(this.evaluator.index, action.callee, action.index) || pureCall.test(action.callee);
  }

  /** The conditions under which `event` runs and that do not hold at `at` anyway: the value depends on them too. */
  private conditions(event: SyntaxNode, at: SyntaxNode): Variation {
    let sum = uniform;
    let child = event;
    for (const outer of event.upwards()) {
      if (outer !== event && outer.contains(at)) break;
      if (branches.test(outer.type) && child !== outer && child.field !== 'initializer' && child.field !== 'condition')
        sum |= this.of(outer.child('condition'));
      child = outer;
    }
    return sum;
  }

  private field(node: SyntaxNode): Variation {
    const object = node.child('argument');
    if (object?.text === 'threadIdx') return axisBit(node.child('field')?.text ?? '');
    const inner = this.of(object);
    return node.child('operator')?.text === '->' ? loaded(inner) : inner;
  }

  private subscript(node: SyntaxNode): Variation {
    const base = node.child('argument');
    const index = this.of(node.child('indices'));
    const variable = base?.type === 'identifier' ? findVariable(this.fn, base.text, base) : undefined;
    if (variable?.kind === 'variable' && variable.type.arrays > 0 && !variable.specifiers.has('__shared__'))
      return index | this.variable(variable, base!);
    return loaded(index | this.of(base));
  }

  private call(node: SyntaxNode): Variation {
    const callee = node.child('function');
    const args = node.child('arguments')?.children ?? [];
    if (!callee) return unknownBit;
    if (callee.type === 'field_expression') return methodResult(callee.child('field')?.text ?? '');
    const name = lastPart(callee.text.replace(/<[\s\S]*$/, '').trim());
    const all = args.reduce((sum, child) => sum | this.of(child), uniform);
    if (agreed.test(name)) return uniform;
    if (callee.type === 'primitive_type' || pureCall.test(name)) return all;
    if (loadCall.test(name)) return loaded(all);
    if (/^atomic[A-Z]/.test(name)) return dataBit;
    const own = this.evaluator.index.functions.get(name);
    if (own?.length !== 1 || this.evaluator.index.macros.has(name)) return unknownBit;
    // `return blockIdx.x * blockDim.x + threadIdx.x;` says it all; of a longer function nothing is known.
    const { body } = own[0]!.value;
    const only = body?.children.length === 1 && body.children[0]!.type === 'return_statement';
    return only && !/\w\s*\(|asm/.test(body.text.replace(/return\s*\(/, '')) ? all | builtinsIn(body.text) : unknownBit;
  }

  private binary(node: SyntaxNode): Variation {
    const op = node.child('operator')?.text ?? '';
    const [left, right] = [node.child('left'), node.child('right')];
    if (!left || !right) return unknownBit;
    const [a, b] = [this.of(left), this.of(right)];
    if (/^[<>]=?$|^[!=]=$/.test(op)) return this.comparison(op, left, right, a, b);
    // `i - threadIdx.x` may be where the block begins.
    if (op === '-' && (a & b & (laneBits | warpBits)) !== 0) return ((a | b) & ~(laneBits | warpBits)) | unknownBit;
    if ((a & laneBits) === 0 || b !== uniform) return a | b;
    if (op === '/' || op === '>>') return this.quotient(a, this.divisor(op, right));
    if (op === '&' && this.integer(right) === -warpWidth) return byWarp(a);
    return a;
  }

  /** `x / 32` tells warps apart; `x / 256` may be the same for the whole block. */
  private quotient(bits: Variation, divisor: bigint | undefined): Variation {
    if (divisor === undefined) return (bits & ~(laneBits | warpBits)) | unknownBit;
    if (divisor < warpWidth || (bits & laneBits) !== 1) return bits;
    if (divisor === warpWidth) return byWarp(bits);
    return (bits & ~(laneBits | warpBits)) | unknownBit;
  }

  private divisor(op: string, right: SyntaxNode): bigint | undefined {
    if (right.text === 'warpSize') return warpWidth;
    const value = this.integer(right);
    if (value === undefined || value < 0n) return undefined;
    return op === '/' ? value : value < 32n ? 1n << value : undefined;
  }

  /** Whether a comparison with the thread's number may come out the same for every thread of the block. */
  private comparison(op: string, left: SyntaxNode, right: SyntaxNode, a: Variation, b: Variation): Variation {
    const sum = a | b;
    const [own, other] = (a & laneBits) !== 0 ? [left, right] : [right, left];
    const [ownBits, otherBits] = own === left ? [a, b] : [b, a];
    if ((ownBits & laneBits) === 0 || (ownBits & ~(laneBits | warpBits)) !== 0) return sum;
    if ((otherBits & unknownBit) !== 0) return unknownBit;
    if (otherBits !== uniform) return sum;
    const bound = bare(this.resolve(other));
    const thread = bare(this.resolve(own));
    if (!ofBuiltins(thread)) return sum;
    const axis = thread.kind === 'opaque' ? /^threadIdx\.([xyz])$/.exec(thread.name)?.[1] : undefined;
    if (axis !== undefined && bound.kind === 'opaque' && bound.name === `blockDim.${axis}`) return uniform;
    const value = this.integer(other);
    if (value === undefined) return this.mayBeBlockSize(bound) ? unknownBit : sum;
    if (/^[!=]=$/.test(op)) return sum;
    // A named constant is most often the block's size, or that of what a block works on.
    const literal = /^\w+$/.test(other.text) && /^\d/.test(other.text);
    return value < smallBlock && literal && !this.extents().includes(value) ? sum : unknownBit;
  }

  /** A template parameter, or a product of several. */
  private mayBeBlockSize(expr: Expr): boolean {
    const e = bare(expr);
    if (e.kind === 'opaque') return /template parameter/.test(e.why) || /^blockDim\./.test(e.name);
    if (e.kind === 'binary' && /^[*+-]$/.test(e.op)) return this.mayBeBlockSize(e.left) || this.mayBeBlockSize(e.right);
    return false;
  }

  private extents(): bigint[] {
    const sizes: bigint[] = [];
    for (const variable of [...this.fn.variables.values()].flat()) {
      if (!variable.specifiers.has('__shared__')) continue;
      for (const extent of variable.type.extents) {
        const size = this.integer(extent);
        if (size !== undefined) sizes.push(size, size - 1n);
      }
    }
    return sizes;
  }

  private resolve(node: SyntaxNode): Expr {
    return this.evaluator.resolveText(node.text, { at: node, function: this.fn });
  }

  private integer(node: SyntaxNode): bigint | undefined {
    const folded = this.evaluator.fold(this.resolve(node));
    return 'ok' in folded && typeof folded.ok.value === 'bigint' ? folded.ok.value : undefined;
  }
}

/** Made of the thread's number and sizes alone. */
function ofBuiltins(expr: Expr): boolean {
  const e = bare(expr);
  if (e.kind === 'binary') return ofBuiltins(e.left) && ofBuiltins(e.right);
  return e.kind === 'number' || (e.kind === 'opaque' && /^(?:threadIdx|blockDim)\.|^warpSize$/.test(e.name));
}

function axisBit(axis: string): Variation {
  const at = 'xyz'.indexOf(axis);
  return at < 0 || axis === '' ? laneBits : 1 << at;
}

function builtinsIn(text: string): Variation {
  let sum = /\bblockIdx\b/.test(text) ? blockBit : uniform;
  for (const [, axis] of text.matchAll(/\bthreadIdx\s*(?:\.\s*([xyz]))?/g)) sum |= axisBit(axis ?? '');
  return sum;
}

/** Methods of cooperative groups. */
function methodResult(name: string): Variation {
  if (/^thread_(?:rank|index)$/.test(name)) return laneBits;
  if (name === 'meta_group_rank') return laneBits << warpShift;
  return /^(?:size|num_threads|group_dim|dim_threads|meta_group_size)$/.test(name) ? uniform : unknownBit;
}

function byWarp(bits: Variation): Variation {
  return (bits & ~laneBits) | ((bits & laneBits) << warpShift);
}

function loaded(bits: Variation): Variation {
  let result = bits & unknownBit;
  if ((bits & (laneBits | dataBit)) !== 0) result |= dataBit;
  if ((bits & (warpBits | warpDataBit)) !== 0) result |= warpDataBit;
  return result;
}

const memory: Memory<Uniformity> = new WeakMap();

export function uniformityOf(fn: FunctionFacts, evaluator: Evaluator): Uniformity {
  return evaluator.index.environment.remember(memory, fn, () => new Uniformity(fn, evaluator));
}

/** `params.sums[i] = x` stores behind a member of `params` and leaves the other members alone. */
function isBehindMember(node: SyntaxNode): boolean {
  const target = node.type === 'assignment_expression' ? node.child('left') : undefined;
  return target?.type === 'subscript_expression' && target.child('argument')?.type === 'field_expression';
}
