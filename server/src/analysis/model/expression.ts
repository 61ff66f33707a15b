/** C expressions as trees. Parsed from text rather than from the syntax tree, since macro bodies and misread declarations are text. */
import { parseNumber, type Value } from './numbers';
import { expandMacros, tokenize, type MacroLookup, type Token } from './tokens';

export type Expr =
  | { readonly kind: 'number'; readonly value: Value }
  /** A name still to be looked up. */
  | { readonly kind: 'name'; readonly name: string }
  /** Something whose value is not known; `id` tells two unknowns apart. */
  | {
      readonly kind: 'opaque';
      readonly name: string;
      readonly id: string;
      readonly why: string;
      readonly type?: string;
    }
  | { readonly kind: 'unary'; readonly op: string; readonly operand: Expr }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'conditional'; readonly condition: Expr; readonly then: Expr; readonly otherwise: Expr }
  | { readonly kind: 'cast'; readonly type: string; readonly operand: Expr }
  /** `templates`: the text between `<` and `>`. A method without arguments, `h.size()`, is a call of `.size` on the object. */
  | { readonly kind: 'call'; readonly callee: string; readonly args: readonly Expr[]; readonly templates?: string }
  /** `dim3(a, b)`, `{a, b}`, `uint3{…}`; type empty for a bare list. */
  | { readonly kind: 'list'; readonly type: string; readonly items: readonly Expr[] }
  | { readonly kind: 'sizeof'; readonly type?: string; readonly operand?: Expr }
  | { readonly kind: 'member'; readonly object: Expr; readonly name: string }
  | { readonly kind: 'index'; readonly object: Expr; readonly index: Expr };

const binaryPrecedence: Record<string, number> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};

const typeWords =
  /^(?:const|volatile|unsigned|signed|int|long|short|char|float|double|bool|void|size_t|ssize_t|ptrdiff_t|auto|u?int(?:8|16|32|64)_t|u?intptr_t|uint|ulong|ushort|uchar|half|__half2?|__nv_bfloat162?|dim3|(?:u?(?:char|short|int|long|longlong)|float|double)[1-4]|typename|struct)$/;

let unknowns = 0;
const unknown = (why: string): Expr => ({ kind: 'opaque', name: '', id: `?${unknowns++}`, why });

/** `'a'`, without escapes. */
function characterValue(text: string): Expr | undefined {
  const plain = /^'([ -~])'$/.exec(text);
  return plain ? { kind: 'number', value: { type: 'i8', value: BigInt(plain[1]!.charCodeAt(0)) } } : undefined;
}

/** Never fails: what is not an expression becomes an opaque one that says so. */
export function parseExpression(text: string, macros: MacroLookup, isType: (name: string) => boolean): Expr {
  const parser = new ExpressionParser(expandMacros(tokenize(text), macros), isType);
  try {
    return parser.whole();
  } catch (error) {
    if (error instanceof Unparsed) return unknown(error.message);
    throw error;
  }
}

class Unparsed extends Error {}

