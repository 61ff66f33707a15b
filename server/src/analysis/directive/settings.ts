/** Directives of a kernel and of its launch, with what a request puts in their place, as one table of settings. Pure. */
import { analysisOf } from '../model/build';
import { lineOf } from '../model/lookups';
import type { FileModel, Kernel, Launch } from '../model/types';
import { msg } from '../rules/rule';
import { evaluate, type Evaluation, type Lookup, type Quantity } from './evaluate';
import { directivesOfKernel, directivesOfLaunch, findDirectives } from './find';
import { parseChoices, parseItems } from './parse';
import type { DirectiveItem, DirectiveProblem, Piece } from './types';

/** What one name is set to: the one value of a plain run. */
export interface Setting {
  readonly name: string;
  readonly value?: string;
  /** Elements of a buffer. */
  readonly size?: string;
  /** 1-based line of the directive; absent where a request says so. */
  readonly line?: number;
}

/** Several values of one name, in the order of the directive; each is a text that can stand behind `name=`. */
export interface Variation {
  readonly name: string;
  readonly values: readonly string[];
}

export interface Directive {
  readonly settings: ReadonlyMap<string, Setting>;
  readonly variations: readonly Variation[];
  /** What is wrong with the form of some item. */
  readonly problems: readonly (DirectiveProblem & { readonly line: number })[];
}

/** More would be no table that people read. */
export const mostChoices = 64;

export interface DirectiveRequest {
  readonly model: FileModel;
  readonly text: string;
  readonly kernel: Kernel;
  readonly launch?: Launch | undefined;
  /** Name → value in the directive's language. */
  readonly overrides?: ReadonlyMap<string, string> | undefined;
}

export function directiveOf({ model, text, kernel, launch, overrides }: DirectiveRequest): Directive {
  const all = findDirectives(text);
  const comments = [
    ...directivesOfKernel(all, kernel),
    ...(launch === undefined ? [] : directivesOfLaunch(all, launch, text)),
  ];
  const items = new Map<string, { item: DirectiveItem; line?: number }>();
  const problems: (DirectiveProblem & { line: number })[] = [];
  for (const comment of comments) {
    const line = lineOf(text, comment.span.start) + 1;
    for (const item of comment.items) items.set(item.name, { item, line: lineOf(text, item.span.start) + 1 });
    problems.push(...comment.problems.map((problem) => ({ ...problem, line })));
  }
  for (const [name, value] of overrides ?? []) {
    const [item] = parseItems(`${name}=${value}`, 0).items;
    const before = items.get(item?.name ?? name)?.item;
    // A fill alone leaves the size that the directive states.
    if (item) items.set(item.name, { item: item.size || !before?.size ? item : { ...item, size: before.size } });
  }
  const settings = new Map<string, Setting>();
  const variations: Variation[] = [];
  const chosen = (name: string): string | undefined => {
    const item = items.get(name)?.item;
    return item?.value && plainChoice(item.value);
  };
  const lookup = lookupOf(chosen, (name) => constantOf(model, kernel, name));
  for (const [name, { item, line }] of items) {
    const value = item.value && plainChoice(item.value);
    settings.set(name, {
      name,
      ...(value === undefined ? {} : { value }),
      ...(item.size ? { size: item.size.text } : {}),
      ...(line === undefined ? {} : { line }),
    });
    const values = item.value ? choiceValues(item.value, lookup) : [];
    if (Array.isArray(values) && values.length > 1) variations.push({ name, values });
  }
  return { settings, variations, problems };
}

/** A plain run takes the last value of a range, and the first of alternatives. */
function plainChoice(value: Piece): string {
  const { alternatives, range } = parseChoices(value);
  return range ? range.last.text : (alternatives[0]?.text ?? value.text);
}

/** Every value that an item stands for, or what is wrong with its range. */
export function choiceValues(value: Piece, lookup: Lookup): readonly string[] | DirectiveProblem {
  const { alternatives, range } = parseChoices(value);
  if (!range) return alternatives.map(({ text }) => text);
  const { first, last, step } = range;
  if (first.text === '') return { message: msg('The range has no first value'), span: value.span };
  if (last.text === '') return { message: msg('The range has no last value'), span: value.span };
  if (step?.text === '') return { message: msg("Expected a number behind 'step'"), span: value.span };
  const [from, to, by] = [first, last, step].map((piece) => (piece ? evaluate(piece.text, lookup) : undefined));
  // What a name stands for may only be known with the launch.
  if (!from || !to || 'problem' in from || 'problem' in to || (by && 'problem' in by)) return [];
  const [start, end] = [from.value, to.value];
  if (start > end) return { message: msg('The range ends before it begins'), span: value.span };
  if (by && Number(by.value) <= 0) return { message: msg('A step is above zero'), span: step!.span };
  if (!by && Number(start) <= 0) {
    return { message: msg('A range without a step doubles, so it begins above zero'), span: first.span };
  }
  const values: Quantity[] = [];
  for (let next = start; next <= end && values.length <= mostChoices; next = following(next, by?.value)) {
    values.push(next);
  }
  if (values.length > mostChoices) {
    return { message: msg('The range has more than {0} values', mostChoices), span: value.span };
  }
  if (Number(values[values.length - 1]) !== Number(end)) values.push(end);
  return values.map(String);
}

function following(value: Quantity, step: Quantity | undefined): Quantity {
  if (step === undefined) return typeof value === 'bigint' ? value * 2n : value * 2;
  return typeof value === 'bigint' && typeof step === 'bigint' ? value + step : Number(value) + Number(step);
}

/** Values of names: settings first, each computed from the others, then what `outside` knows. */
export function lookupOf(
  setting: (name: string) => string | undefined,
  outside: (name: string) => Quantity | undefined,
  inside: ReadonlySet<string> = new Set(),
): Lookup {
  return (name): Evaluation | undefined => {
    const text = setting(name);
    if (text !== undefined) {
      if (inside.has(name)) return { problem: msg("'{0}' is computed from itself", name) };
      return evaluate(text, lookupOf(setting, outside, new Set([...inside, name])));
    }
    const value = outside(name);
    return value === undefined ? undefined : { value };
  };
}

/** A constant or macro of the file, or of what it includes. */
export function constantOf(model: FileModel, kernel: Kernel, name: string): Quantity | undefined {
  const analysis = analysisOf(model);
  const facts = analysis?.kernels[model.kernels.indexOf(kernel)];
  if (!analysis || !facts) return undefined;
  const { evaluator } = analysis;
  const value = evaluator.evaluate(evaluator.resolveText(name, { at: facts.node, function: undefined }));
  return value.known ? value.value : undefined;
}
