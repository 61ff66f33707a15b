/** `sizeof`, in its spellings. */
import { arrayLength } from './containers';
import type { Evaluator, Place } from './evaluator';
import type { Expr } from './expression';
import type { Variable } from './facts';
import { findVariable } from './reach';

export type SizeofExpr = Extract<Expr, { kind: 'sizeof' }>;

/** Bytes of a type, of a variable, or of what stands behind a pointer (`sizeof(*p)`). */
export function sizeofBytes({ type, operand }: SizeofExpr, place: Place, evaluator: Evaluator): number | undefined {
  if (type !== undefined) {
    const stars = (type.match(/\*/g) ?? []).length;
    const base = type.replace(/[*&]/g, ' ').trim();
    const variable = stars === 0 ? variableNamed(base, place, evaluator) : undefined;
    return variable ? variableSize(variable, place, 0, evaluator) : evaluator.types.size(base, stars);
  }
  let stars = 0;
  let inner = operand;
  while (inner && (inner.kind === 'index' || (inner.kind === 'unary' && inner.op === '*'))) {
    stars++;
    inner = inner.kind === 'index' ? inner.object : inner.operand;
  }
  const variable = inner?.kind === 'name' ? variableNamed(inner.name, place, evaluator) : undefined;
  if (!variable) {
    // A type's name alone reads as a name.
    return inner?.kind === 'name' && stars === 0 ? evaluator.types.size(inner.name) : undefined;
  }
  return variableSize(variable, place, stars, evaluator);
}

function variableNamed(name: string, place: Place, evaluator: Evaluator): Variable | undefined {
  const local = place.function && findVariable(place.function, name, place.at);
  if (local) return local;
  const globals = evaluator.index.variables.get(name);
  return globals?.length === 1 ? globals[0]!.value : undefined;
}

/** Bytes of the variable after `stars` steps through its arrays and pointers. */
function variableSize(variable: Variable, place: Place, stars: number, evaluator: Evaluator): number | undefined {
  const { type } = variable;
  if (type.extents.length !== type.arrays) {
    // `float a[] = {…}`
    const element = stars === 0 && type.pointers === 0 ? evaluator.types.size(type.base) : undefined;
    const length = element === undefined ? undefined : arrayLength(variable, place, evaluator);
    const folded = length && evaluator.fold(length);
    if (stars === 1 && type.arrays === 1) return evaluator.types.size(type.base, type.pointers);
    return folded && 'ok' in folded ? element! * Number(folded.ok.value) : undefined;
  }
  const left = type.extents.slice(stars);
  const pointers = type.pointers - Math.max(0, stars - type.arrays);
  const element = pointers < 0 ? undefined : evaluator.types.size(type.base, pointers);
  if (element === undefined) return undefined;
  let size = element;
  for (const extent of left) {
    const folded = evaluator.fold(evaluator.resolveText(extent.text, place));
    if (!('ok' in folded)) return undefined;
    size *= Number(folded.ok.value);
  }
  return size;
}
