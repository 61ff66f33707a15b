/** What one client's connection has: its settings, its documents, the toolkit found for it. */
import os from 'node:os';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import {
  parseSettings,
  type GpuDevice,
  type InitializationOptions,
  type Settings,
  type LaunchChoice,
} from '../../protocol/src';
import { computeCapabilityOf, type CudaParser, type Imports, type ParsedDocument, type Target } from './analysis';
import { type OpenDocument } from './documents';
import { definedMacros, includeFolders, Includes } from './includes';
import { LaunchSites } from './launch-sites';
import type { Log } from './log';
import { History } from './history';
import { Reports } from './profiler/reports';
import { RunHistory } from './run-history';
import { Saves } from './saves';
import { detectArchitecture, locateToolkit, ProjectDatabases, type FlagsOfFile, type ToolkitSearch } from './toolchain';

export interface Compilation {
  /** nvcc arguments, the architecture's aside. */
  readonly flags: readonly string[];
  /** nvcc's -arch value, or undefined for the toolkit's default. */
  readonly architecture: string | undefined;
  /** The project's own architecture arguments, for a full compilation. */
  readonly architectureFlags: readonly string[];
  /** The compilation database the flags come from. */
  readonly database: string | undefined;
}

export class Session {
  readonly documents = new Map<string, OpenDocument>();
  readonly history = new RunHistory();
  /** Launches that people chose, by document and kernel; what is not here is the best one. */
  readonly launchChoices = new Map<string, LaunchChoice>();
  /** Runs on disk, across sessions. */
  readonly runs: History;
  /** Kernels that run again when they are saved: `uri` and the kernel's name. */
  isWatched: (uri: string, kernel: string) => boolean = () => false;
  readonly saves = new Saves();
  /** Profiles, to be looked at and compared. */
  readonly profiles = new Reports();
  readonly databases = new ProjectDatabases();
  readonly includes: Includes;
  readonly launchSites: LaunchSites;
  /** Build folders of other extensions' settings, absolute: where a compilation database may be. */
  buildFolders: readonly string[] = [];
  settings: Settings = parseSettings(undefined);
  trusted = true;
  /** clangd or cpptools work on the same documents. */
  besideCppTools = false;
  /** The GPU that the next run takes, once it is known. */
  gpu: GpuDevice | undefined;
  /** The folder for build products and the history. Whoever writes in it makes it, and says so where that fails. */
  cacheDirectory = defaultCacheDirectory();
  /** Tells the user something that no request answers. */
  warn: (message: string) => void = (message) => this.log.warn(message);
  /** Workspace folders, absolute paths. */
  folders: readonly string[] = [];
  #toolkit: Promise<ToolkitSearch> | undefined;
  #architecture: Promise<string | undefined> | undefined;

  constructor(
    readonly parser: CudaParser,
    readonly log: Log,
  ) {
    this.runs = new History(() => Promise.resolve(this.cacheDirectory), { warn: (message) => this.warn(message) });
    const openTexts = () => new Map([...this.documents.values()].map(({ file, content }) => [file, content]));
    this.includes = new Includes(parser, log, openTexts);
    this.launchSites = new LaunchSites(parser, log, {
      importsOf: (file, document) => this.importsOf(file, document),
      sourcesFor: (file) => {
        const { folders, buildFolders } = this;
        return this.trusted ? this.databases.sourcesFor(file, { folders, buildFolders }) : Promise.resolve([]);
      },
      reaches: (file, other) => this.includes.reaches(file, other),
      openTexts,
      folders: () => this.folders,
    });
  }

  configure(options: InitializationOptions): void {
    this.trusted = options.trusted ?? true;
    this.besideCppTools = options.besideCppTools ?? false;
    if (options.cacheDirectory !== undefined) this.cacheDirectory = options.cacheDirectory;
  }

  /** Takes new settings; the toolkit is looked for again if they speak of it. */
  applySettings(section: unknown): void {
    const next = parseSettings(section);
    if (JSON.stringify(next.cuda) !== JSON.stringify(this.settings.cuda)) this.forgetToolkit();
    if (next.run.gpu !== this.settings.run.gpu) this.#architecture = undefined;
    this.settings = next;
  }

  forgetToolkit(): void {
    this.#toolkit = undefined;
    this.#architecture = undefined;
  }

  /** The toolkit, searched for once until the settings change. Starts processes: trusted workspaces only. */
  toolkit(): Promise<ToolkitSearch> {
    if (!this.trusted)
      return Promise.resolve({ found: false, message: l10n.t('The workspace is not trusted.'), tried: [] });
    const { path: setting, hostCompiler } = this.settings.cuda;
    this.#toolkit ??= locateToolkit({ setting, hostCompiler });
    return this.#toolkit;
  }

  /** How a file is compiled: the project's own flags where a database knows them, then the settings'. */
  async compilation(file: string): Promise<Compilation> {
    const { architecture, flags } = this.settings.cuda;
    const project = await this.#projectFlags(file);
    const named = architecture !== 'auto' ? [architecture] : (project?.architectures ?? []);
    const usable = named.filter((name) => name !== 'native');
    const here = usable.length === 1 ? undefined : await this.#gpuArchitecture();
    return {
      flags: [...(project?.flags ?? []), ...flags],
      // Of several, the one that runs here.
      architecture: here !== undefined && (usable.length === 0 || usable.includes(here)) ? here : usable[0],
      architectureFlags: architecture === 'auto' && !named.includes('native') ? (project?.architectureFlags ?? []) : [],
      database: project?.database,
    };
  }

  /** What `file`, whose text is `document`, includes, system headers aside, and the macros that its flags define. */
  async importsOf(file: string, document: ParsedDocument): Promise<Imports | undefined> {
    const project = await this.#projectFlags(file);
    const flags = [...(project?.flags ?? []), ...this.settings.cuda.flags];
    return this.includes.of(file, document, includeFolders(flags, path.dirname(file)), definedMacros(flags));
  }

  async #projectFlags(file: string): Promise<FlagsOfFile | undefined> {
    const { folders, buildFolders } = this;
    return this.trusted ? this.databases.flagsFor(file, { folders, buildFolders }) : undefined;
  }

  /** What a file is compiled for, as far as it is known. */
  async target(file: string): Promise<Target> {
    const computeCapability = computeCapabilityOf((await this.compilation(file)).architecture);
    const search = await this.toolkit();
    return {
      ...(computeCapability === undefined ? {} : { computeCapability }),
      ...(search.found ? { toolkit: search.toolkit.version } : {}),
    };
  }

  #gpuArchitecture(): Promise<string | undefined> {
    if (!this.trusted) return Promise.resolve(undefined);
    this.#architecture ??= detectArchitecture(this.settings.run.gpu);
    return this.#architecture;
  }

  /** The open document of a file. */
  documentOf(file: string): OpenDocument | undefined {
    for (const document of this.documents.values()) if (document.file === file) return document;
    return undefined;
  }

  document(uri: string): OpenDocument | undefined {
    return this.documents.get(uri);
  }
}

export function defaultCacheDirectory(): string {
  const base =
    process.platform === 'win32'
      ? (process.env['LOCALAPPDATA'] ?? path.join(os.homedir(), 'AppData', 'Local'))
      : process.platform === 'darwin'
        ? path.join(os.homedir(), 'Library', 'Caches')
        : (process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'));
  return path.join(base, 'kernel-lens');
}
