/** The last result of each kernel and of each program in this session, with the text it belongs to. */
import type { ProgramResult, RunResult } from '../../protocol/src';
import type { Imports } from './analysis';
import type { OpenDocument } from './documents';

export interface Remembered<Result> {
  readonly result: Result;
  /** What ran: another text makes the result stale, the same text again does not. */
  readonly text: string;
  /** What the text included, as far as it was known. */
  readonly imports: Imports | undefined;
}

/** Whether a document, or a file it includes, has been edited since the result. */
export function isStale({ text, imports }: Remembered<unknown>, document: OpenDocument): boolean {
  return text !== document.content || (imports !== undefined && imports !== document.imports);
}

interface DocumentHistory {
  readonly kernels: Map<string, Remembered<RunResult>>;
  program?: Remembered<ProgramResult>;
}

export class RunHistory {
  #documents = new Map<string, DocumentHistory>();

  rememberKernel(uri: string, kernel: string, remembered: Remembered<RunResult>): void {
    this.#of(uri).kernels.set(kernel, remembered);
  }

  rememberProgram(uri: string, remembered: Remembered<ProgramResult>): void {
    this.#of(uri).program = remembered;
  }

  kernel(uri: string, kernel: string): Remembered<RunResult> | undefined {
    return this.#documents.get(uri)?.kernels.get(kernel);
  }

  kernels(uri: string): ReadonlyMap<string, Remembered<RunResult>> {
    return this.#documents.get(uri)?.kernels ?? new Map();
  }

  program(uri: string): Remembered<ProgramResult> | undefined {
    return this.#documents.get(uri)?.program;
  }

  forget(uri: string): void {
    this.#documents.delete(uri);
  }

  #of(uri: string): DocumentHistory {
    let history = this.#documents.get(uri);
    if (history === undefined) {
      history = { kernels: new Map() };
      this.#documents.set(uri, history);
    }
    return history;
  }
}
