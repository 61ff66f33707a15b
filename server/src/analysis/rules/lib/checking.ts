/** The project's own way to look at the result of a call. */
import type { Analysis } from '../../model/build';

/** The macro of the file that takes one call and compares its result with cudaSuccess. */
export function checkingMacro({ evaluator }: Analysis): string | undefined {
  const names = [...evaluator.index.macros].flatMap(([name, definitions]) => {
    const [first] = definitions;
    const takesCall = definitions.length === 1 && first?.value.parameters?.length === 1;
    return takesCall && /cudaSuccess|cudaError/.test(first.value.body) ? [name] : [];
  });
  return names.length === 1 ? names[0] : undefined;
}
