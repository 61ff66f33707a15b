/**
 * The front end's caret stands under the line *after* preprocessing: `__attribute__((global))` for `__global__`, macro
 * bodies for macro calls, single spaces for any white space. This finds the caret's token in the line as written.
 */

interface Token {
  readonly text: string;
  /** UTF-16 offset in its line. */
  readonly start: number;
}

const tokenPattern =
  /\/\/.*$|\/\*.*?(?:\*\/|$)|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[\p{L}_$][\p{L}\p{N}_$]*|\.?\d(?:[eEpP][+-]|['\w.])*|<<<|>>>|[^\s]/gu;

function tokenize(line: string): Token[] {
  const tokens: Token[] = [];
  for (const match of line.matchAll(tokenPattern)) {
    const text = match[0];
    if (text.startsWith('//') || text.startsWith('/*')) continue;
    tokens.push({ text, start: match.index });
  }
  return tokens;
}

/** What a source line is long enough for; longer lines keep the caret's own column. */
const maxTokens = 1500;

export interface ColumnRange {
  /** 0-based UTF-16 offsets in the source line. */
  readonly start: number;
  readonly end: number;
}

/**
 * The token of `source` that the caret means. `printed` is the line as the front end printed it, `column` the caret's
 * 0-based code point column in it. Undefined where the two lines have nothing in common.
 */
export function alignCaret(source: string, printed: string, column: number): ColumnRange | undefined {
  const offset = [...printed].slice(0, column).join('').length;
  const written = tokenize(source);
  const shown = tokenize(printed);
  if (written.length === 0 || shown.length === 0) return undefined;
  if (written.length > maxTokens || shown.length > maxTokens) return undefined;

  let at = shown.findIndex((token) => offset < token.start + token.text.length);
  if (at < 0) at = shown.length;
  const pairs = matchTokens(written, shown);
  const end = (token: Token) => token.start + token.text.length;

  const exact = pairs.find(([, j]) => j === at);
  if (exact !== undefined) {
    const token = written[exact[0]];
    const within = shown[at];
    if (token !== undefined && within !== undefined) {
      // A caret inside a token (a format string) stays inside it.
      const inside = Math.max(0, offset - within.start);
      return { start: token.start + inside, end: end(token) };
    }
  }
  // The caret is in what a macro became: the written tokens between its neighbours are the macro's call.
  const before = pairs.filter(([, j]) => j < at).at(-1)?.[0] ?? -1;
  const after = pairs.find(([, j]) => j > at)?.[0] ?? written.length;
  const call = macroCalls(written, pairs).find((group) => group.first < after && before < group.last);
  const first = written[call?.first ?? before + 1];
  const last = written[call?.last ?? after - 1];
  if (first === undefined) {
    const tail = written.at(-1);
    return tail === undefined ? undefined : { start: end(tail), end: end(tail) };
  }
  if (last === undefined || last.start < first.start) return { start: first.start, end: end(first) };
  return { start: first.start, end: end(last) };
}

interface Group {
  readonly first: number;
  readonly last: number;
}

/** Written names that the printed line lacks, with the parenthesised arguments after them. */
function macroCalls(written: readonly Token[], pairs: readonly [number, number][]): Group[] {
  const matched = new Set(pairs.map(([i]) => i));
  const groups: Group[] = [];
  for (let i = 0; i < written.length; i++) {
    if (matched.has(i) || !/^[\p{L}_$]/u.test(written[i]?.text ?? '')) continue;
    const close = written[i + 1]?.text === '(' ? closingParenthesis(written, i + 1) : i;
    groups.push({ first: i, last: close });
    i = close;
  }
  return groups;
}

function closingParenthesis(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const text = tokens[i]?.text;
    if (text === '(') depth++;
    else if (text === ')' && --depth === 0) return i;
  }
  return tokens.length - 1;
}

/** Longest common subsequence of the two lines' tokens, as index pairs in order. */
function matchTokens(a: readonly Token[], b: readonly Token[]): [number, number][] {
  let head = 0;
  while (head < a.length && head < b.length && a[head]?.text === b[head]?.text) head++;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail]?.text === b[b.length - 1 - tail]?.text
  ) {
    tail++;
  }
  const rows = a.length - head - tail;
  const columns = b.length - head - tail;
  const pairs: [number, number][] = [];
  for (let k = 0; k < head; k++) pairs.push([k, k]);
  pairs.push(...middleMatches(a, b, head, rows, columns));
  for (let k = tail; k > 0; k--) pairs.push([a.length - k, b.length - k]);
  return pairs;
}

function middleMatches(
  a: readonly Token[],
  b: readonly Token[],
  head: number,
  rows: number,
  columns: number,
): [number, number][] {
  const width = columns + 1;
  const length = new Uint16Array((rows + 1) * width);
  const same = (i: number, j: number) => a[head + i]?.text === b[head + j]?.text;
  const at = (i: number, j: number) => length[i * width + j] ?? 0;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      length[i * width + j] = same(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (same(i, j)) pairs.push([head + i++, head + j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
