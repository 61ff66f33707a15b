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
  const written: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < inside.length; i++) {
    const c = inside.charAt(i);
    if (/[({[]/.test(c)) depth++;
    else if (/[)}\]]/.test(c)) depth--;
    else if (c === ',' && depth === 0) {
      written.push(inside.slice(start, i).trim());
      start = i + 1;
    }
  }
  return depth === 0 ? { index: written.length, written, begun: inside.slice(start), kernel } : undefined;
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
  'g',
);
/** `, b = 2` of `int a = 1, b = 2;` */
const further = /,\s*([A-Za-z_]\w*)\s*(?:=\s*([^;,(){}\n]{1,60}))?(?=[,;])/y;
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
    further.lastIndex = match.index + whole.length;
    for (let next = further.exec(own); next; next = further.exec(own)) {
      add(type, next[1] ?? '', constant ? next[2] : undefined);
    }
  }
  return [...names.values()];
}

/** The function that `before` ends in: where its head begins, and whether it runs on the GPU. */
export function functionAround(before: string): {
  readonly start: number;
  readonly inBody: boolean;
  readonly device: boolean;
} {
  // A function's closing brace, a directive or a declaration in the first column ends what came before.
  const boundary = /(?:^|\n)(?:\}[^\n]*|#[^\n]*|[A-Za-z_][^\n{}()]*;[^\n]*)(?=\n)/g;
  let start = 0;
  for (const match of before.matchAll(boundary)) start = match.index + match[0].length;
  const text = before.slice(start);
  const body = text.indexOf('{');
  const head = body < 0 ? text : text.slice(0, body);
  return { start, inBody: body >= 0, device: /\b__(?:global|device)__\b/.test(head) };
}
