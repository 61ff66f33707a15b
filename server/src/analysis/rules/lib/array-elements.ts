/** How many elements an array has that a kernel uses. */
import type { Analysis } from '../../model/build';
import type { Expr } from '../../model/expression';
import type { FunctionFacts, Variable } from '../../model/facts';
import { findAllocation } from '../../model/lookups';
import { Polynomial } from '../../model/polynomial';
import { Symbolic } from '../../model/symbolic';
import type { Access } from './accesses';
import { sameForm } from './bounds';
import { known, type LaunchView } from './common';

/** Elements behind the argument, from its allocation in this file. */
export function elementsOf(access: Access, { launch, kernel }: LaunchView, analysis: Analysis): bigint | undefined {
  if (access.parameter < 0) return extentOf(access.variable, analysis);
  const bytes = findAllocation(analysis.model, launch, access.parameter)?.bytes.value;
  const type = kernel?.parameters[access.parameter]?.type;
  const size = type && analysis.evaluator.types.size(type.base, type.pointers - 1);
  const total = bytes && known(bytes);
  return size === undefined || total === undefined ? undefined : total / BigInt(size);
}

/** Whether the array behind an argument is allocated with as many elements as the product of these parameters says. */
export function hasElements(
  names: readonly string[],
  parameter: number,
  fn: FunctionFacts,
  { launch, facts, kernel }: LaunchView,
  { model, evaluator }: Analysis,
  symbolic: Symbolic,
): boolean {
  const allocation = findAllocation(model, launch, parameter);
  const type = kernel?.parameters[parameter]?.type;
  const size = type && evaluator.types.size(type.base, type.pointers - 1);
  const counts = names.map((name) => facts.arguments[fn.parameters.findIndex((p) => p.variable.name === name)]);
  const [at] = counts;
  if (!allocation || allocation.function !== launch.function || size === undefined || !at) return false;
  if (!counts.every((count) => count !== undefined)) return false;
  const form = (text: string): Polynomial | undefined =>
    Polynomial.of(evaluator.resolveText(text, { at, function: facts.function }), (expr) => symbolic.integer(expr));
  const product = [...counts.map(({ text }) => `(${text})`), String(size)].join(' * ');
  const [bytes, wanted] = [form(allocation.bytes.text), form(product)];
  if (bytes && wanted) return sameForm(bytes, wanted);
  const resolve = (text: string): Expr => evaluator.resolveText(text, { at, function: facts.function });
  return symbolic.same(resolve(allocation.bytes.text), resolve(product));
}

/** Elements of an array of the file, where it has one dimension. */
function extentOf({ type }: Variable, { evaluator }: Analysis): bigint | undefined {
  const [extent] = type.extents;
  if (!extent || type.arrays !== 1) return undefined;
  return new Symbolic(evaluator).integer(evaluator.resolveText(extent.text, { at: extent, function: undefined }));
}
