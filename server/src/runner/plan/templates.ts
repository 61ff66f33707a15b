/** Template arguments of a planned kernel: from the launch, deduced from what it passes, or by default. Pure. */
import type { Provenance } from '../../../../protocol/src';
import type { Kernel, Launch, TemplateParameter } from '../../analysis/model/types';
import type { HostValues } from './host';
import { pointerVariable } from './arguments-text';
import { roleOf } from './roles';
import type { SourceText } from './source-text';

export interface TemplateChoice {
  readonly arguments: readonly string[];
  readonly provenance: Provenance;
  /** Source form by parameter name. */
  readonly byName: ReadonlyMap<string, string>;
}

export type TemplateAnswer = TemplateChoice | { readonly message: string };

export function chooseTemplate(
  kernel: Kernel,
  launch: Launch | undefined,
  source: SourceText,
  host: HostValues,
): TemplateAnswer {
  const list = kernel.templateParameters;
  const line = launch === undefined ? 0 : source.lineOf(launch.nameSpan.start);
  const byName = new Map<string, string>();
  const defaults: string[] = [];
  for (const [index, parameter] of list.entries()) {
    const given = launch?.templateArguments[index];
    const fromLaunch =
      given !== undefined
        ? given.value.known && parameter.kind === 'value'
          ? String(given.value.value)
          : (valueText(parameter, given.text, host) ?? given.text)
        : deduce(kernel, launch, parameter, source);
    const chosen = fromLaunch ?? parameter.default ?? defaultFor(parameter, kernel);
    if (chosen === undefined) {
      return {
        message: `${kernel.name} has the template parameter ${parameter.name}, which only a launch can choose: add one to this file.`,
      };
    }
    if (fromLaunch === undefined) defaults.push(`${parameter.name} = ${chosen}`);
    byName.set(parameter.name, chosen);
  }
  const provenance: Provenance =
    list.length === 0 || defaults.length === 0
      ? launch === undefined
        ? { kind: 'default', why: 'the kernel is no template' }
        : { kind: 'launchSite', line }
      : { kind: 'default', why: `no launch in this file tells ${defaults.join(', ')}` };
  return { arguments: [...byName.values()], provenance, byName };
}

/** Names of a function mean nothing outside it; a value written with them is folded. */
function valueText(parameter: TemplateParameter, text: string, host: HostValues): string | undefined {
  if (parameter.kind !== 'value') return undefined;
  const value = host.evaluate(text)?.value;
  return value === undefined || !Number.isInteger(value) ? undefined : String(value);
}

function deduce(
  kernel: Kernel,
  launch: Launch | undefined,
  parameter: TemplateParameter,
  source: SourceText,
): string | undefined {
  if (launch === undefined || parameter.kind !== 'type') return undefined;
  for (const [index, { type }] of kernel.parameters.entries()) {
    const argument = launch.arguments[index];
    if (type.base !== parameter.name || argument === undefined) continue;
    const at = launch.nameSpan.start;
    const found =
      type.pointers > 0
        ? source.pointeeOf(pointerVariable(argument.text) ?? '', at)
        : (literalType(argument.text) ?? source.typeOf(argument.text.trim(), at));
    if (found !== undefined) return found.replace(/\b(const|volatile)\s+/g, '').trim();
  }
  return undefined;
}

function literalType(text: string): string | undefined {
  const plain = text.trim();
  if (/^[-+]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d+)?[fF]$/.test(plain)) return 'float';
  if (/^[-+]?(\d+\.\d*|\.\d+)([eE][-+]?\d+)?$/.test(plain)) return 'double';
  if (/^[-+]?\d+$/.test(plain)) return 'int';
  return undefined;
}

function defaultFor(parameter: TemplateParameter, kernel: Kernel): string | undefined {
  if (parameter.kind === 'other' || parameter.name === '') return undefined;
  if (parameter.kind === 'type') return 'float';
  if (parameter.type === 'bool') return 'false';
  if (
    !/^(const\s+)?(unsigned|signed|int|long|short|size_t|std::size_t|u?int\d+_t|char|auto)\b/.test(
      parameter.type ?? 'int',
    )
  ) {
    return undefined;
  }
  const twoDimensional = kernel.threadAxes.includes('y');
  if (/rows$/i.test(parameter.name)) return '8';
  switch (roleOf(parameter.name)) {
    case 'block':
      return twoDimensional || /tile/i.test(parameter.name) ? '16' : '256';
    case 'radius':
      return '2';
    case 'bins':
      return '256';
    default:
      return /block|thread|tile/i.test(parameter.name) ? (twoDimensional ? '16' : '256') : '4';
  }
}
