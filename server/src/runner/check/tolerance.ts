/** The tolerance of a check that names none. Pure. */
import type { LaunchPlan, ScalarType } from '../../../../protocol/src';
import { plannedMemory, type PlannedParts } from '../planned-memory';

/**
 * What the order of a few thousand additions and fused multiplications change in each type, with room to spare; a wrong
 * index or a lost update is far outside.
 */
const byType: Partial<Readonly<Record<ScalarType, number>>> = { f64: 1e-9, f32: 1e-4, f16: 1e-2, bf16: 5e-2 };

/** The loosest of the types that the kernel writes; integers have to be equal whatever it is. */
export function defaultTolerance(plan: PlannedParts): number {
  const written = plannedMemory(plan).filter((memory) => memory.written);
  return Math.max(0, ...written.map(({ element }) => byType[element.scalar] ?? 0));
}

/** A plan that is checked, against the CPU where it does not say itself against what. */
export function withDefaultCheck(plan: LaunchPlan): LaunchPlan {
  return { ...plan, check: plan.check ?? { tolerance: defaultTolerance(plan) } };
}
