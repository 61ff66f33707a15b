/** Where memory may come from: its kinds, the calls that allocate it, and what several sources make together. */
import type { SyntaxNode } from '../parse';
import type { Variable } from './facts';

export type MemoryKind =
  /** `cudaMalloc` and relatives. */
  | 'device'
  /** `cudaMallocManaged`, `__managed__`. */
  | 'managed'
  /** `cudaMallocHost`, `cudaHostAlloc`, registered memory. */
  | 'pinned'
  /** `malloc`, `new`. */
  | 'heap'
  /** An array or variable of the host, or an element of a container. */
  | 'object'
  /** A `__device__` or `__constant__` variable, whose name means nothing on the host. */
  | 'symbol'
  | 'unknown';

/** One place the memory may come from. */
export interface Source {
  readonly kind: MemoryKind;
  /** The allocating call, the `new`, or the name of the object. */
  readonly node: SyntaxNode;
  /** Name of the allocating function; empty for objects. */
  readonly api: string;
  /** What the allocation is asked for in bytes, where one argument says it. */
  readonly bytes?: SyntaxNode;
  /** The array or variable that is the memory. */
  readonly object?: Variable;
}

/** Every source the pointer may have; empty when it is only ever null or never set. */
export interface Provenance {
  readonly sources: readonly Source[];
  /** The pointer may stand inside of the memory rather than at its start. */
  readonly inside: boolean;
}

interface Allocator {
  readonly kind: MemoryKind;
  /** The argument that takes the pointer's address; absent when the pointer is returned. */
  readonly pointer?: number;
  readonly bytes?: number;
}

const allocators: Readonly<Record<string, Allocator>> = {
  cudaMalloc: { kind: 'device', pointer: 0, bytes: 1 },
  cudaMallocAsync: { kind: 'device', pointer: 0, bytes: 1 },
  cudaMallocFromPoolAsync: { kind: 'device', pointer: 0, bytes: 1 },
  cudaMallocPitch: { kind: 'device', pointer: 0 },
  cudaGetSymbolAddress: { kind: 'device', pointer: 0 },
  cudaMallocManaged: { kind: 'managed', pointer: 0, bytes: 1 },
  cudaMallocHost: { kind: 'pinned', pointer: 0, bytes: 1 },
  cudaHostAlloc: { kind: 'pinned', pointer: 0, bytes: 1 },
  posix_memalign: { kind: 'heap', pointer: 0, bytes: 2 },
  malloc: { kind: 'heap', bytes: 0 },
  calloc: { kind: 'heap' },
  realloc: { kind: 'heap', bytes: 1 },
  aligned_alloc: { kind: 'heap', bytes: 1 },
  strdup: { kind: 'heap' },
};

/** Only ever null, or never set. */
export const nothing: Provenance = { sources: [], inside: false };

export function unknownAt(node: SyntaxNode): Provenance {
  return { sources: [{ kind: 'unknown', node, api: '' }], inside: false };
}

/** Calls to a function that allocates, with what it gives. */
export function allocatorOf(call: SyntaxNode): (Allocator & { readonly api: string }) | undefined {
  const callee = call.child('function');
  if (call.type !== 'call_expression' || !callee || call.has('kernel_call_syntax')) return undefined;
  const api = callee.text.replace(/<[\s\S]*$/, '').replace(/^(?:::|std::)\s*/, '');
  const allocator = Object.hasOwn(allocators, api) ? allocators[api] : undefined;
  return allocator && { ...allocator, api };
}

/** What an allocating call gives. */
export function allocatedBy(call: SyntaxNode, { kind, api, bytes }: Allocator & { readonly api: string }): Provenance {
  const argument = bytes === undefined ? undefined : call.child('arguments')?.children[bytes];
  return { sources: [{ kind, node: call, api, ...(argument ? { bytes: argument } : {}) }], inside: false };
}

export function isKnown({ sources }: Provenance): boolean {
  return sources.length > 0 && sources.every(({ kind }) => kind !== 'unknown');
}

export function merge(parts: readonly Provenance[]): Provenance {
  return { sources: parts.flatMap(({ sources }) => sources), inside: parts.some(({ inside }) => inside) };
}
