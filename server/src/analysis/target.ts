/** What the code is compiled for, as far as it is known; a rule that needs what is absent stays silent. */
export interface Target {
  /** Compute capability without its point: 90 for sm_90. */
  readonly computeCapability?: number;
  /** Release of the CUDA toolkit. */
  readonly toolkit?: { readonly major: number; readonly minor: number };
}
