/** The file's text as the plan reads it: comments blanked, macros and definitions found by name. Pure. */

import { splitArguments } from '../../analysis/model/tokens';
import { withoutUntakenBranches } from './branches';

type Macro = { readonly parameters?: readonly string[]; readonly body: string };

type IncludedMacros = (name: string) => Macro | undefined;

/** Where a name gets a value: the text of the expression, and where that stands. */
export interface Definition {
  readonly text: string;
  readonly at: number;
  /** Words before the name, `const dim3` or ''. */
  readonly type: string;
}

export class SourceText {
  readonly #text: string;
  readonly #macros = new Map<string, Macro>();
  readonly #constants = new Map<string, Definition | undefined>();
  /** Braces open at each function's start and end, namespaces not counted. */
  readonly #bodies: readonly (readonly [number, number])[];

  /** The latest text of a model, which several kernels of a file are planned from. */
  static readonly #latest = new WeakMap<object, { readonly source: string; readonly read: SourceText }>();

  /** `model`: what the text was read with; `included`: macros of its headers and of the project's flags. */
  static of(source: string, model: object = this, included: IncludedMacros = () => undefined): SourceText {
    let latest = this.#latest.get(model);
    if (latest?.source !== source) {
      const { text, isTaken } = withoutUntakenBranches(blankComments(source), included);
      this.#latest.set(model, (latest = { source, read: new SourceText(text, included, isTaken) }));
    }
    return latest.read;
  }

