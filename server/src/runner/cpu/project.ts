/** The user's file with every header of the project that it includes, rewritten into a folder of our own. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LocatedMessage } from '../../../../protocol/src';
import type { SourceText } from '../backend';
import type { Edit, EditedText } from '../code/edits';
import { lineDirective } from '../../toolchain';
import { rewrite } from './rewrite';
import { includesOf, isNameOf } from '../code/missing';
import { neededCode } from '../code/needed';
import { findUnsupported, isOfGpuLibrary, type UnsupportedPlace } from './unsupported';

export interface ProjectOptions {
  readonly source: SourceText;
  readonly includeFolders: readonly string[];
  /** Our own headers: what they offer is never taken from anywhere else. */
  readonly runtimeInclude: string;
  /** Of *Run Kernel*: what the driver names. Host code that no such name needs is left out where only a GPU could run it. */
  readonly kernel?: readonly string[];
  /** Of *Run Kernel*: headers that no folder has, to be done without. */
  readonly missing?: ReadonlySet<string>;
}

interface SourceFile {
  readonly file: string;
  readonly text: string;
  /** How the name stands in the directive → the file it means. */
  readonly includes: ReadonlyMap<string, string>;
}

/** What may make a header differ from plain C++. */
const cudaSyntax = /<<<|\b__(?:global|device|shared)__\b|\bcudaLaunch/;

export class Project {
  /** Original files, the main file first. */
  readonly files: readonly string[];
  readonly usesGridSync: boolean;
  /** Whether the kernel uses something of a missing header. */
  readonly needsMissing: boolean;
  readonly unsupported: readonly (LocatedMessage & { readonly conditional: boolean; readonly kernel?: string })[];
  readonly #sources: ReadonlyMap<string, SourceFile>;
  readonly #left: ReadonlyMap<string, readonly Edit[]>;
  readonly #copied: ReadonlyMap<string, { readonly name: string; readonly edited: EditedText }>;

