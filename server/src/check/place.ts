/** Gives compiler messages their place in the files as they are written. Pure: texts come through `SourceTexts`. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { alignCaret, type CompilerMessage } from '../toolchain';
import type { Problem, Range, RelatedPlace } from './types';

export interface SourceTexts {
  /** The lines of a file as the compiler saw them, or undefined if it cannot be read. */
  lines(file: string): readonly string[] | undefined;
  /** Where the name of a function with this mangled symbol stands in the checked file. */
  functionNamed(symbol: string): Range | undefined;
}

export interface PlaceOptions {
  /** The checked file. */
  readonly file: string;
  /** Whether a file belongs to the user, so that a message is shown in it. Toolkit and system headers do not. */
  readonly isOwn: (file: string) => boolean;
}

export function placeMessages(
  messages: readonly CompilerMessage[],
  texts: SourceTexts,
  options: PlaceOptions,
): Problem[] {
  const seen = new Set<string>();
  const spoken = new Set(
    messages
      .filter(({ origin }) => origin === 'frontend')
      .map(({ file, line }) => `${absolute(file ?? '', options.file)}:${line}`),
  );
  return messages
    .filter((message) => !isArtifact(message))
    .filter((message) => !isEcho(message, (place) => spoken.has(place), options.file))
    .flatMap((message) => placeMessage(message, texts, options))
    .filter((problem) => isNew(problem, seen));
}

/** True of every header that is compiled by itself, which only we do. */
function isArtifact({ message }: CompilerMessage): boolean {
  return message === '#pragma once in main file';
}

/** The host compiler warns in its own words of what the front end has warned of on the same line. */
function isEcho(
  { origin, severity, file, line }: CompilerMessage,
  spoken: (place: string) => boolean,
  checked: string,
): boolean {
  return (
    origin === 'host' && severity === 'warning' && file !== undefined && spoken(`${absolute(file, checked)}:${line}`)
  );
}

