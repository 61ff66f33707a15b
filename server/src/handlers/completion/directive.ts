/** What fits into a `// kernel-lens:` comment: names not set yet, then values of their kind. */
import * as l10n from '@vscode/l10n';
import { CompletionItemKind, InsertTextFormat, type CompletionItem } from 'vscode-languageserver';
import {
  launchesOf,
  reservedNames,
  writingAt,
  type DirectivePlace,
  type DirectiveScope,
  type FileModel,
} from '../../analysis';
import { settingText } from '../hover/directive';

/** Asks for values as soon as a name is taken. */
const suggest = { title: '', command: 'editor.action.triggerSuggest' };

export function directiveItems(
  { items, scope, comment }: DirectivePlace,
  model: FileModel,
  text: string,
  offset: number,
): CompletionItem[] {
  if (!scope) return [];
  const before = text.slice(comment.content.start, offset);
  const writing = writingAt(before);
  // Right behind the colon or a comma a blank is missing.
  const space = /[:,]$/.test(text.slice(0, offset)) ? ' ' : '';
  const found =
    writing.kind === 'name'
      ? names(
          scope,
          new Set(items.filter(({ span }) => span.end < offset || span.start > offset).map(({ name }) => name)),
        )
      : writing.kind === 'value'
        ? values(writing.name, scope, model)
        : expressions(
            scope,
            items.map(({ name }) => name),
          );
  const begun = writing.kind === 'name' ? writing.begun : '';
  return found.map((item, order) => ({
    ...item,
    insertText: space + (item.insertText ?? item.label),
    filterText: begun === '' ? space + item.label : item.label,
    sortText: `!${String(order).padStart(3, '0')}`,
  }));
}

function names(scope: DirectiveScope, set: ReadonlySet<string>): CompletionItem[] {
  const own = scope.names().filter((name) => !set.has(name));
  const shadowed = new Set(scope.names());
  const reserved = reservedNames.filter((name) =>
    /Dim$/.test(name) ? shadowed.has(name.replace('Dim', '')) : !shadowed.has(name),
  );
  return [
    ...own.map((name): CompletionItem => {
      const meaning = scope.meaningOf(name);
      const type =
        'type' in meaning ? meaning.type : meaning.kind === 'template' ? (meaning.parameter.type ?? 'typename') : '';
      return {
        label: name,
        insertText: `${name}=`,
        kind: CompletionItemKind.Variable,
        labelDetails: { description: type },
        command: suggest,
      };
    }),
    ...reserved
      .filter((name) => !set.has(name))
      .map((name): CompletionItem => {
        const bare = name === 'cooperative';
        const detail = settingText(name) ?? '';
        return {
          label: name,
          insertText: bare ? name : `${name}=`,
          kind: CompletionItemKind.Keyword,
          labelDetails: { description: detail },
          ...(bare ? {} : { command: suggest }),
        };
      }),
  ];
}

function values(name: string, scope: DirectiveScope, model: FileModel): CompletionItem[] {
  const meaning = scope.meaningOf(name);
  switch (meaning.kind) {
    case 'buffer':
    case 'global':
      return [
        snippet('random(low, high)', 'random(${1:-1}, ${2:1})', l10n.t('uniform in [low, high)')),
        value('random', l10n.t('uniform in [0, 1), integers in [0, 100)')),
        value('zeros', l10n.t('every element is 0')),
        value('ones', l10n.t('every element is 1')),
        value('ramp', '0, 1, 2, …'),
        snippet('constant(x)', 'constant(${1:0.5})', l10n.t('every element is x')),
      ];
    case 'template': {
      const { parameter } = meaning;
      const index = scope.kernel.templateParameters.indexOf(parameter);
      const seen = launchesOf(model, scope.kernel).flatMap(
        ({ templateArguments }) => templateArguments[index]?.text ?? [],
      );
      const usual = parameter.kind === 'type' ? ['float', 'double', 'half', 'int'] : ['16', '32', '128', '8|16|32'];
      return [...new Set(seen.map((text) => text.trim())), ...usual.filter((text) => !seen.includes(text))].map(
        (text) => value(text, seen.includes(text) ? l10n.t('as a launch of this file') : ''),
      );
    }
    case 'reserved':
      return reservedValues(meaning.name, scope, model);
    case 'scalar':
      return /\b(float|double|half|__half|__nv_bfloat16)\b/.test(meaning.type)
        ? ['1.0', '0.5', '2.0'].map((text) => value(text, ''))
        : /^bool\b/.test(meaning.type)
          ? ['true', 'false'].map((text) => value(text, ''))
          : sizes();
    default:
      return sizes();
  }
}

function sizes(): CompletionItem[] {
  return [
    ...[10, 16, 20, 24, 26].map((power) => value(`1<<${power}`, (2 ** power).toLocaleString('en-US'))),
    value('1<<16..1<<26', l10n.t('a sweep: each twice the one before')),
    value('1000..5000 step 1000', l10n.t('a sweep in equal steps')),
  ];
}

function reservedValues(name: string, scope: DirectiveScope, model: FileModel): CompletionItem[] {
  switch (name) {
    case 'block':
      return [
        ...['256', '128', '512', '1024', '64', '32'].map((text) => value(text, l10n.t('threads of a block'))),
        ...['16x16', '32x8'].map((text) => value(text, l10n.t('{0} threads in two dimensions', 256))),
        value('64|128|256|512', l10n.t('alternatives, the first for a plain run')),
      ];
    case 'grid': {
      const counts = scope.kernel.parameters.filter(
        ({ type }) => type.pointers === 0 && /int|long|size_t|unsigned/.test(type.base),
      );
      return [
        ...counts.map((parameter) =>
          value(`ceil(${parameter.name}/block)`, l10n.t('one thread for each of {0}', parameter.name)),
        ),
        value('132', l10n.t('blocks')),
      ];
    }
    case 'check': {
      const count = scope.kernel.parameters.length;
      const fitting = [...scope.references].filter(([, { parameters }]) => parameters.length === count);
      return [
        ...fitting.map(([reference]) => value(`${reference}(1e-5)`, l10n.t('compare with this host function'))),
        value('1e-5', l10n.t('compare with the kernel on the CPU')),
      ];
    }
    case 'launch':
      return launchesOf(model, scope.kernel).map((_, index) => value(String(index + 1), ''));
    case 'cluster':
      return ['2', '4', '8'].map((text) => value(text, l10n.t('blocks')));
    case 'shared':
      return [
        value('48*1024', l10n.t('bytes of dynamic shared memory')),
        value('100*1024', l10n.t('bytes of dynamic shared memory')),
      ];
    default:
      return expressions(scope, []);
  }
}

/** Names of numbers. */
function expressions(scope: DirectiveScope, set: readonly string[]): CompletionItem[] {
  const numbers = [...scope.names(), ...set].filter(
    (name) => !/^(buffer|global|struct|opaque)$/.test(scope.meaningOf(name).kind),
  );
  return [...new Set([...numbers, 'block', 'grid'])].map((name) => ({
    label: name,
    kind: CompletionItemKind.Variable,
  }));
}

function value(label: string, description: string): CompletionItem {
  return { label, labelDetails: { description }, kind: CompletionItemKind.Value };
}

function snippet(label: string, insertText: string, description: string): CompletionItem {
  const insertTextFormat = InsertTextFormat.Snippet;
  return { label, insertText, insertTextFormat, labelDetails: { description }, kind: CompletionItemKind.Snippet };
}
