/** One error as compute-sanitizer reports it, whichever format it was read from. */
import type { Dim3 } from '../../../../protocol/src';
import type { SanitizerTool } from '../../../../protocol/src/sanitize';

/** Absolute path and 1-based line, where the code has line information. */
export interface Frame {
  readonly function?: string;
  readonly file?: string;
  readonly line?: number;
}

/** Where the address lies beside the allocation next to it; `offset` counts bytes from the allocation's start. */
export interface NearestAllocation {
  readonly offset: bigint;
  readonly bytes: number;
}

interface Common {
  readonly tool: SanitizerTool;
  readonly severity: 'error' | 'warning';
  readonly where?: Frame;
  readonly thread?: Dim3;
  readonly block?: Dim3;
  /** Innermost caller first. */
  readonly deviceStack: readonly Frame[];
  readonly hostStack: readonly Frame[];
}

export type SanitizerRecord = Common &
  (
    | {
        readonly kind: 'access';
        /** `global`, `shared`, `local`. */
        readonly space: string;
        /** `read`, `write`, `atomic`… */
        readonly direction: string;
        readonly bytes: number;
        /** `out of bounds`, `misaligned`… */
        readonly error: string;
        readonly address?: bigint;
        readonly nearest?: NearestAllocation;
      }
    | { readonly kind: 'uninitialized'; readonly space: string; readonly bytes: number; readonly address?: bigint }
    | {
        readonly kind: 'race';
        readonly first: string;
        readonly second: string;
        /** Where the second access is; the first is at `where`. */
        readonly other: Frame;
        readonly hazards: number;
      }
    | { readonly kind: 'barrier'; readonly detail: string }
    | { readonly kind: 'api'; readonly call: string; readonly error: string; readonly detail: string }
    | { readonly kind: 'leak'; readonly bytes: number }
    | { readonly kind: 'other'; readonly text: string }
  );
