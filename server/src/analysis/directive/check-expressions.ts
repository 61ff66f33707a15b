/** Expressions of a directive: what they come to where that is known, and what in them means nothing. Pure. */
import { msg, type Fix, type Message } from '../rules/rule';
import { evaluate, namesIn, type Evaluation, type Lookup } from './evaluate';
import type { DirectiveScope } from './meaning';
import { nearest } from './names';
import { parseChoices } from './parse';
import { constantOf } from './settings';
import type { DirectiveItem, Piece } from './types';

export type ReportAt = (
  span: DirectiveItem['span'],
  message: Message,
  fixes?: readonly Fix[],
  severity?: 'warning',
) => void;

/** Its value is only known with the launch. */
const later: Message = { text: '', args: [] };

export class DirectiveExpressions {
  #words: ReadonlySet<string> | undefined;

  constructor(
    private readonly scope: DirectiveScope,
    /** Every item that holds for the kernel, by its name. */
    private readonly items: ReadonlyMap<string, DirectiveItem>,
    private readonly report: ReportAt,
  ) {}

  /** The value, where it is known here. What is no expression, or names nothing, is reported. */
  value(piece: Piece, own: string): number | undefined {
    const found = evaluate(piece.text, this.lookup(own === '' ? new Set() : new Set([own])));
    if ('value' in found) return Number(found.value);
    if (found.problem === later) return undefined;
    const unknown = namesIn(piece.text).find((name) => !this.isKnown(name));
    if (unknown === undefined) {
      this.report(piece.span, found.problem);
      return undefined;
    }
    const at = piece.span.start + new RegExp(`\\b${unknown.replace(/\./g, '\\s*\\.\\s*')}\\b`).exec(piece.text)!.index;
    const span = { start: at, end: at + unknown.length };
    const names = [...this.scope.names(), ...this.items.keys(), 'block', 'grid', ...this.#constants()];
    const meant = nearest(unknown, names);
    const message = meant
      ? msg("Nothing named '{0}' is known here. Did you mean '{1}'?", unknown, meant)
      : msg("Nothing named '{0}' is known here", unknown);
    this.report(span, message, meant ? [replacement(span, meant)] : []);
    return undefined;
  }

  count(size: Piece): void {
    const value = this.value(size, '');
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      this.report(size.span, sizeProblem(size.text, value));
    }
  }

  isKnown(name: string): boolean {
    const [first = name] = name.split('.');
    return (
      this.items.has(name) ||
      /^(block|grid|blockDim|gridDim)(\.[xyz])?$/.test(name) ||
      this.scope.meaningOf(name).kind !== 'value' ||
      this.words().has(first)
    );
  }

  lookup(inside: ReadonlySet<string>): Lookup {
    return (name): Evaluation | undefined => {
      const value = this.items.get(name)?.value;
      if (inside.has(name)) return { problem: msg("'{0}' is computed from itself", name) };
      if (value) {
        const { alternatives, range } = parseChoices(value);
        const plain = range?.last ?? alternatives[0] ?? value;
        const found = evaluate(plain.text, this.lookup(new Set([...inside, name])));
        // Something wrong there is reported there.
        return 'value' in found ? found : { problem: later };
      }
      const constant = constantOf(this.scope.analysis.model, this.scope.kernel, name);
      if (constant !== undefined) return { value: constant };
      return this.isKnown(name) ? { problem: later } : undefined;
    };
  }

  /** Every word of the code: a name of the host's may be meant. */
  words(): ReadonlySet<string> {
    this.#words ??= new Set(
      this.scope.analysis.text.replace(/\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, ' ').match(/[A-Za-z_]\w*/g) ?? [],
    );
    return this.#words;
  }

  #constants(): string[] {
    const { macros, variables } = this.scope.analysis.evaluator.index;
    return [...macros.keys(), ...variables.keys()];
  }
}

export function sizeProblem(text: string, value: number): Message {
  return text === String(value)
    ? msg('A size is a whole number above zero')
    : msg('{0} is {1}: a size is a whole number above zero', text, value);
}

export function replacement(span: DirectiveItem['span'], newText: string): Fix {
  return { title: msg("Replace with '{0}'", newText), edits: [{ span, newText }], preferred: true };
}
