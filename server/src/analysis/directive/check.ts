/** What is wrong with the directives of a file, as findings. Silent where only a run could tell. Pure. */
import { analysisOf, type Analysis } from '../model/build';
import { launchesOf } from '../model/lookups';
import type { FileModel, Kernel } from '../model/types';
import { msg, type Fix, type Message, type Report } from '../rules/rule';
import { DirectiveExpressions, replacement, sizeProblem } from './check-expressions';
import { evaluate } from './evaluate';
import { directivesOfKernel, findDirectives, targetOf } from './find';
import { DirectiveScope, type Meaning } from './meaning';
import { nearest } from './names';
import { parseCheck, parseChoices, parseDimensions, parseFill, parseItems } from './parse';
import { choiceValues, constantOf } from './settings';
import { reservedNames, type DirectiveComment, type DirectiveItem, type Piece } from './types';

const mostThreads = 1024;
const mostThreadsZ = 64;
const mostBlocks = [2 ** 31 - 1, 65535, 65535] as const;
/** Bytes of shared memory that a block can have on any GPU up to compute capability 12. */
const mostShared = 227 * 1024;
const mostClustered = 16;

export function checkDirectives(analysis: Analysis): Report[] {
  const groups = new Map<number, DirectiveComment[]>();
  for (const comment of findDirectives(analysis.text)) {
    groups.set(comment.target, [...(groups.get(comment.target) ?? []), comment]);
  }
  return [...groups.values()].flatMap((comments) => checkGroup(comments, analysis));
}

function checkGroup(comments: readonly DirectiveComment[], analysis: Analysis): Report[] {
  const [first] = comments;
  if (!first) return [];
  const form = comments.flatMap(({ problems }) => problems.map(({ message, span }) => ({ span, message })));
  const { kernel, launch } = targetOf(first, analysis.model, analysis.text);
  if (!kernel) {
    const misplaced = launch
      ? []
      : comments.map(({ span }) => ({
          severity: 'warning' as const,
          span,
          message: msg('This directive stands above no kernel and no launch, so it sets nothing'),
        }));
    return [...form, ...misplaced];
  }
  const own = analysis.model.kernels.includes(kernel);
  const scope = new DirectiveScope(analysis, kernel, launch);
  return [...form, ...(own ? new Checker(scope, comments).reports() : [])];
}

/** What is wrong with values that a request puts in place of those of the text; spans lie behind the text. */
export function checkOverrides(
  model: FileModel,
  kernel: Kernel,
  overrides: ReadonlyMap<string, string>,
): readonly Report[] {
  const analysis = analysisOf(model);
  if (!analysis) return [];
  const behind = analysis.text.length;
  const parsed = [...overrides].map(([name, value]) => parseItems(`${name}=${value}`, behind));
  const items = parsed.flatMap((part) => part.items);
  const span = { start: behind, end: behind };
  const kept = directivesOfKernel(findDirectives(analysis.text), kernel).map((comment) => ({
    ...comment,
    items: comment.items.filter(({ name }) => !items.some((item) => item.name === name)),
  }));
  const asked: DirectiveComment = { span, content: span, items, problems: [], target: behind };
  const reports = new Checker(new DirectiveScope(analysis, kernel), [...kept, asked]).reports();
  return [
    ...parsed.flatMap(({ problems }) => problems.map((problem) => ({ span: problem.span, message: problem.message }))),
    ...reports.filter((report) => report.span.start >= behind),
  ];
}

class Checker {
  readonly #reports: Report[] = [];
  readonly #items = new Map<string, DirectiveItem>();
  readonly #expressions: DirectiveExpressions;

  constructor(
    private readonly scope: DirectiveScope,
    private readonly comments: readonly DirectiveComment[],
  ) {
    this.#expressions = new DirectiveExpressions(scope, this.#items, (...report) => this.#report(...report));
  }

  reports(): readonly Report[] {
    const all = this.comments.flatMap(({ items }) => items);
    for (const item of all) {
      if (this.#items.has(item.name)) {
        this.#report(item.nameSpan, msg("'{0}' is set twice; the last one holds", item.name), [], 'warning');
      }
      this.#items.set(item.name, item);
    }
    for (const item of all) this.#check(item);
    return this.#reports;
  }

