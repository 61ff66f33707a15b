/** Names of a function that runs, with their values in each thread. */
import type { Lanes } from './lanes';
import type { SharedArray } from './memory';

/** A pointer into shared memory. */
export interface Pointer {
  readonly array: SharedArray;
  /** In elements from the array's beginning. */
  readonly offset: Lanes;
  /** Dimensions already chosen. */
  readonly depth: number;
  readonly volatile: boolean;
}

export type Value = Lanes | Pointer;

export function isPointer(value: Value): value is Pointer {
  return !(value instanceof Float64Array);
}

export class Scope {
  private readonly levels: Map<string, Value>[] = [new Map<string, Value>()];

  get(name: string): Value | undefined {
    for (let i = this.levels.length - 1; i >= 0; i--) {
      const value = this.levels[i]!.get(name);
      if (value) return value;
    }
    return undefined;
  }

  declare(name: string, value: Value): void {
    this.levels[this.levels.length - 1]!.set(name, value);
  }

  assign(name: string, value: Value): void {
    for (let i = this.levels.length - 1; i >= 0; i--) {
      if (this.levels[i]!.has(name)) {
        this.levels[i]!.set(name, value);
        return;
      }
    }
  }

  within(run: () => void): void {
    this.levels.push(new Map());
    run();
    this.levels.pop();
  }
}
