import type { Analysis } from '../../model/build';
import type { Memory } from '../../model/environment';
import type { Evaluator } from '../../model/evaluator';
import type { Expr } from '../../model/expression';
import type { FunctionFacts, LaunchFacts } from '../../model/facts';
import { Polynomial } from '../../model/polynomial';
import type { Kernel } from '../../model/types';
import type { SyntaxNode } from '../../parse';
import { axes, known, type LaunchView } from './common';

/** A kernel as one launch runs it: its expressions with the launch's block, template arguments and arguments in place of the names. */
export class LaunchedKernel {
  /** Threads along x, y and z, where they are known. */
  readonly block: readonly (number | undefined)[];
  readonly grid: readonly (number | undefined)[];
  private readonly bindings = new Map<string, Expr>();
  /** The template's values only. */
  private readonly instantiation: ReadonlyMap<string, Expr>;
  /** Types that stand for the template's type parameters. */
  private readonly typeArguments = new Map<string, string>();

  constructor(
    readonly view: LaunchView,
    readonly kernel: Kernel,
    readonly fn: FunctionFacts,
    readonly evaluator: Evaluator,
    /** Stands for a one-dimensional block whose size is not known. */
    assumedThreads?: number,
  ) {
    this.block =
      assumedThreads === undefined
        ? axes.map((axis) => toNumber(known(view.launch.block[axis])))
        : [assumedThreads, 1, 1];
    this.grid = axes.map((axis) => toNumber(known(view.launch.grid[axis])));
    this.bindTemplate();
    this.instantiation = new Map(this.bindings);
    this.bindArguments();
    this.bindings.set('blockDim', this.dimensions('blockDim', this.block));
    this.bindings.set('gridDim', this.dimensions('gridDim', this.grid));
  }

  /** Threads of a block, if all three sizes are known. */
  get threads(): number | undefined {
    const [x, y, z] = this.block;
    return x === undefined || y === undefined || z === undefined ? undefined : x * y * z;
  }

  /** An expression of the kernel's body or head. */
  resolve(node: SyntaxNode): Expr {
    return this.evaluator.resolveText(node.text, { at: node, function: this.fn, bindings: this.bindings });
  }

  integer(node: SyntaxNode): bigint | undefined {
    return this.fold(this.resolve(node));
  }

  /** The value of an expression in the kernel's head that the tree does not have. */
  integerOf(text: string): bigint | undefined {
    return this.fold(
      this.evaluator.resolveText(text, { at: this.fn.node, function: this.fn, bindings: this.bindings }),
    );
  }

  polynomial(node: SyntaxNode): Polynomial | undefined {
    return Polynomial.of(this.resolve(node), (expr) => this.fold(expr));
  }

  /** The form an expression has in every launch of this instantiation: `blockDim` and the parameters stay names. */
  form(node: SyntaxNode): Polynomial | undefined {
    const place = { at: node, function: this.fn, bindings: this.instantiation };
    return Polynomial.of(this.evaluator.resolveText(node.text, place), (expr) => this.fold(expr));
  }

  /** Bytes of an element of this type in the launched instantiation. */
  sizeOf(type: string): number | undefined {
    return this.evaluator.types.size(this.typeArguments.get(type) ?? type);
  }

  private fold(expr: Expr): bigint | undefined {
    const folded = this.evaluator.fold(expr);
    return 'ok' in folded && typeof folded.ok.value === 'bigint' ? folded.ok.value : undefined;
  }

  private bindTemplate(): void {
    const given = this.view.launch.templateArguments;
    for (const [index, parameter] of this.kernel.templateParameters.entries()) {
      // What stands behind a pack has no fixed place.
      if (parameter.kind === 'other') return;
      const text = given[index]?.text ?? parameter.default;
      if (text === undefined) continue;
      if (parameter.kind === 'type') {
        this.typeArguments.set(parameter.name, text);
        continue;
      }
      const inLaunch = given[index] !== undefined;
      const at = inLaunch ? this.view.facts.node : this.fn.node;
      const scope = inLaunch ? { function: this.view.facts.function } : { function: this.fn, bindings: this.bindings };
      const value = this.evaluator.resolveText(text, { at, ...scope });
      if (this.fold(value) !== undefined) this.bindings.set(parameter.name, value);
    }
  }

  /** Arguments with a known value, for parameters that keep it. */
  private bindArguments(): void {
    for (const [index, { variable }] of this.fn.parameters.entries()) {
      const argument = this.view.facts.arguments[index];
      const { name, type } = variable;
      if (!argument || name === '' || type.pointers > 0 || type.arrays > 0 || !this.evaluator.types.number(type.base))
        continue;
      if ((this.fn.events.get(name) ?? []).length > 0 || (this.fn.variables.get(name) ?? []).length > 1) continue;
      const place = { at: argument, function: this.view.facts.function };
      const value: Expr = {
        kind: 'cast',
        type: type.base,
        operand: this.evaluator.resolveText(argument.text, place),
      };
      if (this.fold(value) !== undefined) this.bindings.set(name, value);
    }
  }

  private dimensions(name: string, values: readonly (number | undefined)[]): Expr {
    const items = axes.map((axis, i): Expr => {
      const value = values[i];
      if (value !== undefined) return { kind: 'number', value: { type: 'u32', value: BigInt(value) } };
      const full = `${name}.${axis}`;
      return { kind: 'opaque', name: full, id: `${full}@launch`, why: `'${full}' is not known`, type: 'unsigned int' };
    });
    return { kind: 'list', type: 'dim3', items };
  }
}

function toNumber(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** The kernel behind a launch, as it is launched there; nothing where it is not known. */
export function launchedKernel(view: LaunchView, analysis: Analysis): LaunchedKernel | undefined {
  const { kernel, kernelFacts, facts } = view;
  if (!kernel || !kernelFacts) return undefined;
  return rememberByLaunch(memory, kernelFacts, facts, analysis, () => {
    return new LaunchedKernel(view, kernel, kernelFacts, analysis.evaluator);
  });
}

const memory: Memory<WeakMap<LaunchFacts, LaunchedKernel>> = new WeakMap();

/** Keeps a conclusion about a launch of a kernel until the one or the other, or what both take from the file, changes. */
export function rememberByLaunch<T>(
  byKernel: Memory<WeakMap<LaunchFacts, T>>,
  kernel: FunctionFacts,
  launch: LaunchFacts,
  { evaluator }: Analysis,
  compute: () => T,
): T {
  const byLaunch = evaluator.index.environment.remember(byKernel, kernel, () => new WeakMap<LaunchFacts, T>());
  if (!byLaunch.has(launch)) byLaunch.set(launch, compute());
  return byLaunch.get(launch)!;
}
