/** The arguments of a planned launch: scalars as they are known, and the memory behind the others. Pure. */
import * as l10n from '@vscode/l10n';
import type { PlanFailure, PlannedArgument, ScalarArgument } from '../../../../protocol/src';
import type { Parameter } from '../../analysis/model/types';
import { planBuffer, planPointers, type BufferContext } from './buffers';
import type { Situation } from './situation';

export type PlannedScalars = ReadonlyMap<Parameter, ScalarArgument>;

export function planArguments(
  situation: Situation,
  scalars: PlannedScalars,
  context: BufferContext,
): readonly PlannedArgument[] | PlanFailure {
  const list: PlannedArgument[] = [];
  for (const [index, parameter] of situation.kernel.parameters.entries()) {
    const planned = scalars.get(parameter) ?? planMemory(parameter, index, situation, context);
    if ('message' in planned) return planned;
    list.push(planned);
  }
  return list;
}

function planMemory(
  parameter: Parameter,
  index: number,
  situation: Situation,
  context: BufferContext,
): PlannedArgument | PlanFailure {
  const type = situation.substituted(parameter.type.text);
  const struct = situation.structs.get(parameter);
  if (struct !== undefined) return struct.argument(parameter, type, context);
  if (parameter.type.pointers === 0) return opaque(parameter, type, situation);
  const base = situation.substituted(parameter.type.base);
  return parameter.type.pointers === 2
    ? planPointers(parameter, base, type, context)
    : planBuffer(parameter, index, base, type, context);
}

function opaque(parameter: Parameter, type: string, { settings }: Situation): PlannedArgument {
  const setting = settings.names.find((name) => name.startsWith(`${parameter.name}.`) || name === parameter.name);
  const found = setting === undefined ? undefined : settings.get(setting);
  if (found !== undefined)
    settings.fail(found, l10n.t('how {0} lies in memory is not known here', parameter.type.base));
  const why = l10n.t('how this class lies in memory is not known here: every byte is zero');
  return { kind: 'opaque', name: parameter.name, type, provenance: { kind: 'default', why } };
}
