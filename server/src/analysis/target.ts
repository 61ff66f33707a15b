/** What the code is compiled for, as far as it is known; a rule that needs what is absent stays silent. */
export interface Target {
  /** Compute capability without its point: 90 for sm_90. */
  readonly computeCapability?: number;
  /** Release of the CUDA toolkit. */
  readonly toolkit?: { readonly major: number; readonly minor: number };
  /** What the compiler made of the kernels in this very text; absent where it has not compiled it. */
  readonly compiled?: readonly CompiledKernel[];
}

/** One instantiation of a kernel for one architecture, as ptxas tells. */
export interface CompiledKernel {
  /** With namespaces, as far as the symbol tells: `ns::scale`. */
  readonly name: string;
  /** Absent for a kernel that is no template. Values are decimal numbers, `?` is something not read. */
  readonly templateArguments?: readonly string[];
  /** How many parameters it has, where the symbol tells. */
  readonly parameters?: number;
  readonly computeCapability: number;
  readonly registers: number;
  /** Bytes from here on. */
  readonly staticShared: number;
  readonly stack: number;
  readonly spillStores: number;
  readonly spillLoads: number;
}
