/**
 * Two streams of diagnostics for a document: the lint's, at once after every edit, and nvcc's, after a pause and on
 * save. The newest text always wins: a superseded nvcc is killed, and its answer is never shown.
 */
import path from 'node:path';
import { compilerProblems, isNew, type Problem } from '../check';
import { compiledKernels } from '../builds';
import { fileOf, uriOf, type OpenDocument } from '../documents';
import { computeCapabilityOf, type Target } from '../analysis';
import type { Session } from '../session';
import { describeError } from '../log';
import { buildTarget } from '../runner/gpu/architecture';
import {
  Compilers,
  resourceUsageOf,
  withoutRefused,
  type CompilerMessage,
  type DiagnoseResult,
  type Inquiry,
} from '../toolchain';
import { moveThroughEdits, type LineEdit } from './moving-problems';

/** What the diagnostics need of the connection. */
export interface DiagnosticsOutput {
  /** Shows exactly these problems in a file. */
  publish(uri: string, problems: readonly Problem[], lintOf: OpenDocument | undefined): void;
  toolkitMissing(message: string): void;
  warn(message: string): void;
  /** The compiler told what it made of the document's kernels. */
  compiled(document: OpenDocument): void;
}

interface CompilerState {
  /** Aborts the nvcc that runs for this document. */
  running: AbortController | undefined;
  timer: NodeJS.Timeout | undefined;
  /** nvcc's last answer, moved along with the edits since. */
  problems: readonly Problem[];
  /** The last question what the document is compiled for. */
  aimed?: Promise<void>;
}

/** `typing`: front ends at once, the device's compilation once the typing rests. `full`: everything nvcc -c does. */
type Reach = 'typing' | 'full';

/** Milliseconds without an edit after which the device's whole compilation is worth its time. */
const settleMs = 1_500;

export class Diagnostics {
  #states = new Map<string, CompilerState>();
  /** Files that show something, to be cleared when they no longer do. */
  #shown = new Set<string>();
  #saidMissing = false;
  #lastFailure = '';
  /** Questions that are being answered now. */
  readonly #inquiries = new Set<Promise<void>>();

  readonly #compilers: Compilers;

  constructor(
    private readonly session: Session,
    private readonly output: DiagnosticsOutput,
  ) {
    this.#compilers = new Compilers(session.log);
  }

  opened(document: OpenDocument): void {
    this.session.saves.saved(document.uri, document.content);
    this.#states.set(document.uri, { running: undefined, timer: undefined, problems: [] });
    this.publish();
    this.#aim(document);
    this.#schedule(document, this.session.settings.diagnostics.nvcc === 'off' ? undefined : 0, 'full');
  }

  changed(document: OpenDocument, edits: readonly LineEdit[]): void {
    const state = this.#states.get(document.uri);
    if (state === undefined) return;
    state.problems = moveThroughEdits(state.problems, document.file, edits);
    this.publish();
    const { nvcc, delay } = this.session.settings.diagnostics;
    this.#schedule(document, nvcc === 'onType' ? delay : undefined, 'typing');
  }

  saved(document: OpenDocument): void {
    this.session.saves.saved(document.uri, document.content);
    this.#schedule(document, this.session.settings.diagnostics.nvcc === 'off' ? undefined : 0, 'full');
  }

