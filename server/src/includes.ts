/** The files that a source includes: found, read and parsed for what the analysis asks of them. System headers are not followed. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Imports, includedPlace, includesOf, originOf, type CudaParser, type ParsedDocument } from './analysis';
import { describeError, type Log } from './log';

/** A source that draws in more is a library's; what is nearest is read first. */
const mostFiles = 200;
const mostCharacters = 2_000_000;
/** A larger header is generated, or a library in one file. */
const largestFile = 256 * 1024;

interface IncludedFile {
  readonly file: string;
  /** Which region its positions lie in (see `analysis/model/positions.ts`); for good. */
  readonly number: number;
  /** What the file system said when the text was read; nothing for an editor's text. */
  stamp: string | undefined;
  /** Grows with every other text. */
  revision: number;
  parsed: ParsedDocument;
}

/** What is included through a document, and whether a later question would be answered the same. */
interface Answer {
  readonly key: string;
  readonly imports: Imports;
  readonly files: ReadonlySet<string>;
}

export class Includes {
  readonly #files = new Map<string, IncludedFile>();
  readonly #byNumber: IncludedFile[] = [];
  readonly #answers = new Map<string, Answer>();
  /** Macros of flags, as texts that define them. */
  readonly #defined = new Map<string, IncludedFile>();
  readonly #toolkitFolders = new Map<string, Promise<boolean>>();

  /** `openTexts`: what editors hold by absolute path, saved or not. */
  constructor(
    private readonly parser: CudaParser,
    private readonly log: Log,
    private readonly openTexts: () => ReadonlyMap<string, string>,
  ) {}

  /**
   * What `file`, whose text is `document`, includes. The same object as long as nothing of it changes. `folders` are those of
   * -I; `macros`, which stand before everything that is included, those of -D (see `definedMacros`).
   */
  async of(
    file: string,
    document: ParsedDocument,
    folders: readonly string[],
    macros = '',
  ): Promise<Imports | undefined> {
    const found = await this.#reach(file, document, await this.#ownFolders(folders));
    const all = macros === '' ? found : [this.#definitions(macros), ...found];
    const key = all.map(({ number, revision }) => `${number}.${revision}`).join();
    const known = this.#answers.get(file);
    if (known?.key === key) return known.imports;
    if (all.length === 0) {
      this.#answers.delete(file);
      return undefined;
    }
    const imports = new Imports(all.map(({ parsed }) => parsed));
    this.#answers.set(file, { key, imports, files: new Set(found.map((included) => included.file)) });
    return imports;
  }

  /** Whether `file` includes `other`, directly or not, as far as was asked. */
  reaches(file: string, other: string): boolean {
    return this.#answers.get(file)?.files.has(other) ?? false;
  }

  /** The texts that `file` includes, as far as was asked, in the order of the files' names. */
  texts(file: string): string[] {
    const files = [...(this.#answers.get(file)?.files ?? [])].sort();
    return files.flatMap((included) => this.#files.get(included)?.parsed.text ?? []);
  }

  forget(file: string): void {
    this.#answers.delete(file);
  }

  /** Where a position lies that the analysis gives for something included. */
  locate(position: number): { readonly file: string; readonly text: string; readonly offset: number } | undefined {
    const place = includedPlace(position);
    const included = place && this.#byNumber[place.number];
    return included && { file: included.file, text: included.parsed.text, offset: place.offset };
  }

  /** The included files, breadth first. */
  async #reach(file: string, document: ParsedDocument, folders: readonly string[]): Promise<IncludedFile[]> {
    const open = this.openTexts();
    const seen = new Set([file]);
    const found: IncludedFile[] = [];
    let characters = 0;
    const queue: { folder: string; parsed: ParsedDocument }[] = [{ folder: path.dirname(file), parsed: document }];
    for (let next = queue.shift(); next; next = queue.shift()) {
      for (const { name, quoted } of includesOf(next.parsed)) {
        for (const folder of quoted ? [next.folder, ...folders] : folders) {
          const candidate = path.resolve(folder, name);
          if (seen.has(candidate)) break;
          const included = await this.#read(candidate, open.get(candidate));
          if (!included) continue;
          seen.add(candidate);
          characters += included.parsed.text.length;
          if (found.length >= mostFiles || characters > mostCharacters) return found;
          found.push(included);
          queue.push({ folder: path.dirname(candidate), parsed: included.parsed });
          break;
        }
      }
    }
    return found;
  }

  /** The file as it is now, or nothing if there is none that is worth reading. */
  async #read(file: string, openText: string | undefined): Promise<IncludedFile | undefined> {
    const known = this.#files.get(file);
    if (openText !== undefined) return this.#keep(file, openText, undefined);
    try {
      const { mtimeMs, size, isFile } = await status(file);
      if (!isFile || size > largestFile) return undefined;
      const stamp = `${mtimeMs}:${size}`;
      if (known?.stamp === stamp) return known;
      return this.#keep(file, await readFile(file, 'utf8'), stamp);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'ENOTDIR')
        this.log.warn(`${file} is not followed: ${describeError(error)}`);
      return undefined;
    }
  }

  #definitions(macros: string): IncludedFile {
    let known = this.#defined.get(macros);
    if (known === undefined) {
      const number = this.#byNumber.length;
      known = { file: '', number, stamp: undefined, revision: 0, parsed: this.#parse(macros, number) };
      this.#defined.set(macros, known);
      this.#byNumber.push(known);
    }
    return known;
  }

  #parse(text: string, number: number): ParsedDocument {
    const parsed = this.parser.parse(text, originOf(number));
    // Its items are all that is read; the next text is parsed from scratch.
    parsed.dispose();
    return parsed;
  }

  #keep(file: string, text: string, stamp: string | undefined): IncludedFile {
    const known = this.#files.get(file);
    if (known?.parsed.text === text) {
      known.stamp = stamp;
      return known;
    }
    const number = known?.number ?? this.#byNumber.length;
    const parsed = this.#parse(text, number);
    if (known) {
      known.parsed = parsed;
      known.stamp = stamp;
      known.revision++;
      return known;
    }
    const included: IncludedFile = { file, number, stamp, revision: 0, parsed };
    this.#files.set(file, included);
    this.#byNumber.push(included);
    return included;
  }

