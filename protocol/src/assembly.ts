/** PTX and SASS beside the source, what an instruction means, and what ptxas says a kernel costs. */

export type AssemblyKind = 'ptx' | 'sass';

/** Request, client → server; cancellable. The document must be open. */
export const assemblyRequest = 'kernelLens/assembly';
export interface AssemblyParams {
  readonly uri: string;
  readonly kind: AssemblyKind;
  /** With namespaces; all of the file when absent. */
  readonly kernel?: string;
  /** `sm_90`; the file's own when absent. */
  readonly architecture?: string;
  /** The text of the last save but one instead of the present one. */
  readonly before?: boolean;
}
export type AssemblyAnswer =
  | {
      readonly status: 'ok';
      /** PTX where SASS was asked for and cannot be had; the text says why. */
      readonly kind: AssemblyKind;
      readonly architecture: string;
      readonly text: string;
      /** Without addresses and the summary of each function: to be compared with another one. */
      readonly plain: string;
      /** For each line of `text`, the 0-based source lines it comes from, innermost first. */
      readonly links: readonly (readonly number[])[];
      /** The document's version that was compiled. */
      readonly version: number;
    }
  /** What went wrong, for the user; `output` is what the compiler said. */
  | { readonly status: 'failed'; readonly message: string; readonly output?: string }
  | { readonly status: 'cancelled' };

/** Request, client → server: the meaning of what stands at a place of a listing. */
export const instructionRequest = 'kernelLens/instruction';
export interface InstructionParams {
  readonly kind: AssemblyKind;
  /** The whole line. */
  readonly line: string;
  /** 0-based. */
  readonly character: number;
}
/** Markdown and what it is about; `null` for nothing known. */
export type InstructionAnswer = {
  readonly markdown: string;
  readonly start: number;
  readonly end: number;
} | null;
