/**
 * What *Run Kernel* can do without where a file needs more than the CPU has: functions that the kernel does not call, and
 * what else names a library that only runs on a GPU. A kernel is no less a kernel because its file multiplies matrices
 * with cuBLAS elsewhere. Pure.
 */
import { attributes, functionAt, scopes } from './structure';
import { closing, is, openingAngle, tokenize, type Token } from './tokens';

/** Offsets of a text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

export interface NeededCode {
  /** For each text, by its key, what to leave out. */
  readonly left: ReadonlyMap<string, readonly TextRange[]>;
  /** The names that the rest uses and does not declare. */
  readonly names: ReadonlySet<string>;
}

/** A declaration or definition at file scope, from its first token to its last. */
interface Item {
  readonly file: string;
  readonly range: TextRange;
  /** Whether it may go when nothing that stays uses one of its names. */
  readonly optional: boolean;
  readonly declares: readonly string[];
  readonly uses: readonly string[];
}

interface Macro {
  readonly name: string;
  readonly uses: readonly string[];
}

/**
 * @param texts the files of a project by their paths
 * @param keep names that a kernel's driver uses: the kernel, its reference function
 * @param ofLibrary whether a name belongs to a library that is not to be had
 */
export function neededCode(
  texts: ReadonlyMap<string, string>,
  keep: readonly string[],
  ofLibrary: (name: string) => boolean,
): NeededCode {
  const files = [...texts].map(([file, text]) => ({ file, tokens: tokenize(text) }));
  const macros = files.flatMap(({ tokens }) => macrosOf(tokens));
  const items = files.flatMap(({ file, tokens }) => itemsOf(file, tokens, ofLibrary));

  const byName = new Map<string, (Item | Macro)[]>();
  const declare = (name: string, by: Item | Macro) => {
    const known = byName.get(name);
    if (known) known.push(by);
    else byName.set(name, [by]);
  };
  for (const macro of macros) declare(macro.name, macro);
  for (const item of items) if (item.optional) for (const name of item.declares) declare(name, item);

  const needed = new Set<Item | Macro>();
  const names = new Set<string>();
  const queue = [...keep, ...items.filter((item) => !item.optional).flatMap((item) => item.uses)];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (names.has(name)) continue;
    names.add(name);
    for (const found of byName.get(name) ?? []) {
      if (needed.has(found)) continue;
      needed.add(found);
      queue.push(...found.uses);
    }
  }
  const left = new Map(files.map(({ file }): [string, TextRange[]] => [file, []]));
  for (const item of items) {
    if (item.optional && !needed.has(item)) left.get(item.file)?.push(item.range);
    else for (const name of item.declares) names.delete(name);
  }
  for (const { name } of macros) names.delete(name);
  return { left, names };
}

function macrosOf(tokens: readonly Token[]): Macro[] {
  return tokens.flatMap((token, i): Macro[] => {
    if (token.directive !== 'define') return [];
    const name = tokens[i + 1];
    if (name?.kind !== 'identifier' || !name.inDefine) return [];
    let end = i + 2;
    while (tokens[end]?.inDefine) end++;
    return [{ name: name.value, uses: identifiers(tokens.slice(i + 2, end)) }];
  });
}

function identifiers(tokens: readonly Token[]): string[] {
  return tokens.filter((token) => token.kind === 'identifier').map((token) => token.value);
}

function itemsOf(file: string, tokens: readonly Token[], ofLibrary: (name: string) => boolean): Item[] {
  const scopeOf = scopes(tokens);
  const items: Item[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    // Directives between items stay; so do the braces of namespaces, around items of their own.
    if (token === undefined || token.kind === 'directive' || token.inDefine || is(token, '}') || is(token, ';'))
      continue;
    const last = lastToken(tokens, i, scopeOf);
    if (last === undefined) return [...items, rest(file, tokens.slice(i))];
    if (!is(tokens[last], '{')) items.push(itemOf(file, tokens.slice(i, last + 1), ofLibrary));
    i = last;
  }
  return items;
}

/** What cannot be followed stays, with all it uses. */
function rest(file: string, tokens: readonly Token[]): Item {
  return { file, range: { start: 0, end: 0 }, optional: false, declares: [], uses: identifiers(tokens) };
}

/** Index of the token that ends the item which begins at `first`: `;`, the brace of a body, or the `{` of a namespace. */
function lastToken(tokens: readonly Token[], first: number, scopeOf: readonly string[]): number | undefined {
  for (let i = first; i < tokens.length; i++) {
    const token = tokens[i];
    if (token?.kind === 'directive' || token?.inDefine) continue;
    if (is(token, ';')) return i;
    if (is(token, '(') || is(token, '[')) {
      i = closing(tokens, i);
      if (i < 0) return undefined;
    } else if (is(token, '{')) {
      const close = closing(tokens, i);
      if (close < 0) return undefined;
      if (scopeOf[i + 1] === 'file') return i;
      if (isFunctionBody(tokens, first, i)) return close;
      i = close;
    } else if (is(token, '}')) {
      return undefined;
    }
  }
  return undefined;
}