  constructor(private readonly options: ProjectOptions) {
    this.#sources = readSources(options);
    this.files = [...this.#sources.keys()];
    const found = new Map([...this.#sources].map(([file, { text }]) => [file, findUnsupported(text)]));
    const { left, remaining, needsMissing } = leaveOut(this.#sources, found, options);
    this.#left = left;
    this.needsMissing = needsMissing;
    const copies = this.#chooseCopies();
    const copied = new Map<string, { name: string; edited: EditedText }>();
    let usesGridSync = false;
    for (const [file, name] of copies) {
      const source = this.#sources.get(file);
      if (source === undefined) continue;
      const result = rewrite(source.text, {
        ...this.#rewriting(file),
        include: (included, quoted) => {
          const target = source.includes.get(includeKey(included, quoted));
          return target === undefined ? undefined : (copies.get(target) ?? target);
        },
      });
      usesGridSync ||= result.usesGridSync;
      copied.set(file, { name, edited: result.edited });
    }
    this.usesGridSync = usesGridSync;
    this.#copied = copied;
    this.unsupported = [...remaining].flatMap(([file, places]) =>
      places.map((place) => ({
        file,
        line: place.line,
        column: place.column,
        severity: 'error' as const,
        message: `${place.what}: ${place.why}`,
        conditional: place.conditional,
        ...(place.kernel === undefined ? {} : { kernel: place.kernel }),
      })),
    );
  }

  #rewriting(file: string): { excludeMain: boolean; leaveOut: readonly Edit[] } {
    return { excludeMain: this.options.kernel !== undefined, leaveOut: this.#left.get(file) ?? [] };
  }

  /** Name of the main file in the folder that `write` fills. */
  get mainName(): string {
    return this.#copied.get(this.options.source.file)?.name ?? '';
  }

  /** Changes when the text of any file does. */
  fingerprint(): string {
    const hash = createHash('sha256');
    for (const source of this.#sources.values()) hash.update(`${source.file}\0${source.text}\0`);
    return hash.digest('hex');
  }

  /** Writes the rewritten files into `folder`; `tail` is appended to the main file. */
  async write(folder: string, tail: string): Promise<void> {
    for (const [file, { name, edited }] of this.#copied) {
      const end = file === this.options.source.file ? `\n${tail}` : '';
      await writeFile(path.join(folder, name), `${lineDirective(1, file)}\n${edited.text}${end}`);
    }
  }

  /** Takes a compiler's place back to the original: lines are the same, columns are not where we inserted. */
  locate(file: string, line: number, byteColumn: number | undefined): { line: number; column?: number } {
    const edited = this.#copied.get(file)?.edited;
    if (byteColumn === undefined || edited === undefined) return { line, ...(byteColumn && { column: byteColumn }) };
    return edited.toOriginal(line, byteColumn);
  }

  /** Files that differ from their originals, and those that include such files: only these need a copy. */
  #chooseCopies(): Map<string, string> {
    const needed = new Set<string>([this.options.source.file]);
    for (const source of this.#sources.values()) {
      const rewriting = this.#rewriting(source.file);
      if (!cudaSyntax.test(source.text) && rewriting.leaveOut.length === 0) continue;
      if (rewrite(source.text, rewriting).edited.changed) needed.add(source.file);
    }
    for (let grew = true; grew;) {
      grew = false;
      for (const source of this.#sources.values()) {
        if (needed.has(source.file) || ![...source.includes.values()].some((file) => needed.has(file))) continue;
        needed.add(source.file);
        grew = true;
      }
    }
    return new Map([...needed].map((file, i) => [file, i === 0 ? 'main.cpp' : `header${i}.h`]));
  }
}

/** A library's header brings others with it, of which its user may know nothing. */
const inPlaceOfLibraries = '#include <kernel_lens/in_place_of_libraries.h>';

type Found = ReadonlyMap<string, readonly UnsupportedPlace[]>;

/** What to leave out of the files so that as little as possible needs a GPU, and what then still does. */
function leaveOut(
  sources: ReadonlyMap<string, SourceFile>,
  found: Found,
  { kernel, missing = new Set() }: ProjectOptions,
): { left: ReadonlyMap<string, readonly Edit[]>; remaining: Found; needsMissing: boolean } {
  const some = [...found.values()].some((places) => places.some((place) => place.kernel === undefined));
  if (kernel === undefined || (!some && missing.size === 0)) {
    return { left: new Map(), remaining: found, needsMissing: false };
  }
  const texts = new Map([...sources].map(([file, { text }]) => [file, text]));
  const isMissing = isNameOf(missing);
  const needed = neededCode(texts, kernel, (name) => isOfGpuLibrary(name) || isMissing(name));
  const names = [...needed.names];
  const left = new Map<string, readonly Edit[]>();
  const remaining = new Map<string, UnsupportedPlace[]>();
  for (const [file, places] of found) {
    const ranges = (needed.left.get(file) ?? []).map((range) => ({ ...range, text: '' }));
    const includes = places.flatMap(({ library }) =>
      library && !names.some((name) => library.names.test(name)) ? [library] : [],
    );
    left.set(file, [
      ...ranges,
      ...includes.map(({ start, end }) => ({ start, end, text: inPlaceOfLibraries })),
      ...includesOf(texts.get(file) ?? '', missing, inPlaceOfLibraries),
    ]);
    const isLeft = ({ offset, library }: UnsupportedPlace) =>
      library ? includes.includes(library) : ranges.some(({ start, end }) => offset >= start && offset < end);
    remaining.set(
      file,
      places.filter((place) => !isLeft(place)),
    );
  }
  return { left, remaining, needsMissing: names.some(isMissing) };
}

function includeKey(name: string, quoted: boolean): string {
  return quoted ? `"${name}"` : `<${name}>`;
}

/** Follows `#include` from the main file through the project; headers of the system and of CUDA end the path. */
function readSources(options: ProjectOptions): Map<string, SourceFile> {
  const sources = new Map<string, SourceFile>();
  const queue = [options.source.file];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (sources.has(file)) continue;
    const text = file === options.source.file ? options.source.text : readText(file);
    // The compiler will say what is wrong with a header that cannot be read.
    if (text === undefined) continue;
    const includes = new Map<string, string>();
    for (const match of text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]/gm)) {
      const name = match[2] ?? '';
      const quoted = match[1] === '"';
      const target = resolveInclude(name, quoted ? [path.dirname(file)] : [], options);
      if (target === undefined) continue;
      includes.set(includeKey(name, quoted), target);
      queue.push(target);
    }
    sources.set(file, { file, text, includes });
  }
  return sources;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function resolveInclude(name: string, near: readonly string[], options: ProjectOptions): string | undefined {
  if (existsSync(path.join(options.runtimeInclude, name))) return undefined;
  for (const folder of [...near, ...options.includeFolders]) {
    const file = path.resolve(folder, name);
    if (existsSync(file) && statSync(file).isFile()) return file;
  }
  return undefined;
}
