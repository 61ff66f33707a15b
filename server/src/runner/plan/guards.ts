/** Comparisons of a kernel's body that keep a variable below something, and how its text is cut at brackets. Pure. */

export interface Guard {
  /** Upper bound as text: the variable is below it. */
  readonly limit: string;
  readonly inclusive: boolean;
  readonly loop: boolean;
  /** The part of the body that it holds for: what an `if` without an exit, or a conditional expression, stands around. */
  readonly from: number;
  readonly to: number;
}

/** By the name of the variable; what an `if` compares holds for what follows only where it leaves. */
export function guardsIn(text: string): ReadonlyMap<string, readonly Guard[]> {
  const guards = new Map<string, Guard[]>();
  const exits: [number, number][] = [];
  const ifs: [number, number][] = [];
  for (const match of text.matchAll(/\bif\s*\(/g)) {
    const start = match.index + match[0].length;
    const condition = balanced(text, start, ')');
    const end = start + condition.length;
    if (/^\)\s*\{?\s*(return|continue|break)\b/.test(text.slice(end, end + 40))) exits.push([start, end]);
    else ifs.push([start, statementEnd(text, end + 1)]);
  }
  const loops: [number, number][] = [...text.matchAll(/\b(?:for|while)\s*\(/g)].map((match) => {
    const start = match.index + match[0].length;
    return [start, start + balanced(text, start, ')').length];
  });
  const within = (ranges: readonly [number, number][], at: number) =>
    ranges.some(([start, end]) => start <= at && at < end);
  const add = (name: string, at: number, guard: Omit<Guard, 'from' | 'to'>) => {
    const plain = guard.loop || within(exits, at);
    const [from, to] = plain ? everywhere : (innermost(ifs, at) ?? conditionalAt(text, at) ?? everywhere);
    guards.set(name, [...(guards.get(name) ?? []), { ...guard, from, to }]);
  };
  for (const match of text.matchAll(/(?<![\w.\])])([A-Za-z_]\w*)\s*(<=?|>=?|!=)(?![<>=])\s*/g)) {
    const [, name = '', operator = ''] = match;
    const exit = within(exits, match.index);
    const loop = within(loops, match.index);
    const keeps = operator.startsWith(exit ? '>' : '<') || (operator === '!=' && loop);
    if (!keeps) continue;
    const limit = comparand(text, match.index + match[0].length);
    // `i > n` as an exit lets i reach n itself.
    const inclusive = exit ? operator === '>' : operator === '<=';
    add(name, match.index, { limit, inclusive, loop });
  }
  for (const match of text.matchAll(
    /(?<![\w.\])])([A-Za-z_]\w*)\s*(<=?|>=?)(?![<>=])\s*([A-Za-z_]\w*)\b(?!\s*[[(.\w*/%+-])/g,
  )) {
    const [, limit = '', operator = '', name = ''] = match;
    const exit = within(exits, match.index);
    if (operator.startsWith(exit ? '<' : '>')) {
      const loop = within(loops, match.index);
      add(name, match.index, { limit, inclusive: exit ? operator === '<' : operator === '>=', loop });
    }
  }
  return guards;
}

const everywhere = [0, Infinity] as const;

function innermost(ranges: readonly [number, number][], at: number): [number, number] | undefined {
  const around = ranges.filter(([start, end]) => start <= at && at < end);
  return around[around.length - 1];
}

/** `i < n ? a[i] : 0` and `(i < n) ? a[i] : 0`: to the end of the expression. */
function conditionalAt(text: string, at: number): [number, number] | undefined {
  let question = at + upTo(text, at, ';?').length;
  while (/[)\s]/.test(text[question] ?? '')) question++;
  return text[question] === '?' ? [at, question + upTo(text, question, ';').length] : undefined;
}

/** Loops with what they repeat: their heads and bodies. */
export function loopsIn(text: string): [number, number][] {
  const loops: [number, number][] = [...text.matchAll(/\b(?:for|while)\s*\(/g)].map((match) => {
    const start = match.index + match[0].length;
    return [match.index, statementEnd(text, start + balanced(text, start, ')').length + 1)];
  });
  for (const match of text.matchAll(/\bdo\s*\{/g)) {
    const start = match.index + match[0].length;
    loops.push([match.index, start + balanced(text, start, '}').length]);
  }
  return loops;
}

/** Where the statement behind a condition ends. */
function statementEnd(text: string, from: number): number {
  const start = from + (/^\s*/.exec(text.slice(from, from + 200))?.[0].length ?? 0);
  const block = text[start] === '{';
  return start + upTo(text, start + (block ? 1 : 0), block ? '}' : ';').length + 2;
}

/** The text from `from` to the bracket that closes around it. */
export function balanced(text: string, from: number, close: string): string {
  return upTo(text, from, close);
}

/** The text from `from` to one of `ends`, or to the bracket that closes around it. */
export function upTo(text: string, from: number, ends: string): string {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at] ?? '';
    if (depth === 0 && ends.includes(character)) return text.slice(from, at);
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) {
      if (depth === 0) return text.slice(from, at);
      depth--;
    }
  }
  return text.slice(from);
}

/** The right side of a comparison. */
function comparand(text: string, from: number): string {
  const whole = upTo(text, from, ',;?:{');
  return whole.split(/&&|\|\|/)[0]?.trim() ?? '';
}
