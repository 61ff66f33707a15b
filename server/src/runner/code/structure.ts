/** What a token list says about functions, scopes and launches. */
import { closing, is, isCloser, isOpener, opening, openingAngle, type Token } from './tokens';

/** Words between a qualifier and a function's name that take arguments of their own. */
export const attributes: ReadonlySet<string> = new Set([
  '__launch_bounds__',
  '__attribute__',
  '__align__',
  '__cluster_dims__',
  '__block_size__',
  '__maxnreg__',
  'alignas',
  'decltype',
  'declspec',
]);

export interface FunctionTokens {
  readonly name: string;
  /** Indices of the parameter list's brackets. */
  readonly open: number;
  readonly close: number;
  /** Indices of the body's braces; absent of a declaration. */
  readonly body?: { readonly open: number; readonly close: number };
}

function nextCode(tokens: readonly Token[], from: number): number {
  let i = from;
  while (tokens[i]?.kind === 'directive') i++;
  return i;
}

/** The function that the qualifier at `at` belongs to, or undefined when it qualifies something else. */
export function functionAt(tokens: readonly Token[], at: number): FunctionTokens | undefined {
  for (let i = at + 1; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || is(token, ';') || is(token, '=') || is(token, '{')) return undefined;
    // A macro that only stands for the qualifier must not claim the function after the #define.
    if (tokens[at]?.inDefine && !token.inDefine) return undefined;
    if (!is(token, '(')) continue;
    const close = closing(tokens, i);
    if (close < 0) return undefined;
    const before = tokens[i - 1];
    let after = nextCode(tokens, close + 1);
    while (/^(?:const|noexcept|override|final|mutable)$/.test(tokens[after]?.value ?? ''))
      after = nextCode(tokens, after + 1);
    const next = tokens[after];
    const isFunction =
      before !== undefined &&
      !attributes.has(before.value) &&
      (is(next, '{') || is(next, ';') || is(next, ':') || is(next, '->'));
    if (!isFunction) {
      i = close;
      continue;
    }
    // A constructor's initialisers or a trailing return type stand before the body.
    while (after < tokens.length && !is(tokens[after], '{') && !is(tokens[after], ';')) after++;
    const end = is(tokens[after], '{') ? closing(tokens, after) : -1;
    return {
      name: nameBefore(tokens, i),
      open: i,
      close,
      ...(end < 0 ? {} : { body: { open: after, close: end } }),
    };
  }
  return undefined;
}

/** The identifier before a parameter list, past template arguments of a specialisation. */
function nameBefore(tokens: readonly Token[], open: number): string {
  let i = open - 1;
  if (is(tokens[i], '>')) i = openingAngle(tokens, i) - 1;
  return tokens[i]?.kind === 'identifier' ? (tokens[i]?.value ?? '') : '';
}

/** Names of the parameters between two brackets that are written as pointers. */
export function pointerParameters(tokens: readonly Token[], open: number, close: number): string[] {
  const names: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let i = open + 1; i <= close; i++) {
    const token = tokens[i];
    if (i === close || (is(token, ',') && depth === 0)) {
      const name = pointerName(tokens.slice(start, i));
      if (name !== undefined) names.push(name);
      start = i + 1;
    } else if (isOpener(token) || is(token, '<')) {
      depth++;
    } else if (isCloser(token) || is(token, '>')) {
      depth--;
    }
  }
  return names;
}

function pointerName(parameter: readonly Token[]): string | undefined {
  // Pointers to functions, packs and parameters under #if are left alone.
  if (parameter.some((t) => t.kind === 'directive' || is(t, '(') || t.value.startsWith('.'))) return undefined;
  const end = parameter.findIndex((t) => is(t, '=') || is(t, '['));
  const declared = end < 0 ? parameter : parameter.slice(0, end);
  const star = declared.map((t) => is(t, '*')).lastIndexOf(true);
  const last = declared[declared.length - 1];
  if (star < 0 || last?.kind !== 'identifier' || declared.length - 1 <= star) return undefined;
  return /^(?:const|volatile|restrict|__restrict__|__restrict)$/.test(last.value) ? undefined : last.value;
}

