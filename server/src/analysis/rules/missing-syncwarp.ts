import type { SyntaxNode } from '../parse';
import { racesOf } from './lib/races';
import { msg, type Rule } from './rule';

/** The first compute capability whose threads of a warp run independently. */
const independentThreads = 70;

/** Threads of one warp exchange data through shared memory as if they ran in step. */
export const missingSyncwarp: Rule = {
  id: 'missing-syncwarp',
  severity: 'warning',
  summary: 'Threads of a warp exchange data through shared memory without `__syncwarp()`.',
  run: (analysis, { computeCapability }) => {
    if (computeCapability !== undefined && computeCapability < independentThreads) return [];
    const told = new Set<SyntaxNode>();
    return racesOf(analysis, (_, all) => !all.some((race) => race.betweenWarps && !race.volatile)).flatMap((race) => {
      // One is enough: what follows is of the same kind.
      if (told.has(race.device.fn.node)) return [];
      told.add(race.device.fn.node);
      const message = msg(
        "lanes of this warp exchange '{0}' as if they ran in step: since compute capability 7.0 that takes __syncwarp() after each step",
        race.array,
      );
      return [{ span: race.second.span, message }];
    });
  },
};
