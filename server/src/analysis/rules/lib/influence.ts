/** What a value in a kernel depends on: which components of threadIdx and blockIdx, directly or only through memory it read. */
import type { SyntaxNode } from '../../parse';
import type { Memory } from '../../model/environment';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts, VariableEvent } from '../../model/facts';
import { lastPart, type FileIndex } from '../../model/file-index';
import { loadCall, pureCall } from '../../model/pure-calls';
import { findVariable } from '../../model/reach';
import { takesByValue } from '../../model/references';
import { assignedValue } from '../../model/threads';

/** A set of bits: `threadIdx.x` … `blockIdx.z`, the same seen through memory, and "nobody knows". */
export type Influence = number;

export const nothing: Influence = 0;
export const threads: Influence = 0b000111;
export const blocks: Influence = 0b111000;
export const everything: Influence = threads | blocks;
/** Something that is not understood: it may be different for each thread. */
export const unknown: Influence = 1 << 12;
const memoryShift = 6;

/** The components of threadIdx and blockIdx that the value is computed from. */
export function direct(influence: Influence): Influence {
  return influence & everything;
}

/** Those that only chose which element was read. */
export function throughMemory(influence: Influence): Influence {
  return (influence >> memoryShift) & everything;
}

export function isUnknown(influence: Influence): boolean {
  return (influence & unknown) !== 0;
}

/** `threadIdx.x`, `blockIdx.y` … of a set of direct bits. */
export function componentNames(influence: Influence): string[] {
  return [...'xyz']
    .flatMap((axis, i) => (influence & (1 << i) ? [`threadIdx.${axis}`] : []))
    .concat([...'xyz'].flatMap((axis, i) => (influence & (8 << i) ? [`blockIdx.${axis}`] : [])));
}

/** The bit of `threadIdx.<axis>`, or of `blockIdx.<axis>`. */
export function component(builtin: 'threadIdx' | 'blockIdx', axis: string): Influence {
  const at = 'xyz'.indexOf(axis);
  const one = builtin === 'threadIdx' ? 1 : 8;
  return at < 0 ? (builtin === 'threadIdx' ? threads : blocks) : one << at;
}

/** Calls that give no value of their own, or none that matters. */
const silent = /^(?:swap|printf|sizeof|assert)$/;
/** The same for the whole block, or no value at all. */
const uniform = /^(?:__sync\w*|__threadfence\w*|__nanosleep)$/;
/** A body that asks for the thread in ways that are not followed. */
const opaqueBody =
  /\b(?:laneid|thread_rank|block_rank|thread_index|asm|__asm__|clock\w*|atomic\w+|__shfl\w*|__activemask)\b/;

export class Influences {
  private readonly names = new Map<string, Influence>();

  constructor(
    private readonly fn: FunctionFacts,
    private readonly index: FileIndex,
  ) {
    for (const name of fn.events.keys()) this.names.set(name, nothing);
    for (let round = 0; round < 8; round++) if (!this.spread()) break;
  }