/** Whether the brace opens what a function does, not the members of a class or the values of a variable. */
function isFunctionBody(tokens: readonly Token[], first: number, brace: number): boolean {
  const head = headOf(tokens.slice(first, brace));
  if (!head.some((token) => is(token, '(')) || head.some((token) => is(token, '='))) return false;
  const isClass = head.some((token) => /^(?:struct|class|union|enum)$/.test(token.value));
  return !isClass || is(tokens[brace - 1], ')');
}

/** Tokens outside of brackets, behind `template <…>`, without directives. */
function headOf(tokens: readonly Token[]): Token[] {
  const head: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || token.kind === 'directive' || token.inDefine) continue;
    if (is(token, 'template') && is(tokens[i + 1], '<')) {
      const close = tokens.findIndex((end, at) => at > i && is(end, '>') && openingAngle(tokens, at) === i + 1);
      if (close > 0) i = close;
      continue;
    }
    head.push(token);
    if (is(token, '(') || is(token, '[') || is(token, '{')) {
      const close = closing(tokens, i);
      if (close > i) i = close;
    }
  }
  return head;
}

function itemOf(file: string, tokens: readonly Token[], ofLibrary: (name: string) => boolean): Item {
  const uses = identifiers(tokens);
  const head = headOf(tokens);
  const words = identifiers(head);
  const name = functionName(tokens);
  const isFreeFunction = name !== undefined && !words.includes('operator') && !isMember(head);
  const opensNamespace = words.includes('using') && words.includes('namespace');
  const namesLibrary = !opensNamespace && uses.some(ofLibrary);
  return {
    file,
    range: { start: tokens[0]?.start ?? 0, end: tokens[tokens.length - 1]?.end ?? 0 },
    optional: (isFreeFunction || namesLibrary) && !callsMacro(head) && conditionsAreWhole(tokens),
    declares: name !== undefined ? [name] : declaredNames(tokens, head),
    uses,
  };
}

/** The name of a function that is defined or declared. */
function functionName(tokens: readonly Token[]): string | undefined {
  const head = headOf(tokens);
  if (head.some((token) => is(token, '='))) return undefined;
  const first = head[0];
  const start = tokens.indexOf(first as Token);
  // `functionAt` looks behind a qualifier: the token before the declaration stands for it.
  const name = first && functionAt(tokens, start - 1)?.name;
  return name === '' ? undefined : name;
}

/** `void Solver::step() { … }`: belongs to a class, which may call it unseen. */
function isMember(head: readonly Token[]): boolean {
  const open = head.findIndex((token) => is(token, '('));
  return is(head[open - 2], '::') || is(head[open - 2], '~');
}

/** `INSTANTIATE(float) void f() { … }`: nobody knows what the macro makes. */
function callsMacro(head: readonly Token[]): boolean {
  return head.some((token, i) => {
    const [name, next] = [head[i - 1], head[i + 1]];
    if (!is(token, '(') || name?.kind !== 'identifier' || next?.kind !== 'identifier') return false;
    return !attributes.has(name.value) && !/^(?:const|noexcept|override|final|volatile)$/.test(next.value);
  });
}

/** Names that a variable's, a type's or an alias's declaration brings; rather too many than too few. */
function declaredNames(tokens: readonly Token[], head: readonly Token[]): string[] {
  const isEnum = head.some((token) => is(token, 'enum'));
  const named = head.filter((token, i) => {
    const next = head[i + 1];
    const before = head[i - 1];
    const ends = next === undefined || /^[=[;,({:]$/.test(next.value);
    return token.kind === 'identifier' && (ends || /^(?:struct|class|union|enum|using)$/.test(before?.value ?? ''));
  });
  return [...named.map((token) => token.value), ...(isEnum ? identifiers(tokens) : [])];
}

/** Whether an item can be cut out without cutting an `#if` in two, or taking away a macro. */
function conditionsAreWhole(tokens: readonly Token[]): boolean {
  let depth = 0;
  for (const { directive } of tokens) {
    if (directive === undefined) continue;
    if (/^(?:define|undef|include|pragma)$/.test(directive)) return false;
    if (directive.startsWith('if')) depth++;
    else if (directive === 'endif') depth--;
    else if (depth === 0) return false;
    if (depth < 0) return false;
  }
  return depth === 0;
}
