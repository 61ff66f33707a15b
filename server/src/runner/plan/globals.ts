/** `__constant__` and `__device__` variables that a kernel names and the program would fill. Pure. */
import * as l10n from '@vscode/l10n';
import type { GlobalVariable, ScalarArgument } from '../../../../protocol/src';
import { analysisOf } from '../../analysis/model/build';
import type { FileModel, Kernel } from '../../analysis/model/types';
import { planPointer, type BufferContext } from './buffers';
import { elementFor } from './layout';

export interface NamedGlobal {
  readonly name: string;
  readonly space: 'constant' | 'device';
  readonly base: string;
  /** Sizes of an array, outermost first. */
  readonly extents: readonly number[];
}

/** How far calls are followed to the functions that name a variable. */
const deepest = 4;

/** Variables without a value of their own; what cannot be laid out is left as the module has it. */
export function globalsOf(model: FileModel, kernel: Kernel): readonly NamedGlobal[] {
  const analysis = analysisOf(model);
  const facts = analysis?.kernels[model.kernels.indexOf(kernel)];
  if (analysis === undefined || facts?.body === undefined) return [];
  const { index, types } = analysis.evaluator;
  const words = new Set<string>();
  const read = (text: string, depth: number) => {
    for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) {
      if (words.has(word)) continue;
      words.add(word);
      if (depth >= deepest) continue;
      for (const { value } of index.functions.get(word) ?? []) {
        if (value.specifiers.has('__device__') && value.body) read(value.body.text, depth + 1);
      }
    }
  };
  read(facts.body.text, 0);
  const own = new Set([...facts.variables.keys(), ...kernel.parameters.map(({ name }) => name)]);
  return [...words].flatMap((name): NamedGlobal[] => {
    const found = own.has(name) ? undefined : index.variables.get(name);
    const variable = found?.length === 1 ? found[0]?.value : undefined;
    if (variable === undefined || variable.owner !== '') return [];
    const { specifiers, type } = variable;
    const space = specifiers.has('__constant__') ? 'constant' : specifiers.has('__device__') ? 'device' : undefined;
    const filled = variable.initial !== undefined && !isCopiedTo(analysis.text, name);
    if (space === undefined || specifiers.has('extern') || specifiers.has('constexpr') || filled) return [];
    if (type.pointers > 0 || type.reference || type.arrays !== type.extents.length) return [];
    const extents = type.extents.map((node) => {
      const place = { at: variable.node, function: undefined };
      const value = analysis.evaluator.evaluate(analysis.evaluator.resolveText(node.text, place));
      return value.known ? Number(value.value) : NaN;
    });
    if (!extents.every((extent) => extent >= 1)) return [];
    const resolved = types.resolve(type.base);
    return resolved.pointers > 0 ? [] : [{ name, space, base: resolved.base, extents }];
  });
}

function isCopiedTo(text: string, name: string): boolean {
  return new RegExp(`\\bcudaMemcpyToSymbol(?:Async)?\\s*(?:<[^>]*>)?\\s*\\(\\s*&?\\s*${name}\\b`).test(text);
}

export function planGlobal(
  variable: NamedGlobal & { readonly number?: ScalarArgument },
  context: BufferContext,
): GlobalVariable | undefined {
  const { name, space, base, extents, number } = variable;
  if (elementFor(base, context.model) === undefined) return undefined;
  const type = `${base}${extents.map((extent) => `[${extent}]`).join('')}`;
  const access = space === 'constant' ? 'read' : context.body.accessOf(name);
  const constant = space === 'constant';
  const count = extents.reduce((all, extent) => all * extent, 1);
  const setting = context.settings.get(name);
  if (setting?.size !== undefined) context.settings.fail(setting, l10n.t('the file declares {0}', type));
  if (number !== undefined) {
    return {
      kind: 'buffer',
      space,
      name,
      type,
      element: elementFor(base, context.model)!,
      count,
      fill: { kind: 'constant', value: Number(number.value) },
      fillProvenance: number.provenance,
      access,
      constant,
      provenance: number.provenance,
    };
  }
  const planned = planPointer({ path: name, name, base, type, access, constant }, context);
  return {
    ...planned,
    space,
    count,
    provenance: { kind: 'default', why: l10n.t('as many elements as the file declares') },
  };
}
