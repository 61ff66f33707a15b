/** The other files of a project that launch the kernels of a file: found, read and parsed beside everything else. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { buildModel, type CudaParser, type FileModel, type Imports, type ParsedDocument } from './analysis';
import { describeError, type Log } from './log';
import { candidatesOf, launchesIn, type LaunchingFile } from './runner';

/** What a project has more of is looked through as far as this, the nearest first. */
const mostFiles = 256;
/** Files that launch the kernels of one: the likeliest few tell what there is to know. */
const mostSites = 8;
const largestFile = 512 * 1024;
const cudaText = /\.(?:cu|cuh|h|hpp|hh|hxx|inl|cc|cpp|cxx)$/i;

interface ReadFile {
  readonly stamp: string;
  readonly text: string;
  /** Last parts of the names that stand where a kernel is launched. */
  readonly launched: ReadonlySet<string>;
  site?: { readonly imports: Imports | undefined; readonly model: FileModel };
}

export interface ProjectView {
  importsOf(file: string, document: ParsedDocument): Promise<Imports | undefined>;
  /** The sources that the nearest compilation database names. */
  sourcesFor(file: string): Promise<readonly string[]>;
  /** Whether a file includes another one, as far as its imports were asked for. */
  reaches(file: string, other: string): boolean;
  /** What editors hold by absolute path. */
  openTexts(): ReadonlyMap<string, string>;
  /** Workspace folders. */
  folders(): readonly string[];
}

/** No file of the project launches any of the kernels. */
export const noSites: readonly LaunchingFile[] = [];

export class LaunchSites {
  readonly #files = new Map<string, ReadFile | undefined>();
  readonly #answers = new Map<string, readonly LaunchingFile[]>();

  constructor(
    private readonly parser: CudaParser,
    private readonly log: Log,
    private readonly project: ProjectView,
  ) {}

  /** Files that launch kernels which `file` defines and does not launch itself, the likeliest first. The same list as long as nothing changes. */
  async of(file: string, model: FileModel): Promise<readonly LaunchingFile[]> {
    const kernels = unlaunched(model);
    const names = new Set(kernels.map(({ name }) => lastPart(name)));
    const found: LaunchingFile[] = [];
    if (names.size > 0) {
      const open = this.project.openTexts();
      for (const other of await this.#candidates(file)) {
        const read = await this.#read(other, open.get(other));
        if (read === undefined || ![...names].some((name) => read.launched.has(name))) continue;
        const site = await this.#site(other, read);
        const includes = this.project.reaches(other, file);
        if (!kernels.some((kernel) => launchesIn(site.model, kernel, includes).length > 0)) continue;
        found.push({ file: other, text: read.text, model: site.model, includes });
        if (found.length >= mostSites) break;
      }
    }
    const known = this.#answers.get(file) ?? noSites;
    const same =
      known.length === found.length &&
      known.every(({ model, includes }, at) => found[at]?.model === model && found[at].includes === includes);
    if (same) return known;
    this.#answers.set(file, found);
    return found;
  }

  /** Whether what was last found for `file` stands in `other`. */
  standIn(file: string, other: string): boolean {
    return this.#answers.get(file)?.some((site) => site.file === other) ?? false;
  }

  forget(file: string): void {
    this.#answers.delete(file);
  }

  /** What the compilation database names, and the sources beside the file and, within the workspace, in the folder above. */
  async #candidates(file: string): Promise<string[]> {
    const folder = path.dirname(file);
    const above = path.dirname(folder);
    const inside = this.project.folders().some((root) => above === root || above.startsWith(root + path.sep));
    const beside = await Promise.all([folder, ...(inside ? [above] : [])].map((each) => this.#sourcesIn(each)));
    const all = new Set([...beside.flat(), ...(await this.project.sourcesFor(file))]);
    all.delete(file);
    const away = (other: string) => path.relative(folder, path.dirname(other)).split(path.sep).filter(Boolean).length;
    return [...all]
      .filter((other) => cudaText.test(other))
      .map((other) => ({ other, away: away(other) }))
      .sort((a, b) => a.away - b.away || (a.other < b.other ? -1 : 1))
      .slice(0, mostFiles)
      .map(({ other }) => other);
  }

  async #sourcesIn(folder: string): Promise<string[]> {
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => path.join(folder, name));
    } catch (error) {
      this.#warn(folder, error);
      return [];
    }
  }

  async #read(file: string, openText: string | undefined): Promise<ReadFile | undefined> {
    const known = this.#files.get(file);
    if (openText !== undefined) return known?.text === openText ? known : this.#keep(file, 'open', openText);
    try {
      const { mtimeMs, size } = await stat(file);
      if (size > largestFile) return undefined;
      const stamp = `${mtimeMs}:${size}`;
      return known?.stamp === stamp ? known : this.#keep(file, stamp, await readFile(file, 'utf8'));
    } catch (error) {
      this.#files.delete(file);
      this.#warn(file, error);
      return undefined;
    }
  }

  #keep(file: string, stamp: string, text: string): ReadFile {
    const launched = new Set<string>();
    for (const [, name = ''] of text.matchAll(/([A-Za-z_]\w*)\s*(?:<[^;{}]*?>\s*)?<<</g)) launched.add(name);
    // Launches by call or by macro name the kernel among their arguments.
    if (/\bcudaLaunch|#[ \t]*define\b[^\n]*(?:\\\r?\n[^\n]*)*<<</.test(text))
      for (const [name] of text.matchAll(/[A-Za-z_]\w*/g)) launched.add(name);
    const read = { stamp, text, launched };
    this.#files.set(file, read);
    return read;
  }

  async #site(file: string, read: ReadFile): Promise<NonNullable<ReadFile['site']>> {
    const parsed = this.parser.parse(read.text);
    try {
      const imports = await this.project.importsOf(file, parsed);
      if (read.site === undefined || read.site.imports !== imports)
        read.site = { imports, model: buildModel(parsed, imports) };
      return read.site;
    } finally {
      parsed.dispose();
    }
  }

  #warn(place: string, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      this.log.warn(`${place} is not searched for launches: ${describeError(error)}`);
  }
}

/** The file that includes a kernel's and launches it, if there is one. */
export function includerOf(
  sites: readonly LaunchingFile[],
  model: FileModel,
  kernelName: string,
): LaunchingFile | undefined {
  const kernel = unlaunched(model).find(({ name }) => name === kernelName);
  if (kernel === undefined) return undefined;
  return sites.find(({ includes, model: other }) => includes && launchesIn(other, kernel, includes).length > 0);
}

/** Kernels that a file defines and does not launch. */
export function unlaunched(model: FileModel): FileModel['kernels'] {
  return model.kernels.filter((kernel) => kernel.body !== undefined && candidatesOf(model, kernel).length === 0);
}

function lastPart(name: string): string {
  return name.split('::').at(-1) ?? name;
}
