/** `threadIdx`, `blockIdx`, `blockDim` and `gridDim` for all threads of a block at once. */
import type { Block } from './expressions';
import { fill, type Lanes } from './lanes';

const axes = 'xyz';

export class Builtins {
  readonly #known = new Map<string, Lanes | undefined>();

  constructor(private readonly block: Pick<Block, 'threads' | 'size' | 'several'>) {}

  of(object: string, member: string): Lanes | undefined {
    if (!/^(?:thread|block|grid)(?:Idx|Dim)$/.test(object)) return undefined;
    const key = object + member;
    if (!this.#known.has(key)) this.#known.set(key, this.#make(object, member));
    return this.#known.get(key);
  }

  #make(object: string, member: string): Lanes | undefined {
    const axis = axes.indexOf(member);
    if (axis < 0 || member === '') return undefined;
    const { threads, size, several } = this.block;
    switch (object) {
      case 'threadIdx': {
        const below = axis === 0 ? 1 : axis === 1 ? size[0] : size[0] * size[1];
        return fill(threads, 0).map((_, t) => Math.floor(t / below) % size[axis]!);
      }
      case 'blockDim':
        return fill(threads, size[axis]!);
      case 'blockIdx':
        return fill(threads, several[axis] ? 1 : 0);
      case 'gridDim':
        return fill(threads, several[axis] ? Infinity : 1);
      default:
        return undefined;
    }
  }
}
