/** Template arguments of a planned kernel: from the launch, deduced from what it passes, or by default. Pure. */
import * as l10n from '@vscode/l10n';
import type { Provenance } from '../../../../protocol/src';
import type { Kernel, Launch, TemplateParameter } from '../../analysis/model/types';
import type { Site } from './elsewhere';
import type { HostValues } from './host';
import { pointerVariable } from './arguments-text';
import { isFloating, scalarOf } from './elements';
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
  { launch, source, file }: Site,
  host: HostValues,
  body: string,
  isVisible: (type: string) => boolean,
  given: (name: string) => { readonly text: string; readonly provenance: Provenance } | undefined = () => undefined,
): TemplateAnswer {
  const list = kernel.templateParameters;
  const line = launch === undefined ? 0 : source.lineOf(launch.nameSpan.start);
  const byName = new Map<string, string>();
  const packed: string[] = [];
  const defaults: string[] = [];
  let set: Provenance | undefined;
  for (const [index, parameter] of list.entries()) {
    const { name } = parameter;
    const setting = given(name);
    if (setting !== undefined) {
      set = setting.provenance;
      byName.set(name, setting.text);
      continue;
    }
    if (isPack(parameter) && launch !== undefined && index === list.length - 1) {
      packed.push(...launch.templateArguments.slice(index).map(({ text }) => text.trim()));
      continue;
    }
    const passed = launch?.templateArguments[index];
    const written =
      passed === undefined ? deduce(kernel, launch, parameter, source) : passedText(parameter, passed, host);
    const inner =
      launch !== undefined && written !== undefined && source.isTemplateParameter(written, launch.span.start);
    const visible = !inner && (parameter.kind !== 'type' || written === undefined || isVisible(written));
    const fromLaunch = visible ? written : undefined;
    const own = parameter.default === undefined ? undefined : withoutNames(parameter.default, byName, host);
    const chosen = fromLaunch ?? own ?? defaultFor(parameter, kernel, body);
    if (chosen === undefined) {
      return {
        message: l10n.t(
          '{0} has the template parameter {1}, which only a launch can choose: add one to this file.',
          kernel.name,
          name,
        ),
      };
    }
    // A launch that names no argument takes the declared default, unless what it passes decides.
    const declared = launch !== undefined && own !== undefined && !isDeduced(parameter, kernel);
    if (fromLaunch === undefined && !declared) defaults.push(`${name} = ${chosen}`);
    byName.set(name, chosen);
  }
  const provenance: Provenance =
    list.length === 0 || defaults.length === 0
      ? set !== undefined
        ? set
        : launch === undefined
          ? { kind: 'default', why: l10n.t('the kernel is no template') }
          : { kind: 'launchSite', line, ...(file === undefined ? {} : { file }) }
      : { kind: 'default', why: l10n.t('no launch in this file tells {0}', defaults.join(', ')) };
  return { arguments: [...byName.values(), ...packed], provenance, byName };
}

function isPack({ kind, name }: TemplateParameter): boolean {
  return kind === 'other' && !/^template\b/.test(name);
}

/** Whether the compiler would take the argument from the types of what is passed. */
function isDeduced({ name }: TemplateParameter, { parameters }: Kernel): boolean {
  return parameters.some(({ type }) => new RegExp(`\\b${name}\\b`).test(type.text));
}

/** What the launch writes: a number folded, since names of its function mean nothing outside; other values as they are. */
function passedText(
  parameter: TemplateParameter,
  { text, value }: Launch['templateArguments'][number],
  host: HostValues,
): string {
  const type = parameter.type === 'auto' ? 'int' : parameter.type;
  const number = parameter.kind === 'value' && type !== undefined && scalarOf(type) !== undefined;
  if (!number || /^(?:true|false)$/.test(text.trim())) return text.trim();
  return value.known ? String(value.value) : (valueText(text, host) ?? text);
}

function valueText(text: string, host: HostValues): string | undefined {
  const found = host.evaluate(text);
  return found === undefined || !Number.isInteger(found.value) ? undefined : String(found.value);
}

/** `2 * BLOCK` of a later default means nothing outside of the template: what BLOCK stands for takes its place. */
function withoutNames(text: string, byName: ReadonlyMap<string, string>, host: HostValues): string {
  let result = text;
  for (const [name, value] of byName) {
    const plain = /^[\w:.]+$/.test(value) || /^\w+$/.test(text.trim()) ? value : `(${value})`;
    result = result.replace(new RegExp(`(?<![\\w:])${name}\\b`, 'g'), plain);
  }
  if (result === text) return text;
  return /^[\s\d()+*/%<>-]+$/.test(result) ? (valueText(result, host) ?? result) : result;
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
        : (literalType(argument.text) ?? madeType(argument.text, source) ?? source.typeOf(argument.text.trim(), at));
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

/** `Twice{2}` and `Twice(2)` of a class of this file. */
function madeType(text: string, source: SourceText): string | undefined {
  const name = /^([A-Za-z_][\w:]*(?:\s*<[\w\s,:]*>)?)\s*[({]/.exec(text.trim())?.[1];
  return name !== undefined && source.structBody(name.replace(/\s*<.*$/, '')) !== undefined ? name : undefined;
}

/** Undefined where only a launch can tell. */
function defaultFor(parameter: TemplateParameter, kernel: Kernel, body: string): string | undefined {
  if (parameter.kind === 'other' || parameter.name === '') return undefined;
  if (parameter.kind === 'type') return isCalled(parameter, kernel, body) ? undefined : 'float';
  const type = scalarOf(parameter.type === 'auto' ? 'int' : (parameter.type ?? 'int'));
  if (type === 'bool') return 'false';
  if (type === undefined || isFloating(type)) return undefined;
  const { name } = parameter;
  const square =
    kernel.threadAxes.includes('y') ||
    /tile/i.test(name) ||
    new RegExp(`threadIdx\\.x\\s*[/%]\\s*${name}\\b`).test(body);
  if (/rows$/i.test(name)) return '8';
  switch (roleOf(name)) {
    case 'block':
      return square ? '16' : '256';
    case 'radius':
      return '2';
    case 'bins':
      return '256';
    default:
      break;
  }
  if (/(?<!per_?)(block|thread|tile)/i.test(name)) return square ? '16' : '256';
  return tileSize(name, kernel) ?? '4';
}

/** A parameter of this type is called as a function: no number will do. */
function isCalled({ name }: TemplateParameter, { parameters }: Kernel, body: string): boolean {
  return parameters.some(
    (parameter) =>
      parameter.type.base === name &&
      parameter.type.pointers === 0 &&
      new RegExp(`(?<![\\w.])${parameter.name}\\s*\\(`).test(body),
  );
}

/** Sizes of a blocked matrix product by the names that everyone gives them: 64 × 64 blocks, 8 deep, of 8 × 8 a thread. */
function tileSize(name: string, kernel: Kernel): string | undefined {
  const values = kernel.templateParameters.filter(({ kind }) => kind === 'value').map((parameter) => parameter.name);
  if (!values.some((value) => /^B_?[MN]$/i.test(value))) return undefined;
  if (/^B_?[MN]$/i.test(name)) return '64';
  if (/^(B_?K|T_?[MN])$/i.test(name)) return '8';
  if (/^W_?[MN]$/i.test(name)) return '32';
  return undefined;
}
