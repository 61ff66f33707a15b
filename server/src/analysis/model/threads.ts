/** What in a kernel depends on the thread: which variables, which conditions, which indices. */
import type { SyntaxNode } from '../parse';
import type { FunctionFacts } from './facts';
import type { FileIndex } from './file-index';

/** Calls whose result depends on nothing but their arguments. */
const pureCall =
  /^(?:std::)?(?:f?min|f?max|f?abs|ceil|floor|round|sqrt|rsqrt|pow|exp|log|sin|cos|tan|fma|__\w+|atomic\w+|make_\w+|static_cast|reinterpret_cast|const_cast|float|int|double|unsigned|size_t|printf|sizeof)[\w<>]*$/;

/** Axes (subset of `xyz`) of threadIdx and blockIdx that each name in a kernel depends on, over-estimated. */
export class ThreadDependence {
  private readonly names = new Map<string, string>();

  constructor(
    private readonly fn: FunctionFacts,
    private readonly index: FileIndex,
  ) {
    // Few rounds: each carries dependence over one more assignment.
    for (let round = 0; round < 6; round++) if (!this.spread()) break;
  }

  /** Names with the axes they depend on. */
  axesOfName(name: string): string {
    return this.names.get(name) ?? '';
  }

  axesOf(node: SyntaxNode | undefined): string {
    if (!node) return '';
    let axes = '';
    for (const inner of node.walk()) {
      if (axes.length === 3) return axes;
      if (inner.type === 'identifier') axes = union(axes, this.identifier(inner));
      else if (inner.type === 'call_expression') axes = union(axes, this.call(inner));
      else if (inner.type === 'ERROR') return 'xyz';
    }
    return axes;
  }

  private identifier(node: SyntaxNode): string {
    const name = node.text;
    if (name === 'threadIdx' || name === 'blockIdx') {
      const axis = node.parent?.type === 'field_expression' ? (node.parent.child('field')?.text ?? '') : '';
      return /^[xyz]$/.test(axis) ? axis : 'xyz';
    }
    const macro = this.index.macros.get(name);
    if (macro?.some(({ value }) => /\b(?:threadIdx|blockIdx)\b/.test(value.body))) return 'xyz';
    return this.names.get(name) ?? '';
  }

  /** A function without arguments, or a method (`group.thread_rank()`), may ask for the thread. */
  private call(node: SyntaxNode): string {
    const callee = node.child('function');
    if (!callee || pureCall.test(callee.text)) return '';
    const method = callee.type === 'field_expression';
    const args = node.child('arguments')?.children ?? [];
    return method || args.length === 0 ? 'xyz' : '';
  }

  private spread(): boolean {
    let changed = false;
    for (const [name, events] of this.fn.events) {
      let axes = this.names.get(name) ?? '';
      for (const { node, action } of events) {
        if (action.kind === 'unknown') axes = 'xyz';
        else if (action.kind === 'passed') axes = union(axes, this.passed(action.callee, action.index));
        else axes = union(axes, this.axesOf(assignedValue(node)));
      }
      if (axes !== (this.names.get(name) ?? '')) {
        this.names.set(name, axes);
        changed = true;
      }
    }
    return changed;
  }

  /** `compute_index(x, y)` may set both. */
  private passed(callee: string, argument: number): string {
    if (pureCall.test(callee)) return '';
    const own = this.index.functions.get(callee.replace(/<.*$/, ''));
    const reference =
      !own ||
      own.some(({ value }) => {
        const type = value.parameters[argument]?.variable.type;
        return type?.reference === true && !type.const;
      });
    return reference ? 'xyz' : '';
  }
}

/** The expression that an event gives to its variable. */
export function assignedValue(node: SyntaxNode): SyntaxNode | undefined {
  switch (node.type) {
    case 'assignment_expression':
      return node.child('right');
    case 'init_declarator':
      return node.child('value');
    case 'function_declarator':
      return node.child('parameters');
    case 'update_expression':
      return undefined;
    default:
      return node;
  }
}

export function union(a: string, b: string): string {
  let result = a;
  for (const axis of b) if (!result.includes(axis)) result += axis;
  return result;
}
