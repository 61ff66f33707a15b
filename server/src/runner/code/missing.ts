/** A file whose headers are not all to be had: what is left of it for one kernel. Pure. */
import * as l10n from '@vscode/l10n';
import { EditedText, type Edit } from './edits';
import { neededCode } from './needed';
import { tokenize } from './tokens';

/** Names that belong to whoever includes such a header: its namespaces, and what its macros begin with. */
const known: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:torch|ATen|c10|pybind11)\//, /^(?:torch|at|c10|pybind11|py)$|^(?:AT|TORCH|C10|PYBIND11)_/],
  [/^opencv/, /^cv$|^CV_/],
  [/^Eigen\//, /^Eigen$|^EIGEN_/],
  [/^boost\//, /^boost$|^BOOST_/],
  [/^(?:tensorflow|xla)\//, /^(?:tensorflow|tsl|xla)$|^TF_|^XLA_/],
  [/^(?:GL|GLFW|freeglut|SDL2?)(?:\/|\.h)/, /^(?:gl|glut|glfw|glew|SDL_?)[A-Z]|^GL(?:FW|UT|EW)?_|^GL[a-z]+$/],
];

/** Whether a name is one that a header may bring; of a header that nobody knows, by its beginning: `mpi.h` and `MPI_Init`. */
export function isNameOf(headers: ReadonlySet<string>): (name: string) => boolean {
  const patterns = [...headers].map((header) => {
    const entry = known.find(([pattern]) => pattern.test(header));
    if (entry !== undefined) return entry[1];
    const [first = ''] = header.replace(/\.\w+$/, '').split('/');
    return new RegExp(`^${first.replace(/\W/g, '')}(?:_|$)`, 'i');
  });
  return (name) => patterns.some((pattern) => pattern.test(name));
}

/**
 * The text without `#include` of the missing headers, without the functions that kernel needs none of, and without what
 * names something of such a header. Lines keep their numbers. Undefined where something that is needed names it.
 */
export function withoutHeaders(
  text: string,
  missing: ReadonlySet<string>,
  keep: readonly string[],
): EditedText | undefined {
  const ofHeader = isNameOf(missing);
  const needed = neededCode(new Map([['', text]]), keep, ofHeader);
  if ([...needed.names].some(ofHeader)) return undefined;
  const left = (needed.left.get('') ?? []).map((range) => ({ ...range, text: '' }));
  return new EditedText(text, [...left, ...includesOf(text, missing)]);
}

/** The `#include` of these headers, each to be replaced by `by`. */
export function includesOf(text: string, headers: ReadonlySet<string>, by = ''): Edit[] {
  return tokenize(text).flatMap(({ directive, value, start, end }): Edit[] =>
    directive === 'include' && headers.has(includedName(value) ?? '') ? [{ start, end, text: by }] : [],
  );
}

export function includes(text: string, header: string): boolean {
  return includesOf(text, new Set([header])).length > 0;
}

/** The name in `#include <name>` or `#include "name"`. */
export function includedName(directive: string): string | undefined {
  return /^#\s*include\s*["<]([^">]+)[">]/.exec(directive)?.[1];
}

/** The header that a compiler's message misses. */
export function missingHeader(message: string): string | undefined {
  // gcc, clang, cl and nvcc's own front end.
  return (
    /^(.+): No such file or directory$/.exec(message)?.[1] ??
    /^'(.+)' file not found$/.exec(message)?.[1] ??
    /^cannot open source file "(.+)"$/.exec(message)?.[1] ??
    /^Cannot open include file: '(.+)'/.exec(message)?.[1]
  );
}

/** As many headers of a file are done without. */
export const missingAtMost = 8;

/** What a result says that was built without them. */
export function missingNote(headers: ReadonlySet<string>): string {
  return l10n.t(
    'Not found: {0}. The kernel was built without it and the host code that uses it.',
    [...headers].join(', '),
  );
}

/** What to do about it, after a message that names the header. */
export function missingHint(): string {
  return l10n.t('Name the folder that it is in: an item -I<folder> in kernelLens.cuda.flags.');
}
