/**
 * Turns one CUDA source file into C++ that the headers in server/runtime/cpu understand. Most of CUDA is macros and
 * functions there; what no macro can do is done here, token by token, and every line keeps its number.
 */
import { EditedText, type Edit } from '../code/edits';
import { emulatePtx } from './ptx';
import { calleeStart, functionAt, launchEnd, pointerParameters, scopes, type Scope } from '../code/structure';
import { closing, is, tokenize, type Token } from '../code/tokens';

export interface RewriteOptions {
  /** Renames `main`, for a generated one to take its place: only the device's code will run. */
  readonly excludeMain: boolean;
  /** The path to write in place of an included name, or undefined to leave the directive alone. */
  readonly include?: (name: string, quoted: boolean) => string | undefined;
  /** What to leave out, and what to write instead; no other edit touches it. */
  readonly leaveOut?: readonly Edit[];
}

export interface RewrittenSource {
  readonly edited: EditedText;
  /** Whether a kernel of the file synchronises its whole grid and so needs a cooperative launch. */
  readonly usesGridSync: boolean;
}

interface Range {
  readonly open: number;
  readonly close: number;
}

const kernelMacro = /^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(?:[^\n\\]|\\\r?\n)*?\b__global__\b/gm;

class Rewriter {
  readonly edits: Edit[] = [];
  /** Names that stand for `__global__`, with what else a declaration may begin with. */
  readonly #kernelMacros: ReadonlySet<string>;
  readonly #tokens: Token[];
  readonly #scopes: Scope[];
  /** Bodies that only the device runs: `__CUDA_ARCH__` is defined in them. */
  readonly #deviceOnly: Range[] = [];
  /** Bodies that the device may run. */
  readonly #device: Range[] = [];
  readonly #kernelEnds = new Map<string, number[]>();

  constructor(
    private readonly text: string,
    private readonly options: RewriteOptions,
  ) {
    this.#tokens = tokenize(text);
    this.#kernelMacros = new Set([...text.matchAll(kernelMacro)].map(([, name = '']) => name));
    this.#scopes = scopes(this.#tokens);
  }

