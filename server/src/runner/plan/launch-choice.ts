/** The launches of a kernel, and the one that a plan is made of. Pure. */
import { launchesOf } from '../../analysis/model/lookups';
import type { Evaluated, FileModel, Kernel, Launch } from '../../analysis/model/types';

/** Launches that can be planned, in the order of the text. */
export function candidatesOf(model: FileModel, kernel: Kernel): Launch[] {
  return launchesOf(model, kernel).filter(({ broken }) => !broken);
}

/** How much of a launch its text tells: the sizes and arguments that fold, and how many there are. */
export function knownOf({ grid, block, shared, arguments: list }: Launch): {
  readonly known: number;
  readonly all: number;
} {
  const values: Evaluated[] = [
    ...[grid, block].flatMap(({ x, y, z }) => [x, y, z]),
    shared.value,
    ...list.map(({ value }) => value),
  ];
  return { known: values.filter(({ known }) => known).length, all: values.length };
}

/** The launch of which most is known, the first of equals; code under a condition only where there is nothing else. */
export function bestLaunch(candidates: readonly Launch[]): Launch | undefined {
  const score = (launch: Launch) => knownOf(launch).known - (launch.conditional ? 100 : 0);
  return candidates.reduce<Launch | undefined>(
    (best, next) => (best === undefined || score(next) > score(best) ? next : best),
    undefined,
  );
}
