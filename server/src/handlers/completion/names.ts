/** Launches of the file's kernels, and CUDA's own names where no C++ tool offers them. */
import * as l10n from '@vscode/l10n';
import { CompletionItemKind, InsertTextFormat, MarkupKind, type CompletionItem } from 'vscode-languageserver';
import type { Kernel } from '../../analysis';
import { entryText } from '../hover';
import { knowledge, type Entry } from '../knowledge';

const dimensionNames = new Set(['threadIdx', 'blockIdx', 'blockDim', 'gridDim']);

/** `scale` becomes a whole launch. */
export function launchItems(kernels: readonly Kernel[]): CompletionItem[] {
  const unique = new Map(kernels.filter(({ broken }) => !broken).map((kernel) => [kernel.name, kernel]));
  return [...unique.values()].map((kernel) => {
    const name = kernel.name.split('::').at(-1) ?? kernel.name;
    const template = kernel.templateParameters.filter((parameter) => parameter.kind !== 'other' && !parameter.default);
    const types = template.map((parameter) => parameter.name);
    const values = kernel.parameters.filter(({ hasDefault }) => !hasDefault).map((parameter) => parameter.name || '…');
    let stop = 1;
    const stops = (texts: readonly string[]) => texts.map((text) => `\${${stop++}:${text}}`).join(', ');
    const instantiation = types.length > 0 ? `<${stops(types)}>` : '';
    return {
      label: `${name}<<<…>>>(…)`,
      filterText: name,
      kind: CompletionItemKind.Snippet,
      detail: l10n.t('launch of a kernel'),
      insertText: `${name}${instantiation}<<<${stops(['(n + 255) / 256', '256'])}>>>(${stops(values)});`,
      insertTextFormat: InsertTextFormat.Snippet,
    };
  });
}

/** `x`, `y` and `z` behind `threadIdx.` and its relatives. */
export function memberItems(object: string): CompletionItem[] {
  const entry = dimensionNames.has(object) ? knowledge.get(object) : undefined;
  if (!entry) return [];
  return ['x', 'y', 'z'].map((label) => ({
    label,
    kind: CompletionItemKind.Field,
    detail: 'unsigned int',
    documentation: { kind: MarkupKind.Markdown, value: entryText(entry) },
  }));
}

export function builtinItems(): CompletionItem[] {
  return [...knowledge].map(([name, entry]) => builtinItem(name, entry));
}

function builtinItem(name: string, entry: Entry): CompletionItem {
  const parameters = new RegExp(`\\b${name}\\((.*)\\)`).exec(entry.code)?.[1];
  const call = parameters === undefined ? undefined : callSnippet(name, parameters);
  return {
    label: name,
    kind: kindOf(name, call !== undefined),
    detail: entry.code,
    documentation: { kind: MarkupKind.Markdown, value: entryText(entry) },
    ...(call === undefined ? {} : { insertText: call, insertTextFormat: InsertTextFormat.Snippet }),
  };
}

/** The required parameters as places to fill in; nothing where the entry does not list them. */
function callSnippet(name: string, parameters: string): string | undefined {
  if (/…|\(/.test(parameters)) return undefined;
  const required = parameters.split(',').filter((parameter) => parameter.trim() !== '' && !parameter.includes('='));
  const places = required.map((parameter, index) => {
    const last = /(\w+)\s*$/.exec(parameter)?.[1] ?? '';
    return `\${${index + 1}:${last === 'mask' ? '0xffffffff' : last}}`;
  });
  return `${name}(${places.join(', ')})`;
}

function kindOf(name: string, isCall: boolean): CompletionItemKind {
  if (isCall) return CompletionItemKind.Function;
  if (dimensionNames.has(name) || name === 'warpSize') return CompletionItemKind.Variable;
  return /_t$|^float4$|^__half2$|^__nv_bfloat16$/.test(name) ? CompletionItemKind.Struct : CompletionItemKind.Keyword;
}
