/** What the server is made of: the session, and everything that goes on beside the requests. */
import {
  CodeLensRefreshRequest,
  MessageType,
  ShowMessageNotification,
  type Connection,
  type InitializeParams,
} from 'vscode-languageserver';
import {
  resultsNotification,
  runProgressNotification,
  sweepProgressNotification,
  toolkitMissingNotification,
  tuneProgressNotification,
  watchesNotification,
  watchTriggeredNotification,
  type ResultsParams,
  type ToolkitMissing,
  type Watches as WatchList,
} from '../../../protocol/src';
import type { CudaParser } from '../analysis';
import { findingToDiagnostic, problemToDiagnostic } from '../convert';
import { Assemblies } from '../handlers/assembly';
import { Diagnostics } from '../handlers/diagnostics';
import { IncludeFollower } from '../handlers/includes';
import { resultMarks } from '../handlers/marks';
import { SanitizerFindings } from '../handlers/sanitize';
import type { TuneOutput } from '../handlers/tune';
import { Watches } from '../handlers/watch';
import { describeError } from '../log';
import { Session } from '../session';

export class Services {
  readonly session: Session;
  readonly diagnostics: Diagnostics;
  readonly sanitized: SanitizerFindings;
  readonly assemblies: Assemblies;
  readonly watches: Watches;
  readonly includes: IncludeFollower;
  readonly runOutput: TuneOutput;
  client: InitializeParams['capabilities'] = {};
  /** The client is asked for its settings: a request that comes right behind a change waits for the answer. */
  settled: Promise<void> = Promise.resolve();

  constructor(
    readonly connection: Connection,
    readonly parser: CudaParser,
  ) {
    this.session = new Session(parser, connection.console);
    const { session } = this;
    session.warn = (message) => this.#warn(message);
    this.runOutput = this.#runOutput();
    this.diagnostics = this.#diagnostics();
    this.sanitized = new SanitizerFindings(session, (uris) => this.diagnostics.publish(uris));
    this.assemblies = new Assemblies(session, (work) => this.diagnostics.inTurn(work));
    this.watches = new Watches(session, {
      changed: (watched) => {
        const params: WatchList = { watched };
        void connection.sendNotification(watchesNotification, params);
        this.runOutput.changed('');
      },
      triggered: (trigger) => void connection.sendNotification(watchTriggeredNotification, trigger),
    });
    session.isWatched = (uri, kernel) => this.watches.has(uri, kernel);
    this.includes = new IncludeFollower(session, (document) => {
      this.diagnostics.publish();
      this.runOutput.changed(document.uri);
    });
  }

  sendMarks(uri: string): void {
    const document = this.session.document(uri);
    if (document === undefined) return;
    const params: ResultsParams = { uri, marks: resultMarks(this.session, document) };
    void this.connection.sendNotification(resultsNotification, params);
  }

  #diagnostics(): Diagnostics {
    const { connection, session } = this;
    return new Diagnostics(session, {
      publish: (uri, problems, document) => {
        const lint = document?.lint(session.settings).map((finding) => findingToDiagnostic(document, finding)) ?? [];
        const nvcc = problems.map((problem) => problemToDiagnostic(problem));
        void connection.sendDiagnostics({
          uri,
          diagnostics: [...lint, ...nvcc, ...this.sanitized.of(uri)],
          ...(document === undefined ? {} : { version: document.version }),
        });
      },
      toolkitMissing: (message) => {
        const params: ToolkitMissing = { message, setting: 'kernelLens.cuda.path' };
        void connection.sendNotification(toolkitMissingNotification, params);
      },
      warn: (message) => this.#warn(message),
      compiled: () => this.#refreshLenses(),
    });
  }

  #runOutput(): TuneOutput {
    const { connection } = this;
    return {
      progress: (progress) => void connection.sendNotification(runProgressNotification, progress),
      tuneProgress: (progress) => void connection.sendNotification(tuneProgressNotification, progress),
      sweepProgress: (progress) => void connection.sendNotification(sweepProgressNotification, progress),
      changed: (uri) => {
        this.sendMarks(uri);
        this.#refreshLenses();
        // What a launch amounts to may hang on an included file, and on the settings.
        if (this.client.workspace?.inlayHint?.refreshSupport) this.#ask(connection.languages.inlayHint.refresh());
      },
    };
  }

  #refreshLenses(): void {
    if (this.client.workspace?.codeLens?.refreshSupport) {
      this.#ask(this.connection.sendRequest(CodeLensRefreshRequest.type));
    }
  }

  /** A notification: the connection's own way is a request for a choice, which not every client answers. */
  #warn(message: string): void {
    void this.connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message });
  }

  /** What the client answers is of no interest, and that it does not is no reason to end. */
  #ask(request: Promise<unknown>): void {
    request.catch((error: unknown) => this.connection.console.warn(`the client: ${describeError(error)}`));
  }
}