class ExpressionParser {
  private position = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly isType: (name: string) => boolean,
  ) {}

  whole(): Expr {
    if (this.tokens.length === 0) return unknown('is empty');
    const expr = this.conditional();
    if (this.position < this.tokens.length) throw new Unparsed(`'${this.peek()}' is not understood here`);
    return expr;
  }

  private peek(ahead = 0): string {
    return this.tokens[this.position + ahead]?.text ?? '';
  }

  private take(text: string): boolean {
    if (this.peek() !== text || this.tokens[this.position]?.kind === 'string') return false;
    this.position++;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw new Unparsed(`expected '${text}'`);
  }

  private conditional(): Expr {
    if (++this.depth > 100) throw new Unparsed('is nested too deeply');
    const condition = this.operators(1);
    let result = condition;
    if (this.take('?')) {
      const then = this.conditional();
      this.expect(':');
      result = { kind: 'conditional', condition, then, otherwise: this.conditional() };
    }
    this.depth--;
    return result;
  }

  private operators(minimum: number): Expr {
    let left = this.unary();
    for (;;) {
      const op = this.peek();
      const precedence = binaryPrecedence[op];
      if (precedence === undefined || precedence < minimum) return left;
      this.position++;
      left = { kind: 'binary', op, left, right: this.operators(precedence + 1) };
    }
  }

  private unary(): Expr {
    if (++this.depth > 100) throw new Unparsed('is nested too deeply');
    try {
      const op = this.peek();
      if (['-', '+', '!', '~', '*', '&'].includes(op)) {
        this.position++;
        return { kind: 'unary', op, operand: this.unary() };
      }
      if (op === '++' || op === '--') throw new Unparsed(`'${op}' changes its operand`);
      if (op === 'sizeof') return this.sizeof();
      const cast = this.castType();
      if (cast !== undefined) return { kind: 'cast', type: cast, operand: this.unary() };
      return this.postfix(this.primary());
    } finally {
      this.depth--;
    }
  }

  private sizeof(): Expr {
    this.position++;
    if (this.peek() === '(') {
      const type = this.typeInParentheses();
      if (type !== undefined) return { kind: 'sizeof', type };
    }
    return { kind: 'sizeof', operand: this.unary() };
  }

  /** `(type)` before an operand. */
  private castType(): string | undefined {
    if (this.peek() !== '(') return undefined;
    const start = this.position;
    const type = this.typeInParentheses();
    const next = this.tokens[this.position];
    const plainName = type !== undefined && /^[A-Za-z_]\w*$/.test(type) && !typeWords.test(type) && !this.isType(type);
    const operand = next && (next.kind !== 'punctuation' || (!plainName && /^[(~!{&*+-]$/.test(next.text)));
    if (type === undefined || !operand) {
      this.position = start;
      return undefined;
    }
    return type;
  }

  /** Reads `(words *…)` if that can be a type; otherwise stays where it was. */
  private typeInParentheses(): string | undefined {
    const start = this.position;
    this.position++;
    const type = this.typeName();
    if (type !== undefined && this.take(')')) return type;
    this.position = start;
    return undefined;
  }

  private typeName(): string | undefined {
    const words: string[] = [];
    let named = false;
    let stars = false;
    for (let token = this.tokens[this.position]; token; token = this.tokens[this.position]) {
      if (token.kind === 'name' && !stars) {
        const word = typeWords.test(token.text);
        if (named && !word && words[words.length - 1] !== '::') break;
        named ||= !/^(const|volatile|typename|struct)$/.test(token.text);
        words.push(token.text);
      } else if (token.text === '::' || token.text === '*' || token.text === '&') {
        stars ||= token.text !== '::';
        words.push(token.text);
      } else if (token.text === '<' && named && !stars) {
        const close = this.templateEnd(this.position);
        if (close < 0) return undefined;
        words.push(
          this.tokens
            .slice(this.position, close + 1)
            .map((t) => t.text)
            .join(' '),
        );
        this.position = close;
      } else if (!(token.text === 'const' && stars)) {
        break;
      }
      this.position++;
    }
    return named ? words.join(' ').replace(/ ?:: ?/g, '::') : undefined;
  }

  /** Where a template argument list that opens at `open` closes, or -1. */
  private templateEnd(open: number): number {
    let depth = 0;
    for (let i = open; i < this.tokens.length && i < open + 40; i++) {
      const { kind, text } = this.tokens[i]!;
      if (text === '<') depth++;
      else if (text === '>' && --depth === 0) return i;
      else if (text === '>>' && (depth -= 2) <= 0) return depth === 0 ? i : -1;
      else if (kind === 'punctuation' && !/^(::|,|\*|&|\(|\))$/.test(text)) return -1;
    }
    return -1;
  }

  private primary(): Expr {
    const token = this.tokens[this.position];
    if (!token) throw new Unparsed('ends too early');
    this.position++;
    switch (token.kind) {
      case 'number': {
        const value = parseNumber(token.text);
        return value ? { kind: 'number', value } : unknown(`'${token.text}' is not a number`);
      }
      case 'opaque':
        return unknown(token.text);
      case 'string':
        return characterValue(token.text) ?? unknown('is a string');
      case 'name':
        return this.name(token.text);
      case 'punctuation':
        break;
    }
    if (token.text === '(') {
      const inner = this.conditional();
      this.expect(')');
      return inner;
    }
    if (token.text === '{') return { kind: 'list', type: '', items: this.list('}') };
    if (token.text === '::') return this.primary();
    throw new Unparsed(`'${token.text}' is not understood here`);
  }

  private name(first: string): Expr {
    if (first === 'true' || first === 'false') {
      return { kind: 'number', value: { type: 'bool', value: first === 'true' ? 1n : 0n } };
    }
    if (first === 'new' || first === 'delete' || first === 'throw') throw new Unparsed(`'${first}' is not folded`);
    let name = first;
    // `unsigned int (x)`, `long long(x)`: more words of a type.
    while (typeWords.test(first) && this.tokens[this.position]?.kind === 'name') {
      name += ` ${this.peek()}`;
      this.position++;
    }
    let templates = '';
    for (;;) {
      if (this.peek() === '<') {
        const close = this.templateEnd(this.position);
        const after = this.tokens[close + 1]?.text;
        if (close < 0 || !(after === '(' || after === '{' || after === '::')) break;
        templates = this.tokens
          .slice(this.position + 1, close)
          .map((t) => t.text)
          .join(' ');
        this.position = close + 1;
      } else if (this.peek() === '::' && this.tokens[this.position + 1]?.kind === 'name') {
        name += `::${this.peek(1)}`;
        this.position += 2;
      } else {
        break;
      }
    }
    if (this.take('(')) return this.call(name, templates, this.list(')'));
    if (this.peek() === '{' && (typeWords.test(name) || this.isType(name))) {
      this.position++;
      const items = this.list('}');
      return this.call(name, '', items);
    }
    return { kind: 'name', name };
  }

  private call(name: string, templates: string, args: readonly Expr[]): Expr {
    const operand = args[0];
    if (/^(static|reinterpret|const)_cast$/.test(name) && operand) return { kind: 'cast', type: templates, operand };
    if (/^(dim3|uint3|make_uint3|int3|make_int3)$/.test(name)) return { kind: 'list', type: 'dim3', items: args };
    const first = name.split(' ')[0]!;
    if (args.length === 1 && operand && (typeWords.test(first) || this.isType(name))) {
      return { kind: 'cast', type: name, operand };
    }
    return { kind: 'call', callee: name, args, ...(templates === '' ? {} : { templates }) };
  }

  private list(close: string): Expr[] {
    const items: Expr[] = [];
    if (this.take(close)) return items;
    do items.push(this.conditional());
    while (this.take(',') && this.peek() !== close);
    this.expect(close);
    return items;
  }

  private postfix(start: Expr): Expr {
    let expr = start;
    for (;;) {
      if (this.take('.') || this.take('->')) {
        const token = this.tokens[this.position++];
        if (token?.kind !== 'name') throw new Unparsed('expected a member');
        if (this.take('(')) {
          const none = this.list(')').length === 0;
          const size = none && /^(?:size|length)$/.test(token.text);
          expr = size ? { kind: 'call', callee: '.size', args: [expr] } : unknown(`'${token.text}()' is not folded`);
        } else {
          expr = { kind: 'member', object: expr, name: token.text };
        }
      } else if (this.take('[')) {
        expr = { kind: 'index', object: expr, index: this.conditional() };
        this.expect(']');
      } else if (this.peek() === '++' || this.peek() === '--') {
        throw new Unparsed(`'${this.peek()}' changes its operand`);
      } else if (this.peek() === '(') {
        throw new Unparsed('calls a computed function');
      } else {
        return expr;
      }
    }
  }
}
