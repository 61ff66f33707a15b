/** Scalars that a kernel takes, and constants that the program would copy for it. Pure. */
import * as l10n from '@vscode/l10n';
import type { Provenance, ScalarArgument } from '../../../../protocol/src';
import type { Parameter } from '../../analysis/model/types';
import { isFloating, scalarOf } from './elements';
import type { NamedGlobal } from './globals';
import type { HostValue } from './host';
import { point } from './interval';
import { numberText } from './number-text';
import { assumedInteger, isExtent } from './scalars';
import type { Situation } from './situation';

/** Undefined for a parameter that is no scalar. */
export function planScalar(parameter: Parameter, index: number, situation: Situation): ScalarArgument | undefined {
  if (parameter.type.pointers > 0) return undefined;
  const { source, settings, body, size } = situation;
  const type = situation.substituted(parameter.type.base);
  // An enumeration is passed as its int.
  const scalar = scalarOf(type) ?? (source.isEnumeration(type) ? 'i32' : undefined);
  if (scalar === undefined) return undefined;
  const { name } = parameter;
  const base = { kind: 'scalar', name, type: situation.substituted(parameter.type.text), scalar } as const;
  const setting = settings.get(name);
  const set = settings.number(setting);
  if (setting !== undefined && set !== undefined) {
    return { ...base, value: numberText(set, isFloating(scalar)), provenance: settings.origin(setting) };
  }
  if (setting?.size !== undefined) settings.fail(setting, l10n.t('{0} is no buffer', name));
  const passed = passedValue(scalar, index, situation);
  if (passed !== undefined) return { ...base, ...passed };
  if (isFloating(scalar) || scalar === 'bool') {
    return { ...base, value: '1', provenance: { kind: 'default', why: situation.unknown } };
  }
  const why = isExtent(name, body.text) ? size.why : situation.unknown;
  return { ...base, value: String(assumedInteger(name, body.text, size)), provenance: { kind: 'default', why } };
}

/** What the launch passes, where that is known or follows from what was set or assumed. */
function passedValue(
  scalar: ScalarArgument['scalar'],
  index: number,
  situation: Situation,
): Pick<ScalarArgument, 'value' | 'provenance'> | undefined {
  const written = situation.launch?.arguments[index];
  if (written === undefined) return undefined;
  const floating = isFloating(scalar);
  const value = floating && !written.value.known ? undefined : situation.host.value(written.value, written.text);
  if (value !== undefined && value.preset.length > 0) {
    return { value: numberText(value.value, floating), provenance: situation.origin(value) };
  }
  if (written.value.known) {
    return { value: numberText(written.value.value, floating), provenance: situation.launchSite() };
  }
  if (value === undefined || isEmptyExtent(value, situation.kernel.parameters[index], situation)) return undefined;
  // A condition that only a run can tell is assumed to hold.
  const whole = scalar === 'bool' ? Number(value.value !== 0) : value.value;
  return { value: numberText(whole, false), provenance: situation.origin(value) };
}

/** What was assumed leaves no elements: it was assumed wrongly. */
function isEmptyExtent({ value, assumed }: HostValue, parameter: Parameter | undefined, { body }: Situation): boolean {
  return value <= 0 && assumed.length > 0 && parameter !== undefined && isExtent(parameter.name, body.text);
}

/** A `__constant__` number with the value that a directive sets or the program copies to it. */
export function withNumber(
  variable: NamedGlobal,
  situation: Situation,
): NamedGlobal & { readonly number?: ScalarArgument } {
  const scalar = variable.extents.length === 0 ? scalarOf(variable.base) : undefined;
  if (scalar === undefined || variable.space !== 'constant') return variable;
  const { settings, size } = situation;
  const setting = settings.get(variable.name);
  const set = settings.tried(setting ?? { name: variable.name });
  const copied = set === undefined && !isFloating(scalar) ? copiedTo(variable.name, situation) : undefined;
  const assumed = isFloating(scalar) ? 1 : assumedInteger(variable.name, situation.body.text, size);
  const provenance: Provenance =
    setting !== undefined && set !== undefined
      ? settings.origin(setting)
      : copied !== undefined
        ? situation.origin(copied)
        : { kind: 'default', why: size.why };
  const value = set ?? copied?.value ?? assumed;
  situation.numbers.set(variable.name, point(value, isFloating(scalar)));
  return {
    ...variable,
    number: { kind: 'scalar', name: variable.name, type: variable.base, scalar, value: String(value), provenance },
  };
}

/** `cudaMemcpyToSymbol(name, &value, …)`: the value of the host's variable. */
function copiedTo(name: string, { site: { source }, host }: Situation): HostValue | undefined {
  const copied = source.argumentsOf('cudaMemcpyToSymbol', (first) => first === name)?.[1];
  const variable = /^\(?\s*&\s*([A-Za-z_]\w*)\s*\)?$/.exec(copied ?? '')?.[1];
  return variable === undefined ? undefined : host.evaluate(variable);
}
