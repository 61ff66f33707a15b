/** A CUDA toolkit on this machine. */
export interface Toolkit {
  /** Absolute path of nvcc. */
  readonly nvcc: string;
  /** Toolkit folder (the parent of `bin`), with links resolved. */
  readonly root: string;
  /** As nvcc says it: `13.0` and `13.0.88`. */
  readonly version: { readonly major: number; readonly minor: number; readonly full: string };
  /** How it was found, for the doctor: `setting`, `CUDA_PATH`, `CUDA_HOME`, `PATH`, `folder`. */
  readonly origin: 'setting' | 'CUDA_PATH' | 'CUDA_HOME' | 'PATH' | 'folder';
  /** Setting `cuda.hostCompiler`, passed as -ccbin; empty: nvcc's own choice. */
  readonly hostCompiler: string;
}