  run(): RewrittenSource {
    this.#tokens.forEach((token, i) => {
      if (token.kind === 'directive') this.#include(token);
      else if (is(token, '__global__') || (this.#kernelMacros.has(token.value) && !token.inDefine)) this.#kernel(i);
      else if (is(token, '__device__')) this.#deviceFunction(i);
    });
    this.#tokens.forEach((token, i) => {
      if (token.kind === 'punctuation') {
        if (token.value === '<<<') this.#launch(i);
        return;
      }
      if (token.kind !== 'identifier') return;
      switch (token.value) {
        case '__shared__':
          return this.#shared(i);
        case 'main':
          return this.#main(i);
        case 'cudaLaunchKernel':
        case 'cudaLaunchCooperativeKernel':
          return this.#untypedLaunch(i);
        case 'asm':
        case '__asm__':
        case '__asm':
          return this.#inlinePtx(i);
        case 'clock':
          return this.#clock(i);
        case 'while':
          return this.#spin(i);
      }
    });
    this.#registerKernels();
    this.#architecture();
    const left = this.options.leaveOut ?? [];
    const kept = this.edits.filter(({ start, end }) => !left.some((range) => start < range.end && end > range.start));
    return {
      edited: new EditedText(this.text, [...kept, ...left]),
      usesGridSync: this.#tokens.some((token) => is(token, 'this_grid') || is(token, 'grid_group')),
    };
  }

  #replace(start: number, end: number, text: string): void {
    this.edits.push({ start, end, text });
  }

  #insert(at: number, text: string): void {
    this.#replace(at, at, text);
  }

  #at(i: number): Token {
    const token = this.#tokens[i];
    if (token === undefined) throw new RangeError(`no token ${i}`);
    return token;
  }

  #inside(ranges: readonly Range[], i: number): boolean {
    return ranges.some((range) => i > range.open && i < range.close);
  }

  #include(token: Token): void {
    if (token.directive !== 'include' || this.options.include === undefined) return;
    const match = /^#\s*include\s*(["<])([^">]+)[">]/.exec(token.value);
    const replacement = match && this.options.include(match[2] ?? '', match[1] === '"');
    if (replacement) this.#replace(token.start, token.end, `#include "${escapePath(replacement)}"`);
  }

  /** `__global__ void k(int *p) { … }` → the body becomes a closure that runs once for every thread. */
  #kernel(i: number): void {
    const declaration = functionAt(this.#tokens, i);
    if (declaration?.body === undefined) return;
    const { name, body } = declaration;
    const checks = pointerParameters(this.#tokens, declaration.open, declaration.close)
      .map((parameter) => `::__kl_check_argument("${name}","${parameter}",${parameter});`)
      .join('');
    this.#insert(this.#at(body.open).end, `${checks}::__kl_launch("${name}",new auto([=]()mutable{`);
    this.#insert(this.#at(body.close).start, '}));');
    this.#deviceOnly.push(body);
    this.#device.push(body);
    if (this.#scopes[i] === 'file' && !this.#at(i).inDefine && !this.#isTemplate(i)) {
      this.#kernelEnds.set(name, [...(this.#kernelEnds.get(name) ?? []), this.#at(body.close).end]);
    }
  }

  /** Whether the declaration around token `i` begins with `template`. */
  #isTemplate(i: number): boolean {
    for (let j = i - 1; j >= 0 && i - j < 120; j--) {
      const token = this.#at(j);
      if (is(token, ';') || is(token, '}') || is(token, '{') || token.kind === 'directive') return false;
      if (is(token, 'template')) return true;
    }
    return false;
  }

  #deviceFunction(i: number): void {
    const declaration = functionAt(this.#tokens, i);
    if (declaration?.body === undefined) return;
    this.#device.push(declaration.body);
    let isHostToo = false;
    for (let j = i + 1; j < declaration.open; j++) isHostToo ||= is(this.#at(j), '__host__');
    for (let j = i - 1; j >= 0 && i - j < 12; j--) {
      const token = this.#at(j);
      if (is(token, ';') || is(token, '}') || is(token, '{') || token.kind === 'directive') break;
      isHostToo ||= is(token, '__host__');
    }
    // A body for both sides has one form here: the host's, except where nothing but kernels will run.
    if (!isHostToo || this.options.excludeMain) this.#deviceOnly.push(declaration.body);
  }

  /** `k<<<c>>>(a)` → `(::__kl_configure(c),k(a))`. */
  #launch(i: number): void {
    const start = calleeStart(this.#tokens, i);
    const end = launchEnd(this.#tokens, i);
    if (start < 0 || end === undefined) return;
    const configuration = this.text
      .slice(this.#at(i).end, this.#at(end.configEnd).start)
      .replace(/\/\/[^\n]*/g, '')
      .replace(/\\?\r?\n/g, ' ');
    this.#insert(this.#at(start).start, `(::__kl_configure(${configuration}),`);
    this.#replace(this.#at(i).start, this.#at(end.configEnd).end, '');
    this.#insert(this.#at(end.argumentsClose).end, ')');
  }

  #shared(i: number): void {
    let first = i;
    while (first > 0 && this.#isDeclarationWord(first - 1)) first--;
    const before = this.#tokens.slice(first, i);
    const next = this.#tokens[i + 1];
    if (before.some((token) => is(token, 'extern')) || is(next, 'extern')) {
      this.#dynamicShared(first, i);
      return;
    }
    // The macro brings its own `static`.
    for (const token of before) if (is(token, 'static')) this.#replace(token.start, token.end, '');
    if (is(next, 'static') && next) this.#replace(next.start, next.end, '');
    if (is(next, 'alignas') && is(this.#tokens[i + 2], '(')) {
      // alignas must come before the storage class that the macro stands for.
      const close = closing(this.#tokens, i + 2);
      if (close < 0) return;
      const token = this.#at(i);
      this.#replace(token.start, token.end, '');
      this.#insert(this.#at(close).end, ' __shared__');
    }
  }

  #isDeclarationWord(i: number): boolean {
    return /^(?:extern|static|volatile|const|unsigned|signed|char|short|int|long|float|double|bool|inline|typename)$/.test(
      this.#at(i).kind === 'identifier' ? this.#at(i).value : '',
    );
  }

  /** `extern __shared__ T s[];` → a pointer to the block's dynamic shared memory. */
  #dynamicShared(first: number, qualifier: number): void {
    let end = qualifier;
    while (end < this.#tokens.length && !is(this.#at(end), ';')) end++;
    if (end >= this.#tokens.length) return;
    const declaration: Token[] = [];
    for (let i = first; i < end; i++) {
      const token = this.#at(i);
      if (i === qualifier || is(token, 'extern')) continue;
      if (/^(?:__align__|alignas|__attribute__)$/.test(token.value) && is(this.#tokens[i + 1], '(')) {
        i = Math.max(i, closing(this.#tokens, i + 1));
        continue;
      }
      declaration.push(token);
    }
    const bracket = declaration.findIndex((token) => is(token, '['));
    const name = declaration[bracket - 1];
    const last = declaration[declaration.length - 1];
    if (bracket < 2 || name === undefined || last === undefined) return;
    const type = declaration
      .slice(0, bracket - 1)
      .map((token) => token.value)
      .join(' ');
    // `s[][16]` keeps its further dimensions.
    const inner = declaration[bracket + 2];
    const dimensions = inner === undefined ? '' : this.text.slice(inner.start, last.end);
    const start = this.#at(first);
    const scope = start.inDefine ? 'function' : (this.#scopes[first] ?? 'file');
    let replacement: string;
    if (scope !== 'function') {
      const element = dimensions === '' ? type : `${type}${dimensions}`;
      replacement = `static ::__kl_dynamic_array<${element}> ${name.value};`;
    } else if (dimensions === '') {
      replacement = `${type} *${name.value}=(${type} *)::__kl_dynamic_shared();`;
    } else {
      replacement = `${type} (*${name.value})${dimensions}=(${type} (*)${dimensions})::__kl_dynamic_shared();`;
    }
    this.#replace(start.start, this.#at(end).end, replacement);
  }

  #main(i: number): void {
    if (!this.options.excludeMain || this.#scopes[i] !== 'file' || !is(this.#tokens[i + 1], '(')) return;
    const token = this.#at(i);
    this.#replace(token.start, token.end, '__kl_program_main');
  }

  /** `cudaLaunchKernel((void *)k, …)` → without the cast, so that the kernel keeps its type. */
  #untypedLaunch(i: number): void {
    const open = i + 2;
    if (!is(this.#tokens[i + 1], '(')) return;
    if (is(this.#tokens[open], '(')) {
      const close = closing(this.#tokens, open);
      if (close < 0) return;
      const inner = this.#tokens.slice(open + 1, close).map((token) => token.value);
      if (inner.filter((word) => word !== 'const').join(' ') === 'void *') {
        this.#replace(this.#at(open).start, this.#at(close).end, '');
      }
    } else if (/^(?:reinterpret|static)_cast$/.test(this.#tokens[open]?.value ?? '')) {
      let paren = open;
      while (paren < this.#tokens.length && !is(this.#at(paren), '(')) paren++;
      if (paren < this.#tokens.length) this.#replace(this.#at(open).start, this.#at(paren - 1).end, '');
    }
  }

  #inlinePtx(i: number): void {
    if (!this.#inside(this.#device, i)) return;
    const statement = ptxStatement(this.#tokens, i);
    if (statement === undefined) return;
    const call =
      emulatePtx(statement.code, statement.output) ??
      `::__kl_unsupported("${statement.code.replace(/["\\]/g, ' ').slice(0, 80)}")`;
    this.#replace(this.#at(i).start, this.#at(statement.close).end, call);
  }

  /** The C library's clock() counts microseconds of the process; the GPU's counts cycles. */
  #clock(i: number): void {
    if (!this.#inside(this.#deviceOnly, i) || !is(this.#tokens[i + 1], '(') || !is(this.#tokens[i + 2], ')')) return;
    const before = this.#tokens[i - 1];
    if (is(before, '.') || is(before, '->') || is(before, '::')) return;
    this.#replace(this.#at(i).start, this.#at(i).end, '__kl_device_clock');
  }

  /** `while (flag == 0);` would never let the other threads of the block run. */
  #spin(i: number): void {
    if (!this.#inside(this.#device, i) || !is(this.#tokens[i + 1], '(')) return;
    const close = closing(this.#tokens, i + 1);
    if (close < 0) return;
    const after = this.#tokens[close + 1];
    const isEmpty = is(after, ';') || (is(after, '{') && is(this.#tokens[close + 2], '}'));
    if (!isEmpty) return;
    this.#insert(this.#at(i + 1).end, '::__kl_tick()&&(');
    this.#insert(this.#at(close).start, ')');
  }

  /** Lets an untyped function pointer find its kernel; overloads have no address of their own and are left out. */
  #registerKernels(): void {
    if (!this.#tokens.some((token) => /^cudaLaunch(?:Cooperative)?Kernel$/.test(token.value))) return;
    for (const [name, ends] of this.#kernelEnds) {
      const end = ends[0];
      if (ends.length !== 1 || end === undefined || name === '') continue;
      this.#insert(end, ` static ::__kl_registration __kl_registration_${name}("${name}",&${name});`);
    }
  }

  #architecture(): void {
    for (const { open, close } of this.#deviceOnly) {
      const start = this.#at(open).start;
      for (const match of this.text.slice(start, this.#at(close).start).matchAll(/\b__CUDA_ARCH__\b/g)) {
        this.#replace(start + match.index, start + match.index + match[0].length, '__KL_CUDA_ARCH__');
      }
    }
  }
}

/** The parts of the `asm` statement that begins at token `i`. */
export function ptxStatement(
  tokens: readonly Token[],
  i: number,
): { readonly code: string; readonly output: string | undefined; readonly close: number } | undefined {
  let open = i + 1;
  while (/^(?:volatile|__volatile__|__volatile)$/.test(tokens[open]?.value ?? '')) open++;
  if (!is(tokens[open], '(')) return undefined;
  const close = closing(tokens, open);
  if (close < 0) return undefined;
  const colon = tokens.findIndex((token, at) => at > open && at < close && (is(token, ':') || is(token, '::')));
  const code = tokens
    .slice(open + 1, colon < 0 ? close : colon)
    .filter((token) => token.kind === 'text')
    .map((token) => token.value.slice(1, -1))
    .join(' ');
  let output: string | undefined;
  if (is(tokens[colon], ':') && tokens[colon + 1]?.kind === 'text' && is(tokens[colon + 2], '(')) {
    const end = closing(tokens, colon + 2);
    output = tokens
      .slice(colon + 3, end)
      .map((token) => token.value)
      .join(' ');
  }
  return { code, output, close };
}

export function escapePath(path: string): string {
  return path.replace(/\\/g, '\\\\').replace(/"/g, '\\"');
}

export function rewrite(text: string, options: RewriteOptions): RewrittenSource {
  return new Rewriter(text, options).run();
}
