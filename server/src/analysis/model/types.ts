/**
 * The FileModel: what one CUDA source says about its kernels, launches and memory. Pure data, rebuilt after each edit.
 * Positions are UTF-16 offsets into the text the model was built from.
 */

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The value of an expression, or why it is not known. `value` is exact: bigint for integers, number for floating point. */
export type Evaluated =
  { readonly known: true; readonly value: bigint | number } | { readonly known: false; readonly why: string };

/** An expression as written, with what it folds to in its scope. */
export interface Expression {
  readonly text: string;
  readonly span: Span;
  readonly value: Evaluated;
}

/** A launch dimension: one value an axis. Axes that the source leaves out are a known 1. */
export interface Dim3Value {
  readonly text: string;
  readonly span: Span;
  readonly x: Evaluated;
  readonly y: Evaluated;
  readonly z: Evaluated;
}

export interface CType {
  /** As written, without the parameter's name: `const float* __restrict__`. */
  readonly text: string;
  /** Base type without qualifiers and pointers, typedefs of the file resolved: `float`, `unsigned int`, `T`, `float4`, `MyStruct`. */
  readonly base: string;
  /** 0 for a value, 1 for `T*`, … */
  readonly pointers: number;
  readonly reference: boolean;
  /** The pointee (for pointers) or the value is const. */
  readonly const: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly type: CType;
  readonly span: Span;
  /** For pointers: how the body uses what it points to, as far as it shows. */
  readonly access: 'read' | 'write' | 'readwrite' | 'unknown';
  /** A launch may leave the argument out. */
  readonly hasDefault?: boolean;
}

export interface TemplateParameter {
  readonly kind: 'type' | 'value' | 'other';
  readonly name: string;
  /** Source text of the default, if any. */
  readonly default?: string;
  /** Type of a value parameter: `int`. */
  readonly type?: string;
}

export interface SharedVariable {
  readonly name: string;
  readonly type: string;
  readonly span: Span;
  /** `extern __shared__ T s[]`. */
  readonly dynamic: boolean;
  /** Extents of an array, outermost first; empty for a scalar. */
  readonly extents: readonly Expression[];
}

export interface Kernel {
  /** With namespaces: `ns::scale`. */
  readonly name: string;
  readonly nameSpan: Span;
  /** From the first specifier (or `template`) to the closing brace. */
  readonly span: Span;
  /** The braces included; absent for a declaration. */
  readonly body?: Span;
  readonly parameters: readonly Parameter[];
  readonly templateParameters: readonly TemplateParameter[];
  readonly shared: readonly SharedVariable[];
  /** First argument of `__launch_bounds__`. */
  readonly maxThreads?: Expression;
  /** Which axes of threadIdx/blockIdx the body reads: subset of `xyz`. */
  readonly threadAxes: string;
  readonly blockAxes: string;
  /** Inside `#if 0`, or in one of two alternatives of an `#if`/`#else`. */
  readonly conditional?: boolean;
  /** Part of the kernel could not be parsed; nothing may be concluded from its body. */
  readonly broken?: boolean;
}

/** A launch of a kernel. */
export interface Launch {
  /**
   * How it is written: `k<<<…>>>(…)`; a call (`cudaLaunchKernel(k, grid, block, …)`); a call that takes a configuration
   * (`cudaLaunchKernelEx(&config, k, …)`); a macro of the project whose body is a launch.
   */
  readonly form: 'chevrons' | 'call' | 'config' | 'macro';
  /** As written, without template arguments: `ns::scale`. */
  readonly kernelName: string;
  readonly nameSpan: Span;
  readonly templateArguments: readonly Expression[];
  readonly span: Span;
  /** From `<<<` to `>>>`; the grid and the block, the configuration, or the macro's call in the other forms. */
  readonly configSpan: Span;
  readonly grid: Dim3Value;
  readonly block: Dim3Value;
  /** Third argument; a known 0 when left out. */
  readonly shared: Expression;
  /** Number of arguments written between `<<<` and `>>>`, or what of them another form gives. */
  readonly configCount: number;
  /** Empty where a call takes them as an array that cannot be followed. */
  readonly arguments: readonly Expression[];
  /** The kernel of this file it calls, when exactly one fits: index into `FileModel.kernels`. */
  readonly kernel?: number;
  /** The kernel of an included file it calls, when exactly one fits. Its positions are not in this file: see `positions.ts`. */
  readonly imported?: Kernel;
  /** The launch or part of it could not be parsed; nothing may be concluded from it. */
  readonly broken: boolean;
  /** Inside `#if 0`, or in one of two alternatives of an `#if`/`#else`. */
  readonly conditional: boolean;
  /** Function the launch stands in. */
  readonly function?: string;
  /** Pointer arguments that are parameters or locals of that function: an allocation elsewhere is not theirs. */
  readonly locals?: readonly string[];
}

/** Device memory obtained in this file: `cudaMalloc(&p, bytes)` and its relatives. */
export interface Allocation {
  /** The variable that receives the pointer. */
  readonly variable: string;
  readonly api: string;
  readonly span: Span;
  readonly bytes: Expression;
  /** Function the call stands in, or undefined at file scope. */
  readonly function?: string;
}

export interface FileModel {
  readonly kernels: readonly Kernel[];
  readonly launches: readonly Launch[];
  readonly allocations: readonly Allocation[];
  /** The definition of `main`, if the file has one. */
  readonly main?: { readonly nameSpan: Span; readonly span: Span };
}
