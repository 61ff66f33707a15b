import type { Analysis } from '../../model/build';
import type { Memory } from '../../model/environment';
import type { FunctionFacts, UnitFacts } from '../../model/facts';
import { isConditional } from '../../model/file-index';
import type { Report, Rule } from '../rule';
import { once } from './common';

/**
 * A rule that looks at one function at a time and at nothing of the file but what the environment holds (see `model/environment.ts`).
 * Its reports are kept until the function or that environment changes: an edit costs one function.
 */
export function perFunction(
  wanted: (fn: FunctionFacts) => boolean,
  check: (fn: FunctionFacts, analysis: Analysis) => Report[],
  /** What the reports are kept by, where more than the environment can make them stale. */
  owner: (fn: FunctionFacts, analysis: Analysis) => object = (fn) => fn,
): Rule['run'] {
  const memory: Memory<Report[]> = new WeakMap();
  return (analysis) => {
    const { environment } = analysis.evaluator.index;
    const reports: Report[] = [];
    for (const fn of functionsOf(analysis, wanted)) {
      const { base } = fn.node.unit;
      const own = environment.rememberPlaced(memory, owner(fn, analysis), base, () => check(fn, analysis));
      for (const report of own) reports.push(report);
    }
    return reports;
  };
}

const usableByAnalysis = new WeakMap<Analysis, Map<(fn: FunctionFacts) => boolean, readonly FunctionFacts[]>>();

/** The usable functions of a kind, found once for all rules that ask for the same. */
export function functionsOf(analysis: Analysis, kind: (fn: FunctionFacts) => boolean): readonly FunctionFacts[] {
  const byKind = once(usableByAnalysis, analysis, () => {
    const all = analysis.evaluator.index.facts.flatMap((unit) => unit.functions.filter((fn) => usable(fn, unit)));
    return new Map([[always, all]]);
  });
  let found = byKind.get(kind);
  if (!found) byKind.set(kind, (found = byKind.get(always)!.filter(kind)));
  return found;
}

const always = (): boolean => true;

/** Runs on the GPU: `__global__` or `__device__`. */
export function isDevice({ specifiers }: FunctionFacts): boolean {
  return specifiers.has('__global__') || specifiers.has('__device__');
}

export function isKernel({ specifiers }: FunctionFacts): boolean {
  return specifiers.has('__global__');
}

/** Runs on the host, and only there. */
export function isHost(fn: FunctionFacts): boolean {
  return !isDevice(fn);
}

/** Parsed whole, and compiled in every configuration. */
export function usable(fn: FunctionFacts, { unit }: UnitFacts): boolean {
  return fn.body !== undefined && !fn.node.broken && !isConditional(unit.context.conditions, fn.node);
}