/** Passes see the same error twice, and templates repeat it for every instantiation: one place says a thing once. */
export function isNew(problem: Problem, seen: Set<string>): boolean {
  const { start } = problem.range;
  // One form of the front end's output appends the types of the arguments, the other does not.
  const words = problem.message.split('; argument types are')[0];
  const key = [problem.file, start.line, start.character, problem.severity, words].join('\0');
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

function placeMessage(message: CompilerMessage, texts: SourceTexts, options: PlaceOptions): Problem[] {
  const related = message.related.map((place): RelatedPlace => {
    const file = absolute(place.file, options.file);
    return { file, range: lineRange(texts.lines(file)?.[place.line - 1] ?? '', place.line), message: place.message };
  });
  const base = {
    severity: message.severity,
    source: 'nvcc' as const,
    ...(message.code === undefined ? {} : { rule: message.code }),
    message: message.message,
  };
  if (message.file === undefined || message.line === undefined) {
    const named = message.symbol === undefined ? undefined : texts.functionNamed(message.symbol);
    const range = named ?? lineRange(texts.lines(options.file)?.[0] ?? '', 1);
    return [{ ...base, file: options.file, range, related }];
  }

  const file = absolute(message.file, options.file);
  const range = rangeOf(message, message.line, texts.lines(file)?.[message.line - 1]);
  if (file === options.file) return [{ ...base, file, range, related }];

  // In a header: shown there if it is the user's, and at the #include that brings it in.
  const includeLine = findInclude(file, texts.lines(options.file) ?? []);
  const here = lineRange(texts.lines(options.file)?.[includeLine - 1] ?? '', includeLine);
  const atInclude: Problem = {
    ...base,
    file: options.file,
    range: here,
    message: l10n.t('In included file {0}, line {1}: {2}', path.basename(file), message.line, message.message),
    related: [{ file, range, message: message.message }, ...related],
  };
  return options.isOwn(file) ? [{ ...base, file, range, related }, atInclude] : [atInclude];
}

function absolute(file: string, checked: string): string {
  return path.normalize(path.isAbsolute(file) ? file : path.resolve(path.dirname(checked), file));
}

function rangeOf(message: CompilerMessage, line: number, source: string | undefined): Range {
  if (source === undefined) return lineRange('', line);
  if (message.caret !== undefined) {
    const found = alignCaret(source, message.caret.text, message.caret.column);
    if (found !== undefined) return onLine(line, found.start, found.end);
  }
  if (message.column !== undefined && isPreprocessors(message)) {
    const start = offsetOfDisplayColumn(source, message.column);
    const word = /^(?:[\p{L}\p{N}_$]+|"[^"]*"|<[^>]*>|[^\s])/u.exec(source.slice(start))?.[0] ?? '';
    return onLine(line, start, start + word.length);
  }
  const named = nameIn(source, message.message);
  return named === undefined ? lineRange(source, line) : onLine(line, named.start, named.end);
}

/** Where the line holds the first name that a message quotes: `calling a __host__ function("f(int)") from …`. */
function nameIn(source: string, message: string): { start: number; end: number } | undefined {
  for (const [, quoted = ''] of message.matchAll(/"([^"]+)"/g)) {
    const name = /(?:^|::|\s)([\p{L}_$][\p{L}\p{N}_$]*)(?:\(|<|$)/u.exec(quoted)?.[1];
    if (name === undefined) continue;
    const found = new RegExp(`(?<![\\p{L}\\p{N}_$])${name.replaceAll('$', '\\$')}(?![\\p{L}\\p{N}_$])`, 'u').exec(
      source,
    );
    if (found !== null) return { start: found.index, end: found.index + name.length };
  }
  return undefined;
}

function onLine(line: number, start: number, end: number): Range {
  return { start: { line: line - 1, character: start }, end: { line: line - 1, character: end } };
}

/**
 * Whether the host compiler speaks as a preprocessor. It reads the source then, and its column is right; later it
 * compiles what the front end generated, and only its line is.
 */
function isPreprocessors({ message, code }: CompilerMessage): boolean {
  return (
    /^#|: No such file or directory$|unterminated|#(?:el|if|endif|include|define)|missing (?:binary|terminating)|redefined|directive|macro/.test(
      message,
    ) || code === '-Wcpp'
  );
}

/** The whole line without its indentation and the comment behind it. */
function lineRange(source: string, line: number): Range {
  const code = /^(?:"(?:[^"\\]|\\.)*"|\/(?!\/)|[^"/])*/.exec(source)?.[0].trimEnd() ?? '';
  const shown = code.trim() === '' ? source.trimEnd() : code;
  const start = shown.length - shown.trimStart().length;
  return onLine(line, start, Math.max(start, shown.length));
}

/** gcc counts display columns from 1: tabs go to the next multiple of 8, East Asian letters take two. */
export function offsetOfDisplayColumn(source: string, column: number): number {
  let display = 1;
  let offset = 0;
  for (const letter of source) {
    if (display >= column) break;
    display += letter === '\t' ? 8 - ((display - 1) % 8) : isWide(letter) ? 2 : 1;
    offset += letter.length;
  }
  return offset;
}

function isWide(letter: string): boolean {
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
    letter,
  );
}

/** 1-based line of the #include that names `file`; the first #include of several unknowns; line 1 without any. */
function findInclude(file: string, lines: readonly string[]): number {
  const normal = file.replace(/\\/g, '/');
  let first: number | undefined;
  for (const [index, text] of lines.entries()) {
    const name = /^\s*#\s*include\s*[<"]([^>"]+)[>"]/.exec(text)?.[1];
    if (name === undefined) continue;
    first ??= index + 1;
    const tail = name.replace(/\\/g, '/').replace(/^(?:\.\.?\/)+/, '');
    if (normal.endsWith(`/${tail}`)) return index + 1;
  }
  return first ?? 1;
}
