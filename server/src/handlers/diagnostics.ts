/**
 * Two streams of diagnostics for a document: the lint's, at once after every edit, and nvcc's, after a pause and on
 * save. The newest text always wins: a superseded nvcc is killed, and its answer is never shown.
 */
import path from 'node:path';
import { compilerProblems, isNew, type Problem } from '../check';
import { fileOf, uriOf, type OpenDocument } from '../documents';
import type { Session } from '../session';
import { describeError } from '../log';
import { diagnose, type CompilerMessage, type Toolkit } from '../toolchain';
import { moveThroughEdits, type LineEdit } from './moving-problems';

/** What the diagnostics need of the connection. */
export interface DiagnosticsOutput {
  /** Shows exactly these problems in a file. */
  publish(uri: string, problems: readonly Problem[], lintOf: OpenDocument | undefined): void;
  toolkitMissing(message: string): void;
  warn(message: string): void;
}

interface CompilerState {
  /** Aborts the nvcc that runs for this document. */
  running: AbortController | undefined;
  timer: NodeJS.Timeout | undefined;
  /** nvcc's last answer, moved along with the edits since. */
  problems: readonly Problem[];
}

export class Diagnostics {
  #states = new Map<string, CompilerState>();
  /** Files that show something, to be cleared when they no longer do. */
  #shown = new Set<string>();
  #saidMissing = false;
  #lastFailure = '';

  constructor(
    private readonly session: Session,
    private readonly output: DiagnosticsOutput,
  ) {}

  opened(document: OpenDocument): void {
    this.#states.set(document.uri, { running: undefined, timer: undefined, problems: [] });
    this.publish();
    this.#schedule(document, this.session.settings.diagnostics.nvcc === 'off' ? undefined : 0, 'full');
  }

  changed(document: OpenDocument, edits: readonly LineEdit[]): void {
    const state = this.#states.get(document.uri);
    if (state === undefined) return;
    state.problems = moveThroughEdits(state.problems, document.file, edits);
    this.publish();
    const { nvcc, delay } = this.session.settings.diagnostics;
    this.#schedule(document, nvcc === 'onType' ? delay : undefined, 'syntax');
  }

  saved(document: OpenDocument): void {
    this.#schedule(document, this.session.settings.diagnostics.nvcc === 'off' ? undefined : 0, 'full');
  }

  closed(document: OpenDocument): void {
    const state = this.#states.get(document.uri);
    if (state !== undefined) stop(state);
    this.#states.delete(document.uri);
    this.publish();
  }

  /** Settings, trust or toolkit changed: everything is asked again. */
  restart(): void {
    this.#saidMissing = false;
    this.#lastFailure = '';
    for (const document of this.session.documents.values()) {
      const state = this.#states.get(document.uri);
      if (state !== undefined) state.problems = [];
      this.#schedule(document, this.session.settings.diagnostics.nvcc === 'off' ? undefined : 0, 'full');
    }
    this.publish();
  }

