import { atomics } from './atomics';
import { execution } from './execution';
import { intrinsics } from './intrinsics';
import { memory } from './memory';
import { runtime } from './runtime';
import { synchronization } from './synchronization';
import type { Entry } from './types';

export type { Entry, Knowledge } from './types';

export const knowledge: ReadonlyMap<string, Entry> = new Map(
  [execution, synchronization, atomics, intrinsics, memory, runtime].flatMap((group) => Object.entries(group)),
);

/** `atomicAdd_system` is told as `atomicAdd`. */
export function entryOf(word: string): Entry | undefined {
  return knowledge.get(word) ?? knowledge.get(word.replace(/^(atomic\w+?)_(?:block|system)$/, '$1'));
}