  of(node: SyntaxNode | undefined): Influence {
    if (!node) return nothing;
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
      case 'lambda_expression':
      case 'ERROR':
        return unknown;
      default:
        return node.children.reduce((sum, child) => sum | this.of(child), nothing);
    }
  }

  private identifier(node: SyntaxNode): Influence {
    const name = node.text;
    if (name === 'threadIdx') return threads;
    if (name === 'blockIdx') return blocks;
    const own = this.names.get(name);
    if (own !== undefined) return own;
    const variable = findVariable(this.fn, name, node);
    if (variable) return variable.kind === 'variable' && !variable.initial && !isMemory(variable) ? unknown : nothing;
    return this.index.macros.has(name) ? this.macro(name) : nothing;
  }

  /** An object-like macro, or the fixed part of one with parameters. */
  private macro(name: string): Influence {
    return (this.index.macros.get(name) ?? []).reduce((sum, { value }) => sum | mentioned(value.body), nothing);
  }

  private field(node: SyntaxNode): Influence {
    const object = node.child('argument');
    const builtin = object?.text;
    if (builtin === 'threadIdx' || builtin === 'blockIdx') return component(builtin, node.child('field')?.text ?? '');
    const inner = this.of(object);
    return node.child('operator')?.text === '->' ? loaded(inner) : inner;
  }

  private subscript(node: SyntaxNode): Influence {
    const base = node.child('argument');
    const whole = this.of(base) | this.of(node.child('indices'));
    const variable = base?.type === 'identifier' ? findVariable(this.fn, base.text, base) : undefined;
    // The thread's own array holds what the thread put there.
    if (variable && variable.type.arrays > 0 && variable.kind === 'variable' && !variable.specifiers.has('__shared__'))
      return whole;
    return loaded(whole);
  }

  private call(node: SyntaxNode): Influence {
    const callee = node.child('function');
    const list = node.child('arguments');
    const args = list?.children.reduce((sum, child) => sum | this.of(child), nothing) ?? nothing;
    if (!callee || callee.type === 'field_expression') return unknown;
    const name = lastPart(callee.text.replace(/<[\s\S]*$/, '').trim());
    if (callee.type === 'primitive_type' || isPure(name)) return args;
    if (uniform.test(name)) return nothing;
    if (loadCall.test(name)) return loaded(args);
    // What a generator of random numbers gives is data.
    if (name.startsWith('curand')) return loaded(everything);
    if (this.index.macros.has(name)) return args | this.macro(name);
    const own = this.index.functions.get(name);
    if (!own || own.some(({ value }) => opaqueBody.test(value.body?.text ?? 'asm'))) return unknown;
    return own.reduce((sum, { value }) => sum | mentioned(value.body!.text), args);
  }

  private spread(): boolean {
    let changed = false;
    for (const [name, events] of this.fn.events) {
      const before = this.names.get(name) ?? nothing;
      let sum = before;
      for (const event of events) sum |= this.event(name, event);
      if (sum === before) continue;
      this.names.set(name, sum);
      changed = true;
    }
    return changed;
  }

  private event(name: string, event: VariableEvent): Influence {
    const { node, action } = event;
    const variable = findVariable(this.fn, name, node);
    let sum: Influence;
    if (action.kind === 'unknown') sum = node.type === 'update_expression' ? nothing : unknown;
    else if (action.kind === 'passed')
      sum = takesByValue(this.index, action.callee, action.index) || isPure(action.callee) ? nothing : unknown;
    else sum = this.of(assignedValue(node));
    if (variable && variable.initial !== event) sum |= this.conditions(node, variable.scope);
    // What stands in memory is read, whoever wrote it; a pointer that is written through stays where it is.
    if (variable && isMemory(variable)) return event.member === undefined ? loaded(sum) & ~everything : nothing;
    if (variable && variable.type.pointers > 0 && event.member !== undefined) return nothing;
    return sum;
  }

  /** Conditions under which an assignment runs: the value depends on them too. */
  private conditions(node: SyntaxNode, scope: SyntaxNode): Influence {
    let sum = nothing;
    let child = node;
    for (const outer of node.upwards()) {
      if (outer === scope) break;
      const branches = /^(?:if|while|do|switch|for)_statement$|^conditional_expression$/.test(outer.type);
      // How often a loop runs does not make its counter the thread's own.
      if (branches && child !== outer && child.field !== 'update' && child.field !== 'initializer')
        sum |= this.of(outer.child('condition'));
      child = outer;
    }
    return sum;
  }
}

function isPure(name: string): boolean {
  return pureCall.test(name) || silent.test(name);
}

/** The built-in variables that a piece of text asks for. */
function mentioned(text: string): Influence {
  let sum = nothing;
  for (const [, builtin, axis] of text.matchAll(/\b(threadIdx|blockIdx)\b\s*(?:\.\s*([xyz])\b)?/g)) {
    sum |= component(builtin as 'threadIdx' | 'blockIdx', axis ?? '');
  }
  return sum;
}

/** Memory that other threads see. */
function isMemory({ specifiers }: { readonly specifiers: ReadonlySet<string> }): boolean {
  return specifiers.has('__shared__');
}

function loaded(influence: Influence): Influence {
  const seen = direct(influence) | throughMemory(influence);
  return (seen << memoryShift) | (influence & unknown);
}

const memory: Memory<Influences> = new WeakMap();

export function influencesOf(fn: FunctionFacts, { index }: Evaluator): Influences {
  return index.environment.remember(memory, fn, () => new Influences(fn, index));
}