  dispose(): void {
    for (const state of this.#states.values()) stop(state);
    this.#states.clear();
  }

  /** Shows what is known now, in every file that has or had something. */
  publish(): void {
    const byUri = new Map<string, Problem[]>();
    const seen = new Set<string>();
    for (const state of this.#states.values()) {
      for (const problem of state.problems) {
        if (!isNew(problem, seen)) continue;
        const uri = this.#uriOf(problem.file);
        byUri.set(uri, [...(byUri.get(uri) ?? []), problem]);
      }
    }
    const uris = new Set([...byUri.keys(), ...this.session.documents.keys(), ...this.#shown]);
    for (const uri of uris) this.output.publish(uri, byUri.get(uri) ?? [], this.session.document(uri));
    this.#shown = new Set([...byUri.keys(), ...this.session.documents.keys()]);
  }

  /** Any file of an open document keeps that document's own URI, so that untitled ones are found again. */
  #uriOf(file: string): string {
    for (const document of this.session.documents.values()) if (document.file === file) return document.uri;
    return uriOf(file);
  }

  /** Replaces whatever nvcc does for this document now; `delay` undefined: nvcc is not wanted. */
  #schedule(document: OpenDocument, delay: number | undefined, depth: 'syntax' | 'full'): void {
    const state = this.#states.get(document.uri);
    if (state === undefined) return;
    stop(state);
    if (!this.session.trusted) return;
    if (delay === undefined) {
      if (this.session.settings.diagnostics.nvcc === 'off') state.problems = [];
      return;
    }
    state.timer = setTimeout(() => {
      state.timer = undefined;
      state.running = new AbortController();
      void this.#ask(document, state, state.running, depth).catch((error: unknown) => {
        this.session.log.error(`nvcc diagnostics of ${document.uri}: ${describeError(error)}`);
      });
    }, delay);
  }

  async #ask(
    document: OpenDocument,
    state: CompilerState,
    controller: AbortController,
    depth: 'syntax' | 'full',
  ): Promise<void> {
    const search = await this.session.toolkit();
    if (!search.found) {
      if (!this.#saidMissing) this.output.toolkitMissing(search.message);
      this.#saidMissing = true;
      state.problems = [];
      this.publish();
      return;
    }
    if (controller.signal.aborted) return;
    const text = document.content;
    // The front end's answer comes in a third of the time, so it is shown while the full compilation runs.
    const first = await this.#messages(document, text, search.toolkit, controller, 'syntax');
    if (first === undefined) return;
    state.problems = await this.#place(document, text, first);
    if (controller.signal.aborted) return;
    this.publish();
    if (depth === 'syntax') return;
    const rest = await this.#messages(document, text, search.toolkit, controller, 'full');
    if (rest === undefined) return;
    state.problems = await this.#place(document, text, [...first, ...rest]);
    if (!controller.signal.aborted) this.publish();
  }

  async #messages(
    document: OpenDocument,
    text: string,
    toolkit: Toolkit,
    controller: AbortController,
    depth: 'syntax' | 'full',
  ): Promise<readonly CompilerMessage[] | undefined> {
    const { settings, log } = this.session;
    const result = await diagnose({
      toolkit,
      file: document.file,
      text,
      architecture: await this.session.architecture(),
      flags: settings.cuda.flags,
      depth,
      timeLimitMs: settings.diagnostics.timeLimit * 1000,
      signal: controller.signal,
    });
    if (controller.signal.aborted || result.status === 'cancelled') return undefined;
    if (result.status === 'failed') {
      log.warn(`${document.uri}: ${result.message}`);
      if (result.message !== this.#lastFailure) this.output.warn(result.message);
      this.#lastFailure = result.message;
      return [];
    }
    this.#lastFailure = '';
    log.info(
      `nvcc (${depth}) on ${path.basename(document.file)}: ${Math.round(result.elapsed)} ms, ${result.messages.length} messages`,
    );
    return result.messages;
  }

  #place(document: OpenDocument, text: string, messages: readonly CompilerMessage[]): Promise<Problem[]> {
    const { file } = document;
    return compilerProblems(
      messages,
      { file, text, kernels: document.model.kernels },
      { openText: (name) => this.#openText(name), isOwn: (name) => this.#isOwn(name) },
    );
  }

  #openText(file: string): string | undefined {
    for (const document of this.session.documents.values()) if (document.file === file) return document.content;
    return undefined;
  }

  #isOwn(file: string): boolean {
    const folders = [
      ...this.session.folders,
      ...[...this.session.documents.keys()].map((uri) => path.dirname(fileOf(uri))),
    ];
    return folders.some((folder) => !path.relative(folder, file).startsWith('..'));
  }
}

function stop(state: CompilerState): void {
  clearTimeout(state.timer);
  state.timer = undefined;
  state.running?.abort();
  state.running = undefined;
}
