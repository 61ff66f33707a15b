/** Tokens of an expression, with the file's macros expanded: the evaluator sees what the compiler sees. */

export interface Token {
  readonly kind: 'name' | 'number' | 'punctuation' | 'string' | 'opaque';
  readonly text: string;
}

export interface Macro {
  /** Absent for an object-like macro. */
  readonly parameters?: readonly string[];
  readonly body: string;
}

/** A macro's definition, or why there is none to rely on. */
export type MacroLookup = (name: string) => Macro | { readonly why: string } | undefined;

const pattern =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|\\\r?\n|([A-Za-z_]\w*)|(\.?\d(?:[eEpP][+-]|['\w.])*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(<<=|>>=|->|::|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&|^]=|[^\s])/g;

/** More would be a table, not an expression. */
const longest = 4000;
/** Macros that grow beyond this are not expressions anyone launches with. */
const mostTokens = 2000;

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.slice(0, longest).matchAll(pattern)) {
    if (match[1] !== undefined) tokens.push({ kind: 'name', text: match[1] });
    else if (match[2] !== undefined) tokens.push({ kind: 'number', text: match[2] });
    else if (match[3] !== undefined) tokens.push({ kind: 'string', text: match[3] });
    else if (match[4] !== undefined) tokens.push({ kind: 'punctuation', text: match[4] });
  }
  return tokens;
}

/** Replaces macros as the preprocessor does: arguments first, then the body, never a macro inside itself. */
export function expandMacros(
  tokens: readonly Token[],
  lookup: MacroLookup,
  hidden: ReadonlySet<string> = new Set(),
): Token[] {
  const out: Token[] = [];
  for (let i = 0; i < tokens.length && out.length < mostTokens; i++) {
    const token = tokens[i]!;
    const macro = token.kind === 'name' && !hidden.has(token.text) ? lookup(token.text) : undefined;
    if (!macro) {
      out.push(token);
    } else if ('why' in macro) {
      out.push({ kind: 'opaque', text: macro.why });
    } else if (!macro.parameters) {
      out.push(...expandMacros(tokenize(macro.body), lookup, new Set([...hidden, token.text])));
    } else {
      const call = tokens[i + 1]?.text === '(' ? readArguments(tokens, i + 1) : undefined;
      if (!call) {
        out.push(token);
        continue;
      }
      out.push(...substitute(macro.parameters, macro.body, call.arguments, token.text, lookup, hidden));
      i = call.end;
    }
  }
  return out;
}

function substitute(
  parameters: readonly string[],
  body: string,
  args: readonly Token[][],
  name: string,
  lookup: MacroLookup,
  hidden: ReadonlySet<string>,
): Token[] {
  const values = new Map(parameters.map((p, index) => [p, expandMacros(args[index] ?? [], lookup, hidden)]));
  const tokens = tokenize(body).flatMap((token) => (token.kind === 'name' && values.get(token.text)) || [token]);
  return expandMacros(tokens, lookup, new Set([...hidden, name]));
}

function readArguments(tokens: readonly Token[], open: number): { arguments: Token[][]; end: number } | undefined {
  const args: Token[][] = [[]];
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (/^[([{]$/.test(token.text) && depth++ === 0) continue;
    if (/^[)\]}]$/.test(token.text) && --depth === 0) return { arguments: args, end: i };
    if (token.text === ',' && depth === 1) args.push([]);
    else args[args.length - 1]!.push(token);
  }
  return undefined;
}

/** Splits `a, f(b, c), d` at its outermost commas. */
export function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.length === 1 && parts[0]!.trim() === '' ? [] : parts.map((part) => part.trim());
}
