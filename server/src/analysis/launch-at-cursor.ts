/**
 * What completion has to know of the text before the cursor. The text is in the middle of being written and does not parse, so it is read
 * as words. Pure.
 */

export interface ConfigurationPlace {
  /** Which argument of `<<<…>>>` is being written, from 0. */
  readonly index: number;
  /** The arguments before it. */
  readonly written: readonly string[];
  /** What already stands of this one. */
  readonly begun: string;
  readonly kernel: string;
}

/** The place inside `<<<` that `before` ends in; nothing elsewhere, and nothing inside brackets there. */
export function configurationPlace(before: string): ConfigurationPlace | undefined {
  const open = before.lastIndexOf('<<<');
  if (open < 0 || before.length - open > 400) return undefined;
  const inside = before.slice(open + 3);
  const kernel = /([A-Za-z_]\w*)\s*(?:<[^;{}]*>)?\s*$/.exec(before.slice(Math.max(0, open - 200), open))?.[1];
  if (kernel === undefined || />>>|[;]/.test(inside)) return undefined;
  const parts = topLevelParts(inside);
  const begun = parts.pop() ?? '';
  if ((begun.match(/[({[]/g) ?? []).length > (begun.match(/[)}\]]/g) ?? []).length) return undefined;
  return { index: parts.length, written: parts.map((part) => part.trim()), begun, kernel };
}

/** What stands between the commas outside all brackets. */
function topLevelParts(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: mark, index } of text.matchAll(/[(){}[\],]/g)) {
    if (/[({[]/.test(mark)) depth++;
    else if (mark !== ',') depth--;
    else if (depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

export interface DeclaredName {
  readonly name: string;
  readonly type: string;
  /** The initial value of a constant, as written. */
  readonly value?: string;
}

const typeNames = String.raw`unsigned\s+(?:int|long)|(?:long\s+)?long|u?int(?:32|64)?(?:_t)?|size_t|unsigned|auto|dim3|cudaStream_t`;
/** A local variable or a parameter. */
const declaration = new RegExp(
  String.raw`(?:^|[;{}(,]|\n)\s*((?:(?:static|const|constexpr)\s+)*)(${typeNames})\s+(?:const\s+)?([A-Za-z_]\w*)\s*(?=[=({;,)[])(?:(?:=|[({])\s*([^;,(){}\n]{1,60}))?`,
  'dg',
);
const fileConstant = new RegExp(
  String.raw`^(?:static |inline )*(?:const|constexpr) (?:static |inline )*(${typeNames})\s+([A-Za-z_]\w*)\s*(?:=|\{)\s*([^;{}\n]{1,60})`,
  'gm',
);
const macro = /^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)[ \t]+\(?(\d[\dxXa-fA-FuUlL']*)\)?[ \t]*(?:\/[/*].*)?$/gm;

/** Integers, dimensions and streams that may be used at the end of `before`: of the function there, and constants of the file. */
export function namesInScope(before: string): DeclaredName[] {
  const names = new Map<string, DeclaredName>();
  const add = (type: string, name: string, value: string | undefined): void => {
    names.set(name, { name, type: type.replace(/\s+/g, ' '), ...(value === undefined ? {} : { value: value.trim() }) });
  };
  for (const [, name = '', value] of before.matchAll(macro)) add('int', name, value);
  for (const [, type = '', name = '', value] of before.matchAll(fileConstant)) add(type, name, value);
  const own = before.slice(functionAround(before).start);
  for (const match of own.matchAll(declaration)) {
    const [whole, qualifiers = '', type = '', name = '', value] = match;
    const constant = /const/.test(qualifiers);
    add(type, name, constant ? value : undefined);
    // What follows a parameter is the next one, with a type of its own.
    if (/^[(,]/.test(whole)) continue;
    const behindName = match.indices?.[3]?.[1] ?? match.index + whole.length;
    const end = own.indexOf(';', behindName);
    const statement = own.slice(behindName, end < 0 ? undefined : Math.min(end, match.index + 400));
    for (const part of topLevelParts(statement).slice(1)) {
      const [, other, initial] = /^\s*([A-Za-z_]\w*)\s*(?:=\s*([^(){}]*)|[({][\s\S]*)?$/.exec(part) ?? [];
      if (other !== undefined) add(type, other, constant ? initial : undefined);
    }
  }
  return [...names.values()];
}

/**
 * The function that `before` ends in: where its head begins, and whether it runs on the GPU. Braces are counted; one in the first column
 * ends whatever is open, so that a mistake further up does not reach down here.
 */
export function functionAround(before: string): {
  readonly start: number;
  readonly inBody: boolean;
  readonly device: boolean;
} {
  let start = 0;
  let body: number | undefined;
  let depth = 0;
  for (const { 0: mark, index } of before.matchAll(/[{};]/g)) {
    if (mark === '{') {
      const opensSpace =
        depth === 0 && /(?:\bnamespace\b[^;{}()]*|\bextern\s*"C"\s*)$/.test(before.slice(start, index));
      if (opensSpace) start = index + 1;
      else if (depth++ === 0) body = index;
      continue;
    }
    if (mark === '}') depth = before.charAt(index - 1) === '\n' ? 0 : Math.max(0, depth - 1);
    if (depth > 0) continue;
    start = index + 1;
    body = undefined;
  }
  const head = before.slice(start, body).replace(/^[ \t]*#.*$/gm, '');
  return { start, inBody: body !== undefined, device: /\b__(?:global|device)__\b/.test(head) };
}