  /** Comments and branches that do not count are blanked already. */
  private constructor(
    source: string,
    private readonly included: IncludedMacros,
    /** Whether what stands at an offset is compiled; undefined where no macro decides. */
    readonly isTaken: (offset: number) => boolean | undefined,
  ) {
    this.#text = source;
    for (const match of this.#text.matchAll(
      /^[ \t]*#[ \t]*define[ \t]+(\w+)(\([^)\n]*\))?((?:[^\n\\]|\\\r?\n|\\)*)/gm,
    )) {
      const [, name = '', list, body = ''] = match;
      const parameters = list
        ?.slice(1, -1)
        .split(',')
        .map((parameter) => parameter.trim());
      this.#macros.set(name, {
        ...(parameters === undefined ? {} : { parameters }),
        body: body.replace(/\\\r?\n/g, ' ').trim(),
      });
    }
    this.#bodies = outermostBraces(this.#text);
  }

  /** The same file with a part of it replaced. */
  replaced(start: number, end: number, text: string): SourceText {
    return new SourceText(this.#text.slice(0, start) + text + this.#text.slice(end), this.included, this.isTaken);
  }

  slice(start: number, end: number): string {
    return this.#text.slice(start, end);
  }

  /** Of the file, or of what it includes. */
  macro(name: string): Macro | undefined {
    return this.#macros.get(name) ?? this.included(name);
  }

  /** Whether the file itself defines the macro. */
  hasMacro(name: string): boolean {
    return this.#macros.has(name);
  }

  /** 1-based. */
  lineOf(offset: number): number {
    let line = 1;
    for (let at = this.#text.indexOf('\n'); at >= 0 && at < offset; at = this.#text.indexOf('\n', at + 1)) line++;
    return line;
  }

  /** The outermost braces around a place, or undefined at file scope. */
  bodyAround(at: number): readonly [number, number] | undefined {
    return this.#bodies.find(([start, end]) => start <= at && at < end);
  }

  /** The last value given to a name before `at`, in its function or at file scope. */
  definition(name: string, at: number): Definition | undefined {
    if (!/^[A-Za-z_]\w*$/.test(name)) return undefined;
    const body = this.bodyAround(at);
    const local =
      body === undefined
        ? undefined
        : last(this.definitionsIn(name, body[0], at).filter((found) => !this.#steps(found)));
    return local ?? this.#atFileScope(name);
  }

  #atFileScope(name: string): Definition | undefined {
    if (!this.#constants.has(name)) {
      const all = this.definitionsIn(name, 0, this.#text.length);
      this.#constants.set(name, last(all.filter((found) => this.bodyAround(found.at) === undefined)));
    }
    return this.#constants.get(name);
  }

  /** Whether a loop gives the value after its first round: `for (int d = 32; d > 0; d = d / 2)`. */
  #steps({ at }: Definition): boolean {
    const before = this.#text.slice(Math.max(0, at - 300), at);
    let depth = 0;
    let semicolons = 0;
    for (let index = before.length - 1; index >= 0; index--) {
      const character = before[index] ?? '';
      if (character === ')') depth++;
      else if (character === '(' && depth-- === 0) return semicolons === 2 && /\bfor\s*$/.test(before.slice(0, index));
      else if (character === ';' && depth === 0) semicolons++;
      else if ('{}'.includes(character)) return false;
    }
    return false;
  }

  /** Every value given to a name within a range, assignments included. */
  definitionsIn(name: string, start: number, end: number): Definition[] {
    if (!/^[A-Za-z_]\w*$/.test(name)) return [];
    const text = this.#text.slice(start, end);
    const found: Definition[] = [];
    const pattern = new RegExp(`(?<![\\w.>:])${name}\\s*(=(?!=)|\\(|\\{)`, 'g');
    for (const match of text.matchAll(pattern)) {
      const type = wordsBefore(text, match.index);
      const from = match.index + match[0].length;
      if (match[1] === '=') {
        const length = initializerLength(text, from);
        found.push({ text: text.slice(from, from + length).trim(), at: start + match.index, type });
      } else if (
        /^(?:static\s+|const\s+|constexpr\s+)*(?:dim3|[a-z_][\w:]*(?:\s+(?:int|long))?)$/.test(type) &&
        !/^(return|else|new|throw)$/.test(type)
      ) {
        const length = initializerLength(text, from);
        const list = text.slice(from, from + length);
        found.push({ text: /\bdim3$/.test(type) ? `dim3(${list})` : list, at: start + match.index, type });
      }
    }
    return found;
  }

  /** The last value of `name[2]` before `at` in its function: `name[2] = x;`, or the element of `int name[] = {…};`. */
  elementOf(name: string, index: number, at: number): Definition | undefined {
    const body = this.bodyAround(at);
    if (body === undefined || !/^[A-Za-z_]\w*$/.test(name)) return undefined;
    const text = this.#text.slice(body[0], at);
    const pattern = new RegExp(`(?<![\\w.>:])${name}\\s*\\[\\s*(\\w*)\\s*\\]\\s*=(?!=)\\s*(\\{?)`, 'g');
    let found: Definition | undefined;
    for (const match of text.matchAll(pattern)) {
      const from = match.index + match[0].length;
      const list = match[2] === '{';
      if (!list && match[1] !== String(index)) continue;
      const value = list
        ? splitArguments(text.slice(from, closing(text, from)))[index]
        : text.slice(from, from + initializerLength(text, from));
      if (value !== undefined) found = { text: value.trim(), at: body[0] + match.index, type: '' };
    }
    return found;
  }

  /** The pointee of `T* name` or `T name[…]` anywhere in the file, nearest before `at` first. */
  pointeeOf(name: string, at: number): string | undefined {
    if (!/^[A-Za-z_]\w*$/.test(name)) return undefined;
    const pattern = new RegExp(
      `\\b((?:unsigned |signed |long |const )*[A-Za-z_][\\w:]*(?:<[\\w\\s,:]*>)?)\\s*\\*[^;{}()=]*?(?<![\\w.])${name}\\b(?!\\s*\\()`,
      'g',
    );
    let nearest: string | undefined;
    for (const match of this.#text.matchAll(pattern)) {
      const type = match[1] ?? '';
      if (/^(return|sizeof|case|else)$/.test(type)) continue;
      if (nearest === undefined || match.index < at) nearest = type;
    }
    return nearest;
  }

  /** The type words of `T name` (a scalar variable or parameter), nearest before `at` first. */
  typeOf(name: string, at: number): string | undefined {
    if (!/^[A-Za-z_]\w*$/.test(name)) return undefined;
    const pattern = new RegExp(
      `\\b((?:unsigned |signed |long |short |const |constexpr )*[A-Za-z_][\\w:]*)\\s+${name}\\s*(?=[=;,){(])`,
      'g',
    );
    let nearest: string | undefined;
    for (const match of this.#text.matchAll(pattern)) {
      const type = match[1] ?? '';
      if (/^(return|sizeof|case|else|auto|const auto|typename|class)$/.test(type)) continue;
      if (nearest === undefined || match.index < at) nearest = type.replace(/\b(const|constexpr)\s+/g, '');
    }
    return nearest;
  }

  /** Whether the function around a place is a template with a parameter of this name. */
  isTemplateParameter(name: string, at: number): boolean {
    const body = this.bodyAround(at);
    if (body === undefined || !/^[A-Za-z_]\w*$/.test(name)) return false;
    const head = this.#text.slice(Math.max(0, body[0] - 2000), body[0]);
    const list = last([...head.matchAll(/\btemplate\s*<([^;{}]*)/g)])?.[1];
    return list !== undefined && new RegExp(`[\\w>]\\s+${name}\\s*[,=>]`).test(list);
  }

  /** Whether the file declares an alias of this name at its own scope. */
  namesType(name: string): boolean {
    const alias = new RegExp(
      `\\busing\\s+${name}\\s*=|\\btypedef\\b[^;]*\\b${name}\\s*;|\\benum\\s+(?:class\\s+)?${name}\\b`,
      'g',
    );
    return [...this.#text.matchAll(alias)].some((match) => this.bodyAround(match.index) === undefined);
  }

  /** The items of a list at its outermost commas. */
  items(list: string): string[] {
    return splitArguments(list);
  }

  /** `Params p{…};` and `Params p = {…}` of any class, nearest before `at` in its function. */
  listOf(name: string, at: number): Definition | undefined {
    const body = this.bodyAround(at);
    if (body === undefined || !/^[A-Za-z_]\w*$/.test(name)) return undefined;
    const text = this.#text.slice(body[0], at);
    const match = last([...text.matchAll(new RegExp(`\\b[A-Za-z_][\\w:]*\\s+${name}\\s*\\{`, 'g'))]);
    if (match === undefined) return undefined;
    const from = match.index + match[0].length;
    return { text: `{${text.slice(from, closing(text, from))}}`, at: body[0] + match.index, type: '' };
  }

  /** What the calls in this file pass for a parameter of the function around `at`, in the order of the text. */
  passedFor(name: string, at: number): readonly Definition[] {
    const body = this.bodyAround(at);
    const head = body === undefined ? '' : this.#text.slice(Math.max(0, body[0] - 2000), body[0]);
    const open = openingOf(head);
    const [, callee = ''] = /([A-Za-z_]\w*)\s*$/.exec(head.slice(0, Math.max(open, 0))) ?? [];
    if (open < 0 || callee === '' || callee === 'main') return [];
    const parameters = splitArguments(head.slice(open + 1, head.lastIndexOf(')')));
    const index = parameters.findIndex((text) =>
      new RegExp(`(?<!\\w)${name}\\s*(?:\\[[^\\]]*\\]\\s*)?(?:=|$)`).test(text.trim()),
    );
    if (index < 0) return [];
    return [...this.#text.matchAll(new RegExp(`(?<![\\w.])${callee}\\s*(?:<[\\w\\s,:]*>\\s*)?\\(`, 'g'))].flatMap(
      (match) => {
        const from = match.index + match[0].length;
        const around = this.bodyAround(match.index);
        // A function that calls itself passes on what it was given.
        const text =
          around === undefined || around[0] === body?.[0]
            ? undefined
            : splitArguments(this.#text.slice(from, from + initializerLength(this.#text, from)))[index];
        return text === undefined ? [] : [{ text: text.trim(), at: match.index, type: '' }];
      },
    );
  }

  isEnumeration(name: string): boolean {
    const short = name.split('::').pop() ?? name;
    // An underlying type of another size would be another scalar.
    return new RegExp(
      `\\benum\\s+(?:class\\s+|struct\\s+)?${short}\\s*(?::\\s*int\\s*)?\\{|\\btypedef\\s+enum\\b[^{};]*\\{[^}]*\\}\\s*${short}\\s*;`,
    ).test(this.#text);
  }

  /** The arguments of the first call of a function whose first argument is accepted. */
  argumentsOf(callee: string, accepts: (first: string) => boolean): readonly string[] | undefined {
    for (const match of this.#text.matchAll(new RegExp(`\\b${callee}\\s*\\(`, 'g'))) {
      const from = match.index + match[0].length;
      const list = splitArguments(this.#text.slice(from, from + initializerLength(this.#text, from)));
      if (accepts(list[0] ?? '')) return list;
    }
    return undefined;
  }

  /** The last values of `variable.<member> = …` before `at`, in its function, by member path. */
  membersOf(variable: string, at: number): ReadonlyMap<string, Definition> {
    const body = this.bodyAround(at);
    const found = new Map<string, Definition>();
    if (body === undefined || !/^[A-Za-z_]\w*$/.test(variable)) return found;
    const text = this.#text.slice(body[0], at);
    for (const match of text.matchAll(
      new RegExp(`(?<![\\w.>:])${variable}\\s*\\.\\s*(\\w+(?:\\s*\\.\\s*\\w+|\\s*\\[\\s*\\d+\\s*\\])*)\\s*=(?!=)`, 'g'),
    )) {
      const from = match.index + match[0].length;
      const value = text.slice(from, from + initializerLength(text, from)).trim();
      found.set((match[1] ?? '').replace(/\s+/g, ''), { text: value, at: body[0] + match.index, type: '' });
    }
    return found;
  }

  /** The members between the braces of a struct of this file. */
  structBody(name: string): string | undefined {
    const short = name.split('::').pop() ?? name;
    const match = new RegExp(
      `\\b(?:struct|class|union)\\s+(?:__align__\\s*\\([^)]*\\)\\s*|alignas\\s*\\([^)]*\\)\\s*)?${short}\\b\\s*(?:final\\s*)?(?::[^;{}()]*)?\\{`,
    ).exec(this.#text);
    if (match === null) return undefined;
    const from = match.index + match[0].length;
    return this.#text.slice(from, closing(this.#text, from));
  }
}

/** Where the list of parameters opens that ends a function's head; -1 where there is none. */
function openingOf(head: string): number {
  let depth = 0;
  for (let at = head.lastIndexOf(')'); at >= 0; at--) {
    if (head[at] === ')') depth++;
    else if (head[at] === '(' && --depth === 0) return at;
  }
  return -1;
}

/** What stands before a place in its statement. */
function wordsBefore(text: string, at: number): string {
  let start = at;
  while (start > 0 && at - start < 200 && !';{}()'.includes(text[start - 1] ?? '')) start--;
  return text.slice(start, at).trim();
}

function last<T>(list: readonly T[]): T | undefined {
  return list[list.length - 1];
}

/** Length of an initializer: to the `;` or `,` that ends it, or to the bracket that closes around it. */
function initializerLength(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at] ?? '';
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) {
      if (depth-- === 0) return at - from;
    } else if (character === ';') return at - from;
    else if (character === ',' && depth === 0 && text[from - 1] === '=') return at - from;
  }
  return text.length - from;
}

/** Where the brace that is open at `from` closes. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && depth-- === 0) return at;
  }
  return text.length;
}

function outermostBraces(text: string): (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  let at = 0;
  while ((at = text.indexOf('{', at)) >= 0) {
    const head = text.slice(Math.max(0, at - 200), at);
    if (/(?:\bnamespace(?:\s+[\w:]+)?|\bextern\s+"\s*")\s*$/.test(head)) {
      at++;
      continue;
    }
    const end = closing(text, at + 1);
    ranges.push([at, end]);
    at = end + 1;
  }
  return ranges;
}

/** Comments and the contents of literals as spaces; every offset and line stays where it was. */
export function blankComments(source: string): string {
  return source.replace(
    /\/\/(?:[^\n\\]|\\[\s\S])*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\.)'/g,
    (found) => {
      const inner = found.replace(/[^\n]/g, ' ');
      return found.startsWith('"') ? `"${inner.slice(1, -1)}"` : inner;
    },
  );
}
