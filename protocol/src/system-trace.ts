/** Reports of Nsight Systems in the timeline. */
import type { ProfileFailure } from './profile';

/** Request, client → server; cancellable: makes a trace of a report, or of its export to SQLite. */
export const systemTraceRequest = 'kernelLens/systemTrace';
export interface SystemTraceParams {
  readonly uri: string;
}

export type SystemTraceAnswer =
  /** A file as `ProgramTrace.file` is one. */
  { readonly status: 'ok'; readonly file: string } | ProfileFailure;
