/** A CUDA toolkit on this machine. */
export interface Toolkit {
  /** Absolute path of nvcc. */
  readonly nvcc: string;
  /** Toolkit folder (holds `include` and `bin`), links resolved. */
  readonly root: string;
  /** As nvcc says it: 13, 0 and `13.0.88`. */
  readonly version: ToolkitVersion;
  readonly origin: ToolkitOrigin;
  /** Setting `cuda.hostCompiler`, passed as -ccbin; empty: nvcc's own choice. */
  readonly hostCompiler: string;
}

export interface ToolkitVersion {
  readonly major: number;
  readonly minor: number;
  readonly full: string;
}

/** How a toolkit was found, for the doctor. */
export type ToolkitOrigin = 'setting' | 'CUDA_PATH' | 'CUDA_HOME' | 'PATH' | 'folder';

export type ToolkitSearch =
  | { readonly found: true; readonly toolkit: Toolkit }
  | {
      readonly found: false;
      /** One or two sentences for the user. */
      readonly message: string;
      /** Places looked at, for the log. */
      readonly tried: readonly string[];
    };
