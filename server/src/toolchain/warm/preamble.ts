/** Where a source's preamble ends: everything up to its last #include, which is what is worth parsing ahead. Pure. */

export interface SplitSource {
  /** Whole lines; ends with a newline unless empty. */
  readonly preamble: string;
  /** Number of lines in `preamble`. */
  readonly lines: number;
  readonly remainder: string;
}

const directive = /^[ \t]*#[ \t]*(\w+)/;

/**
 * Cuts after the last #include, or after the conditional it stands in, so that both parts are whole. A source without
 * an #include, or with one in a conditional that never ends, has an empty preamble.
 */
export function splitAtLastInclude(text: string): SplitSource {
  const lines = text.split('\n');
  let cut = 0;
  let depth = 0;
  /** An #include was seen whose conditional has not ended yet. */
  let pending = false;
  let inComment = false;
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i] ?? '';
    while (line.trimEnd().endsWith('\\') && i + 1 < lines.length) {
      line = `${line.trimEnd().slice(0, -1)} ${lines[++i] ?? ''}`;
    }
    const code: string | undefined = inComment ? afterComment(line) : line;
    inComment = code === undefined || endsInComment(code);
    const name = code === undefined ? undefined : directive.exec(code)?.[1];
    if (name === undefined) continue;
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') depth++;
    else if (name === 'endif') depth = Math.max(0, depth - 1);
    else if (name === 'include' || name === 'include_next' || name === 'import') pending = true;
    if (pending && depth === 0) {
      cut = i + 1;
      pending = false;
    }
  }
  if (pending) cut = 0;
  const preamble = lines.slice(0, cut).join('\n');
  return { preamble: cut === 0 ? '' : `${preamble}\n`, lines: cut, remainder: lines.slice(cut).join('\n') };
}

/** Whether the text has an #include that no preamble holds: it stands in a conditional that never ends. */
export function hasUnreadIncludes({ lines }: SplitSource, text: string): boolean {
  return lines === 0 && /^[ \t]*#[ \t]*include/m.test(text);
}

/** What follows the end of a block comment on this line, or undefined if it does not end here. */
function afterComment(line: string): string | undefined {
  const end = line.indexOf('*/');
  return end < 0 ? undefined : line.slice(end + 2);
}

/** Whether a block comment opened on this line is still open at its end; strings and line comments are skipped. */
function endsInComment(line: string): boolean {
  const pattern = /\/\/.*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\*.*?\*\/|\/\*/g;
  for (const match of line.matchAll(pattern)) if (match[0] === '/*') return true;
  return false;
}
