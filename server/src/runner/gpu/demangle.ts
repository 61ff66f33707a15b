/**
 * Reads the symbol names nvcc gives to kernels (the Itanium C++ ABI's, also on Windows): path, template arguments and
 * parameter types. Only what a kernel's name can hold; qualifiers are dropped, since they never tell two kernels apart
 * that one launch could mean.
 */

export interface MangledName {
  /** Namespaces and the name; an unnamed namespace is ''. */
  readonly path: readonly string[];
  /** Absent for a function that is no template. A value is its decimal number; `?` is something not read. */
  readonly templateArguments?: readonly string[];
  /** Absent for `extern "C"` functions, whose symbols hold no types. */
  readonly parameters?: readonly string[];
}

/** Undefined when the symbol uses a part of the scheme this reader leaves out. */
export function demangle(symbol: string): MangledName | undefined {
  if (!symbol.startsWith('_Z')) return { path: [symbol] };
  try {
    return new Demangler(symbol.slice(2)).encoding();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

class Unreadable extends Error {}

const builtin: Readonly<Record<string, string>> = {
  v: 'void',
  b: 'bool',
  c: 'char',
  a: 'signed char',
  h: 'unsigned char',
  s: 'short',
  t: 'unsigned short',
  i: 'int',
  j: 'unsigned int',
  l: 'long',
  m: 'unsigned long',
  x: 'long long',
  y: 'unsigned long long',
  f: 'float',
  d: 'double',
  e: 'long double',
  w: 'wchar_t',
};

const builtinD: Readonly<Record<string, string>> = {
  i: 'char32_t',
  s: 'char16_t',
  u: 'char8_t',
  n: 'nullptr_t',
  h: 'half',
};

interface Name {
  readonly path: string[];
  readonly arguments?: string[];
}

class Demangler {
  #at = 0;
  readonly #substitutions: string[] = [];
  #templateArguments: string[] = [];

  constructor(private readonly text: string) {}

  encoding(): MangledName {
    const name = this.#name();
    if (name.arguments !== undefined) {
      this.#templateArguments = name.arguments;
      this.#type(); // A template's encoding begins with its return type.
    }
    const parameters: string[] = [];
    while (this.#at < this.text.length && this.#peek() !== '.') parameters.push(...this.#typeList());
    return {
      path: name.path,
      ...(name.arguments === undefined ? {} : { templateArguments: name.arguments }),
      parameters: parameters.length === 1 && parameters[0] === 'void' ? [] : parameters,
    };
  }

  #peek(length = 1): string {
    return this.text.substr(this.#at, length);
  }

  #take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  #expect(expected: string): void {
    if (!this.#take(expected)) throw new Unreadable();
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (found === null || found.index !== this.#at) throw new Unreadable();
    this.#at += found[0].length;
    return found[0];
  }

  #remember(text: string): string {
    this.#substitutions.push(text);
    return text;
  }

  #sourceName(): string {
    this.#take('L');
    const length = Number(this.#match(/\d+/g));
    const name = this.#peek(length);
    if (name.length < length) throw new Unreadable();
    this.#at += length;
    return name.startsWith('_GLOBAL__N_') ? '' : name;
  }

  #name(): Name {
    if (this.#take('N')) return this.#nestedName();
    const path = this.#take('St') ? ['std', this.#sourceName()] : [this.#sourceName()];
    if (this.#peek() !== 'I') return { path };
    this.#remember(path.join('::'));
    return { path, arguments: this.#templateArgumentList() };
  }

  #nestedName(): Name {
    let path: string[] = [];
    let args: string[] | undefined;
    while (/[rVK]/.test(this.#peek())) this.#at++;
    while (!this.#take('E')) {
      if (this.#peek() === 'I') {
        args = this.#templateArgumentList();
      } else if (this.#peek() === 'S') {
        path = this.#substitution().split('::');
        continue;
      } else {
        path.push(this.#sourceName());
        args = undefined;
      }
      if (this.#peek() !== 'E') this.#remember(path.join('::'));
    }
    return { path, ...(args === undefined ? {} : { arguments: args }) };
  }

  #substitution(): string {
    this.#expect('S');
    if (this.#take('t')) return 'std';
    if (/[absiod]/.test(this.#peek())) throw new Unreadable();
    const sequence = this.#match(/[0-9A-Z]*_/g).slice(0, -1);
    const found = this.#substitutions[sequence === '' ? 0 : parseInt(sequence, 36) + 1];
    if (found === undefined) throw new Unreadable();
    return found;
  }

  #templateArgumentList(): string[] {
    this.#expect('I');
    const list: string[] = [];
    while (!this.#take('E')) list.push(...this.#templateArgument());
    return list;
  }

  #templateArgument(): string[] {
    if (this.#take('J')) {
      const pack: string[] = [];
      while (!this.#take('E')) pack.push(...this.#templateArgument());
      return pack;
    }
    if (!this.#take('L')) return this.#typeList();
    if (this.#peek(2) === '_Z') throw new Unreadable();
    this.#type();
    const value = this.#match(/n?[0-9a-f]*E/g).slice(0, -1);
    return [/^n?\d+$/.test(value) ? value.replace('n', '-') : '?'];
  }

  /** One type, or as many as a pack holds. */
  #typeList(): string[] {
    if (this.#take('Dp')) {
      this.#type();
      return ['?'];
    }
    return [this.#type()];
  }

  #type(): string {
    const next = this.#peek();
    const simple = builtin[next];
    if (simple !== undefined) {
      this.#at++;
      return simple;
    }
    switch (next) {
      case 'r':
      case 'V':
      case 'K':
        while (/[rVK]/.test(this.#peek())) this.#at++;
        return this.#remember(this.#type());
      case 'P':
        this.#at++;
        return this.#remember(`${this.#type()}*`);
      case 'R':
      case 'O':
        this.#at++;
        return this.#remember(`${this.#type()}&`);
      case 'A':
        this.#at++;
        this.#match(/\d*_/g);
        return this.#remember(`${this.#type()}[]`);
      case 'F':
        this.#at++;
        this.#take('Y');
        while (!this.#take('E')) this.#type();
        return this.#remember('function');
      case 'T': {
        this.#at++;
        const index = this.#match(/\d*_/g).slice(0, -1);
        const value = this.#templateArguments[index === '' ? 0 : Number(index) + 1] ?? '?';
        return this.#remember(value);
      }
      case 'D': {
        const code = this.text[this.#at + 1] ?? '';
        if (this.#take('DF16_')) return 'half';
        if (this.#take('DF16b')) return 'bfloat16';
        const named = builtinD[code];
        if (named === undefined) throw new Unreadable();
        this.#at += 2;
        return named;
      }
      case 'S':
        return this.#substitutedType();
      case 'u':
        this.#at++;
        return this.#remember(this.#sourceName());
      default: {
        const name = this.#name();
        return this.#remember(withArguments(name));
      }
    }
  }

  #substitutedType(): string {
    if (this.#peek(2) === 'St') return this.#remember(withArguments(this.#name()));
    const text = this.#substitution();
    if (this.#peek() !== 'I') return text;
    return this.#remember(withArguments({ path: [text], arguments: this.#templateArgumentList() }));
  }
}

function withArguments(name: Name): string {
  const path = name.path.filter((part) => part !== '').join('::');
  return name.arguments === undefined ? path : `${path}<${name.arguments.join(',')}>`;
}