  closed(document: OpenDocument): void {
    const state = this.#states.get(document.uri);
    if (state !== undefined) stop(state);
    this.session.saves.forget(document.uri);
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
      this.#aim(document);
      this.#schedule(document, this.session.settings.diagnostics.nvcc === 'off' ? undefined : 0, 'full');
    }
    this.publish();
  }

  /** Finds out what the document is compiled for; rules that know the limits of an architecture wait for it. */
  #aim(document: OpenDocument): void {
    const state = this.#states.get(document.uri);
    if (state === undefined) return;
    const aimed = this.session.target(document.file).then(
      (target) => {
        // Asked again since, with other settings.
        if (state.aimed !== aimed || sameTarget(target, document.target)) return;
        document.target = target;
        this.publish();
      },
      (error: unknown) => this.session.log.error(`target of ${document.uri}: ${describeError(error)}`),
    );
    state.aimed = aimed;
    this.#inquiries.add(aimed);
    void aimed.then(() => this.#inquiries.delete(aimed));
  }

  /** Stops everything, and waits until its temporary files are gone. */
  async dispose(): Promise<void> {
    for (const state of this.#states.values()) stop(state);
    this.#states.clear();
    await this.#compilers.dispose();
    await Promise.all(this.#inquiries);
  }

  /** Shows what is known now, in every file that has or had something, and in `also`. */
  publish(also: readonly string[] = []): void {
    const byUri = new Map<string, Problem[]>();
    const seen = new Set<string>();
    for (const state of this.#states.values()) {
      for (const problem of state.problems) {
        if (!isNew(problem, seen)) continue;
        const uri = this.#uriOf(problem.file);
        byUri.set(uri, [...(byUri.get(uri) ?? []), problem]);
      }
    }
    const uris = new Set([...byUri.keys(), ...this.session.documents.keys(), ...this.#shown, ...also]);
    for (const uri of uris) this.output.publish(uri, byUri.get(uri) ?? [], this.session.document(uri));
    this.#shown = new Set([...byUri.keys(), ...this.session.documents.keys()]);
  }

  /** Any file of an open document keeps that document's own URI, so that untitled ones are found again. */
  #uriOf(file: string): string {
    return this.session.documentOf(file)?.uri ?? uriOf(file);
  }

  /** Replaces whatever nvcc does for this document now; `delay` undefined: nvcc is not wanted. */
  #schedule(document: OpenDocument, delay: number | undefined, reach: Reach): void {
    const state = this.#states.get(document.uri);
    if (state === undefined) return;
    stop(state);
    if (!this.session.trusted) return;
    if (delay === undefined) {
      if (this.session.settings.diagnostics.nvcc === 'off') state.problems = [];
      return;
    }
    const controller = new AbortController();
    state.running = controller;
    state.timer = setTimeout(() => {
      const inquiry = this.#ask(document, state, controller, reach).catch((error: unknown) => {
        this.session.log.error(`nvcc diagnostics of ${document.uri}: ${describeError(error)}`);
      });
      this.#inquiries.add(inquiry);
      void inquiry.then(() => this.#inquiries.delete(inquiry));
    }, delay);
  }

  async #ask(document: OpenDocument, state: CompilerState, { signal }: AbortController, reach: Reach): Promise<void> {
    const search = await this.session.toolkit();
    if (signal.aborted) return;
    if (!search.found) {
      if (!this.#saidMissing) this.output.toolkitMissing(search.message);
      this.#saidMissing = true;
      state.problems = [];
      this.publish();
      return;
    }
    const { content: text, version } = document;
    const inquiry: Inquiry = {
      toolkit: search.toolkit,
      file: document.file,
      text,
      ...(await this.session.compilation(document.file)),
      timeLimitMs: this.session.settings.diagnostics.timeLimit * 1000,
      signal,
    };
    const show = async (messages: readonly CompilerMessage[]) => {
      const problems = await this.#place(document, text, messages);
      if (signal.aborted) return;
      state.problems = problems;
      this.publish();
    };
    // What the front ends see comes first; the later passes complete it once the typing rests.
    const first = await this.#compilers.frontEnds(inquiry, (host) => {
      // Part of the answer may only add: what the device pass says is not known yet.
      if (host.some(({ severity }) => severity === 'error')) void show(host);
    });
    if (signal.aborted) return;
    await show(this.#taken(document, first));
    if (reach === 'typing') await rest(settleMs, signal);
    if (signal.aborted) return;
    const later = await this.#compilers.compile(inquiry, reach === 'typing' ? 'device' : 'full');
    if (signal.aborted) return;
    if (later.status === 'ok' && later.resources.length > 0) {
      const kernels = compiledKernels(later.resources);
      document.setCompiled(version, kernels);
      this.session.saves.compiled(document.uri, text, kernels);
      this.output.compiled(document);
    }
    await show([...this.#taken(document, later), ...(first.status === 'ok' ? first.messages : [])]);
    if (reach === 'full' && later.status === 'ok') await this.#compileElsewhere(document, inquiry);
  }

  /** What the kernels cost on the other architectures of the settings; last, so that nothing waits for it. */
  async #compileElsewhere(document: OpenDocument, { architecture, ...inquiry }: Inquiry): Promise<void> {
    const architectures = this.session.settings.cost.architectures.filter(
      (name) => computeCapabilityOf(name) !== undefined && name !== architecture,
    );
    await this.#compileFor(architectures, document, inquiry);
  }

  async #compileFor(
    architectures: readonly string[],
    document: OpenDocument,
    inquiry: Omit<Inquiry, 'architecture'>,
  ): Promise<void> {
    if (architectures.length === 0) {
      document.compiledElsewhere = [];
      return;
    }
    const { flags } = buildTarget('', inquiry.flags);
    const answer = await this.inTurn(() => resourceUsageOf({ ...inquiry, flags, architectures }));
    if (inquiry.signal.aborted) return;
    if (answer.status !== 'ok') {
      const why = answer.status === 'failed' ? answer.result.stderr : answer.message;
      this.session.log.warn(`${document.uri}: nvcc failed for ${architectures.join(', ')}: ${why}`);
    }
    const others = answer.status === 'failed' ? withoutRefused(architectures, answer.result) : architectures;
    if (others.length < architectures.length) return this.#compileFor(others, document, inquiry);
    document.compiledElsewhere = answer.status === 'ok' ? compiledKernels(answer.resources) : [];
  }

  /** One nvcc at a time, whoever asks for it. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#compilers.inTurn(work);
  }

  /** The messages of an answer; a failure is said to the user once, not at every keystroke. */
  #taken(document: OpenDocument, answer: DiagnoseResult): readonly CompilerMessage[] {
    if (answer.status === 'ok') {
      this.#lastFailure = '';
      return answer.messages;
    }
    if (answer.status === 'cancelled') return [];
    this.session.log.warn(`${document.uri}: ${answer.message}`);
    if (answer.message !== this.#lastFailure) this.output.warn(answer.message);
    this.#lastFailure = answer.message;
    return [];
  }

  #place(document: OpenDocument, text: string, messages: readonly CompilerMessage[]): Promise<Problem[]> {
    const { file } = document;
    return compilerProblems(
      messages,
      { file, text, kernels: document.model.kernels },
      { openText: (name) => this.session.documentOf(name)?.content, isOwn: (name) => this.#isOwn(name) },
    );
  }

  #isOwn(file: string): boolean {
    const folders = [
      ...this.session.folders,
      ...[...this.session.documents.keys()].map((uri) => path.dirname(fileOf(uri))),
    ];
    return folders.some((folder) => !path.relative(folder, file).startsWith('..'));
  }
}

function sameTarget(a: Target, b: Target): boolean {
  return a.computeCapability === b.computeCapability && a.toolkit === b.toolkit;
}

/** Waits, or until aborted. */
function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

function stop(state: CompilerState): void {
  clearTimeout(state.timer);
  state.timer = undefined;
  state.running?.abort();
  state.running = undefined;
}