export type Scope = 'file' | 'class' | 'function';

/** For every token the kind of scope it stands in. */
export function scopes(tokens: readonly Token[]): Scope[] {
  const stack: Scope[] = [];
  return tokens.map((token, i) => {
    const scope = stack[stack.length - 1] ?? 'file';
    if (is(token, '{')) stack.push(scope === 'function' ? 'function' : scopeOpenedAt(tokens, i));
    else if (is(token, '}')) stack.pop();
    return scope;
  });
}

/** Looks back from a brace for the word that says what it opens. */
function scopeOpenedAt(tokens: readonly Token[], brace: number): Scope {
  let depth = 0;
  for (let i = brace - 1; i >= 0 && brace - i < 80; i--) {
    const token = tokens[i];
    if (is(token, ')') || is(token, ']')) depth++;
    else if (is(token, '(') || is(token, '[')) depth--;
    if (depth !== 0) continue;
    if (is(token, ';') || is(token, '{') || is(token, '}') || token?.kind === 'directive') break;
    if (is(token, 'namespace')) return 'file';
    if (is(token, 'extern') && tokens[i + 1]?.kind === 'text' && i + 2 === brace) return 'file';
    if (/^(?:struct|class|union)$/.test(token?.value ?? '') && !is(tokens[brace - 1], ')')) return 'class';
  }
  return 'function';
}

const notCallees = new Set(['return', 'else', 'do', 'case', 'throw', 'co_return']);

/** Index of the first token of the callee that ends before the `<<<` at `launch`, or -1. */
export function calleeStart(tokens: readonly Token[], launch: number): number {
  let i = launch - 1;
  for (;;) {
    const token = tokens[i];
    if (is(token, '>')) {
      i = openingAngle(tokens, i) - 1;
      if (i < 0) return -1;
      continue;
    }
    if (is(token, ')') || is(token, ']')) {
      i = opening(tokens, i);
      if (i < 0) return -1;
      const before = tokens[i - 1];
      const isPostfix =
        before !== undefined &&
        ((before.kind === 'identifier' && !notCallees.has(before.value)) ||
          is(before, '>') ||
          (is(token, ']') && isCloser(before)));
      if (isPostfix && !is(before, '}')) {
        i--;
        continue;
      }
    } else if (token?.kind !== 'identifier') {
      return -1;
    }
    const before = tokens[i - 1];
    if (is(before, '::')) {
      const owner = tokens[i - 2];
      const hasOwner = (owner?.kind === 'identifier' && !notCallees.has(owner.value)) || is(owner, '>');
      if (!hasOwner) return i - 1;
      i -= 2;
    } else if (is(before, '.') || is(before, '->')) {
      i -= 2;
    } else if (is(before, '#') && is(tokens[i - 2], '#')) {
      // A name that a macro pastes together.
      i -= 3;
    } else if (is(before, 'template')) {
      i--;
    } else {
      return i;
    }
  }
}

/** The `>>>` that ends the launch configuration begun at `launch`, and the brackets of the arguments after it. */
export function launchEnd(
  tokens: readonly Token[],
  launch: number,
): { readonly configEnd: number; readonly argumentsOpen: number; readonly argumentsClose: number } | undefined {
  let depth = 0;
  for (let i = launch + 1; i < tokens.length; i++) {
    const token = tokens[i];
    if (isOpener(token)) depth++;
    else if (isCloser(token)) depth--;
    else if (is(token, ';') && depth <= 0) return undefined;
    else if (is(token, '>>>') && depth === 0) {
      const close = is(tokens[i + 1], '(') ? closing(tokens, i + 1) : -1;
      return close < 0 ? undefined : { configEnd: i, argumentsOpen: i + 1, argumentsClose: close };
    }
  }
  return undefined;
}
