/**
 * The LaunchPlan: everything needed to run one kernel once, with the origin of every value.
 * Nothing in it is guessed silently: whatever was not read from the source says so in its provenance.
 */

/** x, y, z; each at least 1. */
export type Dim3 = readonly [number, number, number];

/** Where a value of the plan comes from. Lines are 1-based, as people read them. */
export type Provenance =
  | { readonly kind: 'launchSite'; readonly line: number }
  | { readonly kind: 'allocation'; readonly line: number }
  | { readonly kind: 'directive'; readonly line: number }
  | { readonly kind: 'saved' }
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

/** How a buffer's memory looks before the first launch. `random` is uniform in [0, 1), integers in [0, 100). */
export type Fill = 'zeros' | 'ones' | 'ramp' | 'random';

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
  /** Number of elements. */
  readonly count: number;
  readonly fill: Fill;
  readonly access: Access;
}

/** A parameter of class type, passed by value with every byte zero. */
export interface OpaqueArgument extends ArgumentBase {
  readonly kind: 'opaque';
}

export type PlannedArgument = ScalarArgument | BufferArgument | OpaqueArgument;

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
