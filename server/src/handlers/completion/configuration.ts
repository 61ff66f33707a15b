/** What fits into `<<<grid, block, shared, stream>>>`. */
import * as l10n from '@vscode/l10n';
import { CompletionItemKind, InsertTextFormat, type CompletionItem } from 'vscode-languageserver';
import type { ConfigurationPlace, DeclaredName, Kernel } from '../../analysis';

const integer = /^(?:unsigned|unsigned int|unsigned long|int|long|long long|size_t|u?int(?:32|64)?(?:_t)?|auto)$/;
const blockName =
  /^k?block$|block_?(?:size|dim)|threads?_?per_?block|^(?:n|num_?)?threads?(?:_?[xy1])?$|^(?:tpb|bs|tb(?:_?size)?)$/i;
const gridName = /grid|blocks$|blocks_?(?:per|[xy12])|^n(?:um)?_?block$/i;
const sizeName =
  /^(?:n|m|len|length|count|total|size|elements)$|(?:size|count|elements|length|len|total)$|^(?:n|num)_?[a-z]*$/i;
/** Sizes of other things than of the problem. */
const otherSize =
  /block|thread|warp|tile|grid|sh(?:are)?d?_?mem|smem|shm|stream|device|gpu|pack|max|stack|byte|iter|step|run|rep/i;
/** What problems are called most. */
const usualName = /^(?:n|m|size|len(?:gth)?|count|total|(?:n|num)_?(?:elem(?:ent)?s?|points|items))$/i;
/** More would hide the rest of the list. */
const mostSizes = 5;
const planes = [
  ['width', 'height'],
  ['w', 'h'],
  ['cols', 'rows'],
  ['nx', 'ny'],
] as const;

export function configurationItems(
  place: ConfigurationPlace,
  names: readonly DeclaredName[],
  kernel: Kernel | undefined,
): CompletionItem[] {
  // Right behind a comma a blank is missing.
  const space = place.index > 0 && place.begun === '' ? ' ' : '';
  const items = candidates(place, names, kernel);
  return items.map((item, order) => ({
    ...item,
    insertText: space + (item.insertText ?? item.label),
    filterText: item.filterText ?? item.label,
    sortText: `!${String(order).padStart(2, '0')}`,
  }));
}

function candidates(
  { index, written }: ConfigurationPlace,
  names: readonly DeclaredName[],
  kernel: Kernel | undefined,
): CompletionItem[] {
  switch (index) {
    case 0:
      return gridItems(names);
    case 1:
      return blockItems(names);
    case 2:
      return sharedItems(kernel, written[1] ?? '', names);
    case 3:
      return ofType(names, 'cudaStream_t', l10n.t('stream of the launch'));
    default:
      return [];
  }
}

function gridItems(names: readonly DeclaredName[]): CompletionItem[] {
  const numbers = names.filter(({ type }) => integer.test(type));
  const block = numbers.find(({ name }) => blockName.test(name) && !gridName.test(name))?.name;
  const sizes = numbers
    .filter(({ name }) => sizeName.test(name) && !blockName.test(name) && !otherSize.test(name))
    .sort((a, b) => Number(usualName.test(b.name)) - Number(usualName.test(a.name)))
    .slice(0, mostSizes);
  const named = names.filter(({ name, type }) => gridName.test(name) && (type === 'dim3' || integer.test(type)));
  const has = (name: string) => numbers.some((number) => number.name === name);
  return [
    ...named.map(({ name, type }) => variable(name, type, l10n.t('blocks'))),
    ...sizes.map(({ name }) => expression(roundedUp(name, block), l10n.t('one thread for each of {0}', name))),
    ...planes
      .filter(([x, y]) => has(x) && has(y))
      .map(([x, y]) => expression(`dim3((${x} + 15) / 16, (${y} + 15) / 16)`, l10n.t('blocks of 16 × 16 threads'))),
    ...ofType(names, 'dim3', l10n.t('blocks')).filter(({ label }) => !named.some(({ name }) => name === label)),
    snippet('dim3(…, …)', 'dim3(${1:x}, ${2:y})', l10n.t('blocks along x and y')),
  ];
}

function roundedUp(name: string, block: string | undefined): string {
  return block === undefined ? `(${name} + 255) / 256` : `(${name} + ${block} - 1) / ${block}`;
}

function blockItems(names: readonly DeclaredName[]): CompletionItem[] {
  const named = names.filter(({ name, type }) => integer.test(type) && blockName.test(name) && !gridName.test(name));
  const dimensions = ofType(names, 'dim3', l10n.t('threads of a block'));
  return [
    ...named.map(({ name, type, value }) =>
      variable(name, value === undefined ? type : `= ${value}`, l10n.t('threads of a block')),
    ),
    ...dimensions.sort((a, b) => Number(gridName.test(a.label)) - Number(gridName.test(b.label))),
    ...['256', '128', '512', '1024'].map((number) => expression(number, l10n.t('threads of a block'))),
    expression('dim3(16, 16)', l10n.t('{0} threads in two dimensions', 256)),
    expression('dim3(32, 8)', l10n.t('{0} threads in two dimensions', 256)),
  ];
}

/** One element a thread is what most kernels keep in dynamic shared memory. */
function sharedItems(kernel: Kernel | undefined, block: string, names: readonly DeclaredName[]): CompletionItem[] {
  const dynamic = kernel?.shared.find((shared) => shared.dynamic);
  const flat = /^\w+$/.test(block) && !names.some(({ name, type }) => name === block && type === 'dim3');
  const threads = flat ? block : /^\w+$/.test(block) ? `${block}.x * ${block}.y` : undefined;
  const bytes = l10n.t('bytes of dynamic shared memory');
  return [
    ...(dynamic && threads ? [expression(`${threads} * sizeof(${dynamic.type})`, bytes)] : []),
    expression('0', bytes),
    snippet('… * sizeof(…)', '${1:count} * sizeof(${2:float})', bytes),
  ];
}

function ofType(names: readonly DeclaredName[], type: string, detail: string): CompletionItem[] {
  return names.filter((candidate) => candidate.type === type).map(({ name }) => variable(name, type, detail));
}

function variable(label: string, type: string, description: string): CompletionItem {
  return { label, labelDetails: { description }, detail: `${type} ${label}`, kind: CompletionItemKind.Variable };
}

function expression(label: string, description: string): CompletionItem {
  return { label, labelDetails: { description }, kind: CompletionItemKind.Value };
}

function snippet(label: string, insertText: string, description: string): CompletionItem {
  const insertTextFormat = InsertTextFormat.Snippet;
  return { label, insertText, insertTextFormat, labelDetails: { description }, kind: CompletionItemKind.Snippet };
}
