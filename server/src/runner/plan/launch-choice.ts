/** The launches of a kernel, and the one that a plan is made of. Pure. */
import { launchesOf } from '../../analysis/model/lookups';
import type { Evaluated, FileModel, Kernel, Launch } from '../../analysis/model/types';
import { includedMacro } from './compiled';
import { SourceText } from './source-text';

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

/** The launch of which most is known, the first of equals; code that may not be compiled only where there is nothing else. */
export function bestLaunch(model: FileModel, text: string, candidates: readonly Launch[]): Launch | undefined {
  const [only, ...others] = candidates;
  if (others.length === 0) return only;
  const { isTaken } = SourceText.of(text, model, (name) => includedMacro(model, name));
  const score = (launch: Launch) => {
    const taken = launch.conditional ? isTaken(launch.span.start) : true;
    return knownOf(launch).known - (taken === true ? 0 : taken === false ? 200 : 100);
  };
  return candidates.reduce<Launch | undefined>(
    (best, next) => (best === undefined || score(next) > score(best) ? next : best),
    undefined,
  );
}