  #report(span: DirectiveItem['span'], message: Message, fixes: readonly Fix[] = [], severity?: 'warning'): void {
    this.#reports.push({ span, message, fixes, ...(severity ? { severity } : {}) });
  }

  #check(item: DirectiveItem): void {
    const meaning = this.scope.meaningOf(item.name);
    if (item.size && meaning.kind !== 'buffer') {
      this.#report(item.size.span, msg("'{0}' is no buffer: only what a pointer leads to has a size here", item.name));
    } else if (item.size) {
      this.#expressions.count(item.size);
    }
    const pieces = this.#choices(item);
    if (!item.value && !item.size && !(meaning.kind === 'reserved' && /^(check|cooperative)$/.test(meaning.name))) {
      this.#report(item.span, msg("'{0}' gets no value: write {1}", item.name, `${item.name}=…`));
    }
    for (const piece of pieces) this.#value(item, piece, meaning);
    if (pieces.length === 0) this.#name(item, meaning);
  }

  /** The values that an item stands for; a range's problem is reported here. */
  #choices({ value }: DirectiveItem): readonly Piece[] {
    if (!value) return [];
    const { alternatives, range } = parseChoices(value);
    if (!range) return alternatives;
    const values = choiceValues(value, this.#expressions.lookup(new Set()));
    if ('message' in values) {
      this.#report(values.span, values.message);
      return [];
    }
    return [range.first, range.last, ...(range.step ? [range.step] : [])];
  }

  /** Names that mean nothing whatever their value is. */
  #name(item: DirectiveItem, meaning: Meaning): boolean {
    const { name, nameSpan } = item;
    if (meaning.kind === 'unknownMember') {
      const [object = '', member = ''] = name.split(/\.(?=[^.]*$)/);
      const meant = nearest(member, meaning.members);
      const fixes = meant ? [replacement(nameSpan, `${object}.${meant}`)] : [];
      this.#report(nameSpan, msg("'{0}' has no member '{1}' that can be set", meaning.type, member), fixes);
      return false;
    }
    if (meaning.kind === 'opaque') {
      this.#report(
        nameSpan,
        msg("How '{0}' lies in memory is not known here: it is passed with every byte zero", meaning.type),
      );
      return false;
    }
    if (meaning.kind === 'struct') {
      const example = `${name}.${meaning.members[0] ?? 'x'}=…`;
      this.#report(nameSpan, msg("'{0}' is a structure: set its members, {1}", name, example));
      return false;
    }
    if (meaning.kind === 'value' && this.#isCompiledIn(name)) {
      this.#report(
        nameSpan,
        msg("'{0}' is compiled into the kernel: a directive cannot change it", name),
        [],
        'warning',
      );
      return true;
    }
    if (meaning.kind !== 'value' || this.#isUsed(name)) return true;
    const meant = nearest(name, [...this.scope.names(), ...reservedNames]);
    const message = meant
      ? msg(
          "'{0}' is no parameter of '{1}', and nothing here uses it. Did you mean '{2}'?",
          name,
          this.scope.kernel.name,
          meant,
        )
      : msg("'{0}' is no parameter of '{1}', and nothing here uses it", name, this.scope.kernel.name);
    this.#report(nameSpan, message, meant ? [replacement(nameSpan, meant)] : [], 'warning');
    return true;
  }

  /** A macro, or a constant that the kernel's own code names. */
  #isCompiledIn(name: string): boolean {
    const { kernel, analysis } = this.scope;
    if (analysis.evaluator.index.macros.has(name)) return true;
    const body = kernel.body && analysis.text.slice(kernel.body.start, kernel.body.end);
    return (
      body !== undefined &&
      new RegExp(`\\b${name}\\b`).test(body) &&
      constantOf(analysis.model, kernel, name) !== undefined
    );
  }

  /** A value of its own is for other items, or for the host's code. */
  #isUsed(name: string): boolean {
    return (
      this.#expressions.words().has(name) ||
      [...this.#items.values()].some((other) => other.name !== name && namesOf(other).includes(name))
    );
  }

  #value(item: DirectiveItem, piece: Piece, meaning: Meaning): void {
    if (!this.#name(item, meaning)) return;
    switch (meaning.kind) {
      case 'buffer':
      case 'global':
        this.#fill(item, piece, meaning);
        return;
      case 'template':
        if (meaning.parameter.kind === 'value') this.#expressions.value(piece, item.name);
        return;
      case 'reserved':
        this.#reserved(item, piece, meaning.name);
        return;
      default:
        if (isFillName(piece.text) && !this.#expressions.isKnown(piece.text)) {
          this.#report(piece.span, msg("'{0}' is a number, and '{1}' fills a buffer", item.name, piece.text));
        } else this.#expressions.value(piece, item.name);
    }
  }

  #fill(item: DirectiveItem, piece: Piece, meaning: Extract<Meaning, { kind: 'buffer' | 'global' }>): void {
    const fill = parseFill(piece);
    if (fill) {
      if (fill.kind === 'constant') this.#expressions.value(fill.value, item.name);
      if (fill.kind !== 'random' || !fill.low || !fill.high) return;
      const [low, high] = [this.#expressions.value(fill.low, item.name), this.#expressions.value(fill.high, item.name)];
      if (low !== undefined && high !== undefined && !(low < high)) {
        this.#report(piece.span, msg('random(low, high) is empty: {0} is not below {1}', String(low), String(high)));
      }
      return;
    }
    const word = /^[A-Za-z]\w*/.exec(piece.text)?.[0];
    const meant = word === undefined ? undefined : nearest(word, fillNames);
    const number = 'value' in evaluate(piece.text, this.#expressions.lookup(new Set([item.name])));
    const fixes = number
      ? [replacement(piece.span, `constant(${piece.text})`)]
      : meant && word !== undefined
        ? [replacement({ start: piece.span.start, end: piece.span.start + word.length }, meant)]
        : [];
    const message =
      meaning.kind === 'global'
        ? msg("'{0}' is filled with zeros, ones, ramp, random, random(low, high) or constant(x)", item.name)
        : msg(
            "'{0}' is a pointer: what it leads to is zeros, ones, ramp, random, random(low, high) or constant(x)",
            item.name,
          );
    this.#report(piece.span, message, fixes);
  }

  #reserved(item: DirectiveItem, piece: Piece, name: Extract<Meaning, { kind: 'reserved' }>['name']): void {
    switch (name) {
      case 'block':
      case 'grid':
      case 'cluster':
        this.#dimensions(item, piece, name);
        return;
      case 'shared': {
        const bytes = this.#expressions.value(piece, item.name);
        if (bytes !== undefined && (bytes < 0 || bytes > mostShared)) {
          this.#report(piece.span, msg('{0} bytes: a block has at most {1} bytes of shared memory', bytes, mostShared));
        }
        return;
      }
      case 'launch': {
        const count = launchesOf(this.scope.analysis.model, this.scope.kernel).filter(({ broken }) => !broken).length;
        const number = this.#expressions.value(piece, item.name);
        if (number !== undefined && (!Number.isInteger(number) || number < 1 || number > count)) {
          const { name: kernel } = this.scope.kernel;
          this.#report(
            piece.span,
            count === 0
              ? msg("This file does not launch '{0}'", kernel)
              : msg("The launches of '{0}' in this file are numbered 1 to {1}", kernel, count),
          );
        }
        return;
      }
      case 'check':
        this.#reference(item, piece);
        return;
      case 'flops':
      case 'bytes': {
        const amount = this.#expressions.value(piece, item.name);
        if (amount !== undefined && amount <= 0) this.#report(piece.span, msg('{0} is above zero', item.name));
        return;
      }
      case 'cooperative':
        this.#expressions.value(piece, item.name);
    }
  }

  #dimensions(item: DirectiveItem, piece: Piece, name: 'block' | 'grid' | 'cluster'): void {
    const axes = parseDimensions(piece);
    if (axes.length > 3) {
      this.#report(piece.span, msg('{0} has three axes at most', item.name));
      return;
    }
    const sizes = axes.map((axis) => this.#expressions.value(axis, item.name));
    for (const [index, size] of sizes.entries()) {
      if (size === undefined) continue;
      const span = axes[index]?.span ?? piece.span;
      if (!Number.isInteger(size) || size < 1) {
        this.#report(span, sizeProblem(axes[index]?.text ?? '', size));
        return;
      }
      const most = mostBlocks[index as 0 | 1 | 2];
      if (name === 'grid' && size > most) {
        this.#report(span, msg('A grid has at most {0} blocks along {1}', most, 'xyz'.charAt(index)));
        return;
      }
    }
    if (sizes.some((size) => size === undefined)) return;
    const product = sizes.reduce<number>((all, size) => all * (size ?? 1), 1);
    if (name === 'cluster' && product > mostClustered) {
      this.#report(piece.span, msg('A cluster has at most {0} blocks', mostClustered));
    }
    if (name !== 'block') return;
    const bounds = this.scope.kernel.maxThreads?.value;
    const bound = bounds?.known ? Number(bounds.value) : mostThreads;
    if (product > mostThreads) {
      this.#report(piece.span, msg('A block has at most {0} threads, and this one has {1}', mostThreads, product));
    } else if (product > bound) {
      this.#report(
        piece.span,
        msg("'{0}' is compiled for {1} threads a block, and this one has {2}", this.scope.kernel.name, bound, product),
      );
    } else if ((sizes[2] ?? 1) > mostThreadsZ) {
      this.#report(piece.span, msg('A block has at most {0} threads along z', mostThreadsZ));
    }
  }

  #reference(item: DirectiveItem, piece: Piece): void {
    const { reference, tolerance } = parseCheck(piece);
    if (tolerance) {
      const value = this.#expressions.value(tolerance, item.name);
      if (value !== undefined && value < 0) this.#report(tolerance.span, msg('A tolerance is not below zero'));
    }
    if (!reference) return;
    const { references, kernel } = this.scope;
    const found = references.get(reference.text.replace(/^.*::/, ''));
    if (!found) {
      const meant = nearest(reference.text, references.keys());
      const message = meant
        ? msg("No host function '{0}' is defined in this file. Did you mean '{1}'?", reference.text, meant)
        : msg("No host function '{0}' is defined in this file", reference.text);
      this.#report(reference.span, message, meant ? [replacement(reference.span, meant)] : []);
    } else if (found.parameters.length !== kernel.parameters.length) {
      const [has, needs] = [found.parameters.length, kernel.parameters.length];
      this.#report(
        reference.span,
        msg("A reference takes the parameters of the kernel ({0}); '{1}' has {2}", needs, reference.text, has),
      );
    }
  }
}

const fillNames = ['zeros', 'ones', 'ramp', 'random', 'constant'];

function isFillName(text: string): boolean {
  return fillNames.includes(/^\w+/.exec(text)?.[0] ?? '');
}

function namesOf({ value, size }: DirectiveItem): string[] {
  return [value, size].flatMap((piece) => (piece?.text ?? '').match(/[A-Za-z_]\w*/g) ?? []);
}
