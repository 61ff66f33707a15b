/** Keeps what open documents know of the files they include in step with those files. Reading happens beside everything else. */
import { includesOf } from '../analysis';
import type { OpenDocument } from '../documents';
import { describeError } from '../log';
import type { Session } from '../session';

/** Milliseconds without an edit in a header after which the documents that include it look at it again. */
const restMs = 150;

interface Followed {
  /** The include directives for which files were looked for. */
  directives: string;
  timer: NodeJS.Timeout | undefined;
  running: Promise<void> | undefined;
  /** Something changed while the files were being read. */
  again: boolean;
}

export class IncludeFollower {
  readonly #followed = new Map<OpenDocument, Followed>();

  constructor(
    private readonly session: Session,
    /** What a document includes has changed. */
    private readonly changed: (document: OpenDocument) => void,
  ) {}

  opened(document: OpenDocument): void {
    this.#followed.set(document, { directives: '', timer: undefined, running: undefined, again: false });
    this.#follow(document);
    this.#lookAgain((other) => this.session.includes.reaches(other.file, document.file));
  }

  edited(document: OpenDocument): void {
    const state = this.#followed.get(document);
    if (state && state.directives !== directivesOf(document)) this.#follow(document);
    this.#lookAgain((other) => this.session.includes.reaches(other.file, document.file));
  }

  closed(document: OpenDocument): void {
    clearTimeout(this.#followed.get(document)?.timer);
    this.#followed.delete(document);
    this.session.includes.forget(document.file);
    this.#lookAgain((other) => this.session.includes.reaches(other.file, document.file));
  }

  /** Files on disk, or the folders in which they are looked for, have changed. */
  refresh(): void {
    this.#lookAgain(() => true);
  }

  dispose(): void {
    for (const { timer } of this.#followed.values()) clearTimeout(timer);
    this.#followed.clear();
  }

  #lookAgain(concerns: (document: OpenDocument) => boolean): void {
    for (const [document, state] of this.#followed) {
      if (!concerns(document)) continue;
      clearTimeout(state.timer);
      state.timer = setTimeout(() => this.#follow(document), restMs);
    }
  }

  #follow(document: OpenDocument): void {
    const state = this.#followed.get(document);
    if (!state) return;
    if (state.running) {
      state.again = true;
      return;
    }
    state.directives = directivesOf(document);
    state.running = this.#read(document)
      .catch((error: unknown) => this.session.log.error(`includes of ${document.uri}: ${describeError(error)}`))
      .then(() => {
        state.running = undefined;
        if (!state.again) return;
        state.again = false;
        this.#follow(document);
      });
  }

  async #read(document: OpenDocument): Promise<void> {
    const imports = await this.session.importsOf(document.file, document.parsed);
    if (imports === document.imports || !this.#followed.has(document)) return;
    document.imports = imports;
    this.changed(document);
  }
}

function directivesOf(document: OpenDocument): string {
  return includesOf(document.parsed)
    .map(({ name, quoted }) => `${quoted ? '"' : '<'}${name}`)
    .join();
}
