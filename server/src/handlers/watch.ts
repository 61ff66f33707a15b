/** Watch: a kernel is run again when its file, or a file it includes, has been saved. Here is known when; the client runs it. */
import { readFile, stat } from 'node:fs/promises';
import type { KernelRef, WatchParams, WatchTriggered } from '../../../protocol/src';
import { fileOf, type OpenDocument } from '../documents';
import type { Session } from '../session';

/** Milliseconds in which an editor has read again what another program wrote. */
const reloadMs = 500;

export interface WatchOutput {
  changed(watched: readonly KernelRef[]): void;
  triggered(trigger: WatchTriggered): void;
}

export class Watches {
  /** Kernels by document, with the text that last set one off. */
  readonly #documents = new Map<string, { readonly kernels: Set<string>; last: string | undefined }>();
  /** State of each included file at its last save: saves are heard of from the editor and from the disk. */
  readonly #saved = new Map<string, string>();

  constructor(
    private readonly session: Session,
    private readonly output: WatchOutput,
  ) {}

  /** Answers what is watched then. */
  set({ uri, kernel, on }: WatchParams): readonly KernelRef[] {
    const known = this.#documents.get(uri);
    if (on && this.session.document(uri) !== undefined) {
      if (known) known.kernels.add(kernel);
      else this.#documents.set(uri, { kernels: new Set([kernel]), last: undefined });
    } else {
      known?.kernels.delete(kernel);
      if (known?.kernels.size === 0) this.#documents.delete(uri);
    }
    const all = this.all();
    this.output.changed(all);
    return all;
  }

  all(): readonly KernelRef[] {
    return [...this.#documents].flatMap(([uri, { kernels }]) => [...kernels].map((kernel) => ({ uri, kernel })));
  }

  has(uri: string, kernel: string): boolean {
    return this.#documents.get(uri)?.kernels.has(kernel) ?? false;
  }

  closed(uri: string): void {
    if (this.#documents.delete(uri)) this.output.changed(this.all());
  }

  /** A document was saved in the editor. */
  async saved(document: OpenDocument): Promise<void> {
    const own = this.#documents.get(document.uri);
    if (own) {
      own.last = document.content;
      this.#trigger(document.uri, own.kernels);
    }
    await this.#includedChanged(document.file);
  }

  /** Files changed on disk, whoever wrote them. */
  async written(uris: readonly string[]): Promise<void> {
    for (const file of uris.map(fileOf)) {
      await this.#includedChanged(file);
      const document = this.session.documentOf(file);
      const own = document && this.#documents.get(document.uri);
      if (own) setTimeout(() => void this.#rewritten(document), reloadMs).unref();
    }
  }

  /** Another program wrote the file: it is run once the editor shows what is on disk. */
  async #rewritten(document: OpenDocument): Promise<void> {
    const own = this.#documents.get(document.uri);
    const text = document.content;
    if (!own || own.last === text || !(await isSaved(document))) return;
    own.last = text;
    this.#trigger(document.uri, own.kernels);
  }

  async #includedChanged(file: string): Promise<void> {
    const concerned = [...this.#documents].filter(([uri]) => {
      const own = fileOf(uri);
      return own !== file && this.session.includes.reaches(own, file);
    });
    if (concerned.length === 0) return;
    const state = await stampOf(file);
    if (state === undefined || this.#saved.get(file) === state) return;
    this.#saved.set(file, state);
    for (const [uri, { kernels }] of concerned) {
      const document = this.session.document(uri);
      // Text that is not saved is not run; saving it will.
      if (document && (await isSaved(document))) this.#trigger(uri, kernels, file);
    }
  }

  #trigger(uri: string, kernels: ReadonlySet<string>, savedFile?: string): void {
    for (const kernel of kernels) {
      this.output.triggered({ uri, kernel, ...(savedFile === undefined ? {} : { savedFile }) });
    }
  }
}

async function isSaved(document: OpenDocument): Promise<boolean> {
  const text = await readFile(document.file, 'utf8').catch(() => undefined);
  // Line ends and a byte order mark are the editor's matter.
  return text !== undefined && plain(text) === plain(document.content);
}

function plain(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

async function stampOf(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found && `${found.size} ${found.mtimeMs}`;
}
