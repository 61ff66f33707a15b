/** What the file and its headers declare as nvcc sees it with the project's macros: for plans, which say what they assume. Pure. */
import { analysisOf } from '../../analysis/model/build';
import { Evaluator } from '../../analysis/model/evaluator';
import type { Macro } from '../../analysis/model/tokens';
import type { FileModel } from '../../analysis/model/types';

const evaluators = new WeakMap<FileModel, Evaluator>();

export function compiledEvaluator(model: FileModel): Evaluator | undefined {
  const known = evaluators.get(model);
  const analysis = known === undefined ? analysisOf(model) : undefined;
  if (analysis === undefined) return known;
  const evaluator = new Evaluator(analysis.evaluator.index.asCompiled());
  evaluators.set(model, evaluator);
  return evaluator;
}

/** A macro that a file which this one includes defines. */
export function includedMacro(model: FileModel, name: string): Macro | undefined {
  const index = compiledEvaluator(model)?.index;
  const all = index?.macros.get(name) ?? [];
  if (all.length === 0 || index?.facts.some(({ unit }) => all.some((macro) => macro.unit === unit)) === true) {
    return undefined;
  }
  const macro = index?.macro(name);
  return macro !== undefined && 'body' in macro ? macro : { body: '' };
}

/** Whether a file that this one includes declares a type of this name, or a macro that may stand for one. */
export function isIncludedType(model: FileModel, name: string): boolean {
  const facts = compiledEvaluator(model)?.index.imported ?? [];
  const named = (list: readonly { readonly name: string }[]) => list.some((item) => item.name === name);
  return facts.some(({ typedefs, structs, macros }) => named(typedefs) || named(structs) || named(macros));
}

/** The value of an expression at file scope, such as an array's extent. */
export function sizeOf(model: FileModel, text: string): number | undefined {
  const evaluator = compiledEvaluator(model);
  const at = (evaluator?.index.facts[0] ?? evaluator?.index.imported[0])?.unit.root;
  if (evaluator === undefined || at === undefined) return undefined;
  const value = evaluator.evaluate(evaluator.resolveText(text, { at, function: undefined }));
  return value.known ? Number(value.value) : undefined;
}

/** A number that a macro or a constant of the file or of its headers stands for. */
export function constantIn(model: FileModel, name: string): number | undefined {
  const { index } = compiledEvaluator(model) ?? {};
  if (!/^[A-Za-z_]\w*$/.test(name)) return undefined;
  const variable = index?.variables.get(name)?.[0]?.value;
  const fixed = variable !== undefined && (variable.type.const || variable.specifiers.has('constexpr'));
  return fixed || index?.macros.has(name) === true ? sizeOf(model, name) : undefined;
}
