/** Reads the messages of g++ and clang++. Pure. */
import type { LocatedMessage } from '../../../../protocol/src';

const message = /^(.+?):(\d+):(?:(\d+):)? (fatal error|error|warning|note): (.*)$/;
const linkProblem = /(?:undefined reference to|undefined symbol|multiple definition of|cannot find -l).*$/;

export interface CompilerOutputOptions {
  /** Takes a place back to the user's text. */
  readonly locate: (
    file: string,
    line: number,
    byteColumn: number | undefined,
  ) => { readonly line: number; readonly column?: number };
  /** Whether a file is the user's; the message of another is moved to the place in the user's file that led there. */
  readonly isUserFile: (file: string) => boolean;
  /** Where a message without any place of the user's goes. */
  readonly fallbackFile: string;
}

/** Errors at their places in the user's files; at most `limit`, as one mistake often brings hundreds. */
export function parseCompilerErrors(output: string, options: CompilerOutputOptions, limit = 50): LocatedMessage[] {
  const found: LocatedMessage[] = [];
  // `required from here` lines stand before a template's error and name the user's line.
  let cameFrom: { file: string; line: number; column: number | undefined } | undefined;
  for (const line of output.split(/\r?\n/)) {
    if (found.length >= limit) break;
    const match = message.exec(line);
    if (match === null) {
      const from = /^(.+?):(\d+):(?:(\d+):)? +required (?:from|by)/.exec(line);
      if (from?.[1] !== undefined && options.isUserFile(from[1])) {
        cameFrom = { file: from[1], line: Number(from[2]), column: numberOrUndefined(from[3]) };
      }
      const link = linkProblem.exec(line)?.[0];
      if (link !== undefined) found.push({ file: options.fallbackFile, line: 1, severity: 'error', message: link });
      continue;
    }
    const [, file = '', lineText = '1', columnText, kind = '', text = ''] = match;
    if (kind !== 'error' && kind !== 'fatal error') {
      // clang names the user's line in a note after the error.
      const last = found[found.length - 1];
      if (kind === 'note' && last?.file === options.fallbackFile && last.line === 1 && options.isUserFile(file)) {
        found[found.length - 1] = {
          ...last,
          file,
          ...options.locate(file, Number(lineText), numberOrUndefined(columnText)),
        };
      }
      continue;
    }
    const own = options.isUserFile(file);
    const place = own ? { file, line: Number(lineText), column: numberOrUndefined(columnText) } : cameFrom;
    found.push({
      file: place?.file ?? options.fallbackFile,
      ...(place === undefined ? { line: 1 } : options.locate(place.file, place.line, place.column)),
      severity: 'error',
      message: text,
    });
    cameFrom = undefined;
  }
  return found;
}

function numberOrUndefined(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
