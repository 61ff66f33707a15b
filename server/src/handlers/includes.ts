/** Keeps what open documents know of other files, which they include or which launch their kernels, in step with those. Reading happens beside everything else. */
import { includesOf } from '../analysis';
import type { OpenDocument } from '../documents';
import { unlaunched } from '../launch-sites';
import { describeError } from '../log';
import type { Session } from '../session';

/** Milliseconds without an edit in a header after which the documents that include it look at it again. */
const restMs = 150;

interface Followed {
  /** The include directives, and the kernels, for which files were looked for. */
  wanted: string;
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
    this.#followed.set(document, { wanted: '', timer: undefined, running: undefined, again: false });
    this.#follow(document);
    this.#lookAgain((other) => this.#knows(other, document));
  }

  edited(document: OpenDocument): void {
    const state = this.#followed.get(document);
    if (state && state.wanted !== wantedBy(document)) this.#follow(document);
    this.#lookAgain((other) => this.#knows(other, document));
  }

  closed(document: OpenDocument): void {
    clearTimeout(this.#followed.get(document)?.timer);
    this.#followed.delete(document);
    this.session.includes.forget(document.file);
    this.session.launchSites.forget(document.file);
    this.#lookAgain((other) => this.#knows(other, document));
  }

  /** Files on disk, or the folders in which they are looked for, have changed. */
  refresh(): void {
    this.#lookAgain(() => true);
  }

  dispose(): void {
    for (const { timer } of this.#followed.values()) clearTimeout(timer);
    this.#followed.clear();
  }

  #knows(document: OpenDocument, other: OpenDocument): boolean {
    const { includes, launchSites } = this.session;
    return includes.reaches(document.file, other.file) || launchSites.standIn(document.file, other.file);
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
    state.wanted = wantedBy(document);
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
    if (!this.#followed.has(document)) return;
    if (imports !== document.imports) {
      document.imports = imports;
      this.changed(document);
    }
    const elsewhere = await this.session.launchSites.of(document.file, document.model);
    if (elsewhere === document.elsewhere || !this.#followed.has(document)) return;
    document.elsewhere = elsewhere;
    this.changed(document);
  }
}

function wantedBy(document: OpenDocument): string {
  const included = includesOf(document.parsed).map(({ name, quoted }) => `${quoted ? '"' : '<'}${name}`);
  return [...included, ...unlaunched(document.model).map(({ name }) => name)].join();
}
