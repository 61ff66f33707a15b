/** The texts that were saved last, and what the compiler made of them: what the present one is compared with. */
import type { CompiledKernel } from './analysis';

export interface Save {
  readonly text: string;
  /** Absent as long as it was not compiled. */
  kernels?: readonly CompiledKernel[];
}

/** The present save and the one before, and one more for a present text that was not compiled. */
const kept = 3;

export class Saves {
  #documents = new Map<string, Save[]>();

  /** A document was opened or saved with this text. */
  saved(uri: string, text: string): void {
    const saves = this.#documents.get(uri) ?? [];
    if (saves[0]?.text !== text) saves.unshift({ text });
    this.#documents.set(uri, saves.slice(0, kept));
  }

  compiled(uri: string, text: string, kernels: readonly CompiledKernel[]): void {
    for (const save of this.#documents.get(uri) ?? []) if (save.text === text) save.kernels = kernels;
  }

  /** The last save that differs from `text`. */
  before(uri: string, text: string): Save | undefined {
    return this.#documents.get(uri)?.find((save) => save.text !== text);
  }

  forget(uri: string): void {
    this.#documents.delete(uri);
  }
}
