/** One message of nvcc or of a tool it drives, as printed. */
export interface CompilerMessage {
  /** Which tool speaks: the CUDA front end (EDG), the host compiler, ptxas, nvlink or the nvcc driver itself. */
  readonly origin: 'frontend' | 'host' | 'ptxas' | 'nvlink' | 'driver';
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  /** `177-D`, `20`, `C2065`, `-Wcpp`. */
  readonly code?: string;
  /** As printed; absent where the tool names no file. */
  readonly file?: string;
  /** 1-based; absent where the tool names none. */
  readonly line?: number;
  /** 1-based, in bytes or characters as the host compiler counts; the front end prints none. */
  readonly column?: number;
  /** The source line as the front end printed it (macros expanded) and the caret's 0-based code point column in it. */
  readonly caret?: { readonly text: string; readonly column: number };
  readonly related: readonly RelatedMessage[];
  /** ptxas only: the mangled name of the entry function spoken of. */
  readonly symbol?: string;
  /** ptxas only: a place in the intermediate PTX file. */
  readonly ptx?: { readonly file: string; readonly line: number };
}

export interface RelatedMessage {
  readonly message: string;
  readonly file: string;
  readonly line: number;
}
