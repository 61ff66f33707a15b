/**
 * The LaunchPlan: everything needed to run one kernel once, with the origin of every value.
 * Nothing in it is guessed silently: whatever was not read from the source says so in its provenance.
 */

/** x, y, z; each at least 1. */
export type Dim3 = readonly [number, number, number];

/** A line of the host's code that tells a value. */
interface HostLine {
  readonly line: number;
  /** Another file of the project, absolute, where the kernel's own does not launch it. */
  readonly file?: string;
  /** What was set of that which the host computes it from, `N = 4096`. */
  readonly given?: readonly string[];
}

/** Where a value of the plan comes from. Lines are 1-based, as people read them. */
export type Provenance =
  | ({ readonly kind: 'launchSite' } & HostLine)
  | ({ readonly kind: 'allocation' } & HostLine)
  | { readonly kind: 'directive'; readonly line: number }
  /** Whoever asked for the run: `--set` in a terminal, one value of a sweep, a tool. */
  | { readonly kind: 'request' }
  | { readonly kind: 'default'; readonly why: string };

/** Scalar types by their width in bits; `ptr` only where a pointer is passed by value unchanged. */
export type ScalarType =
  'bool' | 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f16' | 'bf16' | 'f32' | 'f64';

/** Size of a scalar in bytes, as the device lays it out. */
export const scalarBytes: Readonly<Record<ScalarType, number>> = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  f16: 2,
  bf16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  i64: 8,
  u64: 8,
  f64: 8,
};

/** An element of a buffer: `lanes` scalars (float4 is f32 × 4). */
export interface ElementType {
  readonly scalar: ScalarType;
  readonly lanes: number;
  /** Size in bytes, as the device lays it out (float3 is 12, float4 is 16). */
  readonly bytes: number;
}

/**
 * How a buffer's memory looks before the first launch, scalar by scalar. The same plan fills the same bytes on every
 * device, by this definition. Scalar i of a buffer, which is the plan's buffer number s (from 0, in the order of
 * `plannedMemory`), is made from a number, in double precision:
 * - `constant`: the value; `ramp`: i;
 * - `random`: low + u × (high − low) for floating point, and ⌈low⌉ + ⌊u × max(1, ⌈high⌉ − ⌈low⌉)⌋ for whole numbers,
 *   where u = hash(i mod 2²⁰, s) ÷ 2³². The hash is MurmurHash3's 32-bit finalizer of (i mod 2²⁰) xor (s + 1) × 0x9e3779b9.
 *
 * A floating-point scalar is the nearest one, ties to even, and a random one that so rounds up to `high` is `low` instead.
 * An integer is truncated towards zero and wraps (0 for what is no number). A bool is whether a constant is not zero,
 * whether i is odd, and whether u ≥ ½, whatever the range.
 */
export type Fill =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'ramp' }
  | { readonly kind: 'random'; readonly low: number; readonly high: number };

/** What the kernel does with a buffer, as far as its body shows. */
export type Access = 'read' | 'write' | 'readwrite' | 'unknown';

interface ArgumentBase {
  readonly name: string;
  /** The parameter's type as written in the source, template arguments substituted. */
  readonly type: string;
  readonly provenance: Provenance;
}

export interface ScalarArgument extends ArgumentBase {
  readonly kind: 'scalar';
  readonly scalar: ScalarType;
  /** A finite decimal number in text, exact for 64-bit integers. */
  readonly value: string;
}

export interface BufferArgument extends ArgumentBase {
  readonly kind: 'buffer';
  readonly element: ElementType;
  /** Number of elements; `provenance` speaks of it. */
  readonly count: number;
  /** Elements from the start of the memory to where the kernel's pointer stands: the launch passes `d_in + 4`. */
  readonly offset?: number;
  readonly fill: Fill;
  readonly fillProvenance?: Provenance;
  readonly access: Access;
  /** Declared as a pointer to const: the kernel promises to leave it as it is. */
  readonly constant?: boolean;
}

/** An array in device memory of pointers to buffers that are all alike: `float **rows`. */
export interface PointersArgument extends ArgumentBase {
  readonly kind: 'pointers';
  /** Number of buffers. */
  readonly pointers: number;
  readonly element: ElementType;
  /** Number of elements of each buffer. */
  readonly count: number;
  readonly fill: Fill;
  readonly fillProvenance?: Provenance;
  readonly access: Access;
}

/** A member that has a value of its own; everything else of the structure is zero. */
export interface StructMember {
  /** Path from the structure: `n`, `size.x`, `sizes[2]`. */
  readonly path: string;
  /** Bytes from the structure's start. */
  readonly offset: number;
  readonly value: ScalarArgument | BufferArgument;
}

/** A structure passed by value. */
export interface StructArgument extends ArgumentBase {
  readonly kind: 'struct';
  readonly bytes: number;
  readonly members: readonly StructMember[];
  /** Members that no value could be planned for, and why. */
  readonly zero?: readonly { readonly path: string; readonly why: string }[];
}

/** A parameter of a class type whose layout is not known, passed by value with every byte zero. */
export interface OpaqueArgument extends ArgumentBase {
  readonly kind: 'opaque';
}

export type PlannedArgument = ScalarArgument | BufferArgument | PointersArgument | StructArgument | OpaqueArgument;

/** A `__constant__` or `__device__` variable that the kernel reads and the program would have filled. */
export interface GlobalVariable extends BufferArgument {
  readonly space: 'constant' | 'device';
}

/** A name that stands for a number in the plan: `N = 16777216`. */
export interface NamedValue {
  readonly name: string;
  readonly value: number;
  readonly provenance: Provenance;
}

/** What the results are compared with after the first launch. */
export interface CheckRequest {
  /** A host function of the same file with the kernel's parameters; undefined: the kernel itself, run on the CPU. */
  readonly reference?: string;
  /** A value passes when |got − expected| ≤ tolerance × max(1, |expected|). */
  readonly tolerance: number;
}

export interface LaunchPlan {
  /** The kernel's name with its namespaces, without template arguments: `ns::scale`. */
  readonly kernel: string;
  /** Template arguments in source form, outermost first; empty for an ordinary kernel. */
  readonly templateArguments: readonly string[];
  readonly file: string;
  /** 1-based line of the kernel's name. */
  readonly line: number;
  readonly grid: Dim3;
  readonly block: Dim3;
  /** Dynamic shared memory in bytes. */
  readonly sharedBytes: number;
  /** Launched so that all blocks can synchronise with each other; absent: no. */
  readonly cooperative?: boolean;
  /** Blocks of a thread block cluster; absent: no cluster beyond what the kernel itself declares. */
  readonly cluster?: Dim3;
  /** Index into the file's launches of this kernel, and how many there are; absent: none was found. */
  readonly launch?: { readonly index: number; readonly count: number };
  readonly globals?: readonly GlobalVariable[];
  /** Names that a directive gives a value to. */
  readonly values?: readonly NamedValue[];
  readonly check?: CheckRequest;
  /** Of one launch, as a directive states them. */
  readonly flops?: number;
  readonly bytes?: number;
  readonly provenance: {
    readonly grid: Provenance;
    readonly block: Provenance;
    readonly sharedBytes: Provenance;
    readonly templateArguments: Provenance;
  };
  readonly arguments: readonly PlannedArgument[];
}

/** Why no plan can be made: one sentence that says what to do. */
export interface PlanFailure {
  readonly message: string;
}