  /** Folders that are not a CUDA toolkit's. */
  async #ownFolders(folders: readonly string[]): Promise<string[]> {
    const own: string[] = [];
    for (const folder of folders) {
      let toolkit = this.#toolkitFolders.get(folder);
      if (!toolkit) {
        toolkit = status(path.join(folder, 'cuda_runtime.h')).then(
          () => true,
          () => false,
        );
        this.#toolkitFolders.set(folder, toolkit);
      }
      if (!(await toolkit)) own.push(folder);
    }
    return own;
  }
}

async function status(file: string): Promise<{ mtimeMs: number; size: number; isFile: boolean }> {
  const found = await stat(file);
  return { mtimeMs: found.mtimeMs, size: found.size, isFile: found.isFile() };
}

/** The folders of -I among nvcc's arguments; relative ones start at `base`. */
export function includeFolders(flags: readonly string[], base: string): string[] {
  const folders: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const match = /^(?:-I|--include-path(?:=|$))(.*)$/.exec(flags[i]!);
    if (!match) continue;
    const value = match[1] === '' ? flags[++i] : match[1];
    if (value !== undefined && value !== '') folders.push(...value.split(',').map((part) => path.resolve(base, part)));
  }
  return [...new Set(folders)];
}

/** The macros of -D among nvcc's arguments as lines that define them, without those that a later -U takes away. */
export function definedMacros(flags: readonly string[]): string {
  const macros = new Map<string, string>();
  for (let i = 0; i < flags.length; i++) {
    const match = /^(?:-([DU])=?|--(define|undefine)-macro(?:=|$))(.*)$/s.exec(flags[i]!);
    if (!match) continue;
    const value = match[3] === '' ? flags[++i] : match[3];
    // nvcc takes lists: -DA,B=2.
    for (const part of value?.split(/,(?=[A-Za-z_])/) ?? []) {
      const [, name, parameters = '', body = '1'] =
        /^([A-Za-z_]\w*)(\([^()]*\))?(?:=([^\n]*))?$/.exec(part.trim()) ?? [];
      if (name === undefined) continue;
      macros.delete(name);
      if (match[1] !== 'U' && match[2] !== 'undefine') macros.set(name, `#define ${name}${parameters} ${body}\n`);
    }
  }
  return [...macros.values()].join('');
}
