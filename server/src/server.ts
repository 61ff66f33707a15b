/** The language server: a table of contents, request → handler. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import {
  CodeActionKind,
  CodeLensRefreshRequest,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type DidChangeConfigurationParams,
  type DidChangeWatchedFilesParams,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver';
import {
  assemblyRequest,
  applyConfigurationRequest,
  buildCommandRequest,
  checkRequest,
  chooseLaunchRequest,
  clangdConfigRequest,
  clearHistoryRequest,
  configureRequest,
  doctorRequest,
  environmentNotification,
  exportHistoryRequest,
  historyRequest,
  instructionRequest,
  pinBaselineRequest,
  launchesRequest,
  planRequest,
  profileKernelRequest,
  profileListRequest,
  profilePageRequest,
  profileProgramRequest,
  programInputNotification,
  readProfileRequest,
  resultsNotification,
  runKernelRequest,
  runProgramRequest,
  runnablesRequest,
  runProgressNotification,
  sanitizeKernelRequest,
  sanitizeProgramRequest,
  sweepProgressNotification,
  sweepRequest,
  toolkitMissingNotification,
  gpusRequest,
  toolkitsRequest,
  trustGrantedNotification,
  tuneProgressNotification,
  tuneRequest,
  unpinBaselineRequest,
  watchesNotification,
  watchRequest,
  watchTriggeredNotification,
  type AssemblyParams,
  type ApplyConfigurationParams,
  type BuildCommandParams,
  type CheckParams,
  type ChooseLaunchParams,
  type ClangdConfigParams,
  type ExportHistoryParams,
  type InitializationOptions,
  type InstructionParams,
  type KernelRef,
  type PinBaselineParams,
  type ProfileKernelParams,
  type ProfilePageParams,
  type ProfileProgramParams,
  type ProgramInput,
  type ReadProfileParams,
  type ResultsParams,
  type RunKernelParams,
  type Runnables,
  type RunnablesParams,
  type RunProgramParams,
  type RunProgress,
  type SanitizeKernelParams,
  type SanitizeProgramParams,
  type SweepParams,
  type ToolkitMissing,
  type TuneParams,
  type Watches as WatchList,
  type WatchParams,
} from '../../protocol/src';
import type { CudaParser } from './analysis';
import { findingToDiagnostic, problemToDiagnostic } from './convert';
import { fileOf, OpenDocument } from './documents';
import { Assemblies } from './handlers/assembly';
import { buildCommandHandler } from './handlers/build-command';
import { checkHandler } from './handlers/check';
import { clangdConfigHandler } from './handlers/clangd-config';
import { codeActions } from './handlers/code-action';
import { codeLenses } from './handlers/code-lens';
import { completions } from './handlers/completion';
import { configureHandler } from './handlers/configure';
import { Diagnostics } from './handlers/diagnostics';
import { buildTargets, doctor } from './handlers/doctor';
import { environment } from './handlers/environment';
import {
  clearHistoryHandler,
  exportHistoryHandler,
  historyHandler,
  pinBaselineHandler,
  unpinBaselineHandler,
} from './handlers/history';
import { gpusHandler } from './handlers/gpus';
import { hover } from './handlers/hover';
import { IncludeFollower } from './handlers/includes';
import { inlayHints } from './handlers/inlay-hints';
import { instructionHover } from './handlers/instruction';
import { chooseLaunchHandler, launchesHandler } from './handlers/launch-choice';
import { resultMarks } from './handlers/marks';
import { definition, references } from './handlers/navigation';
import * as profile from './handlers/profile';
import { planHandler, programInputHandler, runKernelHandler, runProgramHandler } from './handlers/run';
import { runnables } from './handlers/runnables';
import { SanitizerFindings, sanitizeKernelHandler, sanitizeProgramHandler } from './handlers/sanitize';
import { documentSymbols } from './handlers/symbols';
import { applyConfigurationHandler, sweepHandler, tuneHandler, type TuneOutput } from './handlers/tune';
import { Watches } from './handlers/watch';
import { describeError } from './log';
import { disposeRunners } from './runner';
import { toolkits } from './handlers/toolkits';
import { Session } from './session';

export function startServer(connection: Connection, parser: CudaParser): void {
  const log = connection.console;
  const session = new Session(parser, log);
  let client: InitializeParams['capabilities'] = {};
  /** The client is asked for its settings: a request that comes right behind a change waits for the answer. */
  let settled: Promise<void> = Promise.resolve();

  const diagnostics = new Diagnostics(session, {
    publish: (uri, problems, document) => {
      const lint = document?.lint(session.settings).map((finding) => findingToDiagnostic(document, finding)) ?? [];
      const nvcc = problems.map((problem) => problemToDiagnostic(problem));
      void connection.sendDiagnostics({
        uri,
        diagnostics: [...lint, ...nvcc, ...sanitized.of(uri)],
        ...(document === undefined ? {} : { version: document.version }),
      });
    },
    toolkitMissing: (message) => {
      const params: ToolkitMissing = { message, setting: 'kernelLens.cuda.path' };
      void connection.sendNotification(toolkitMissingNotification, params);
    },
    warn: (message) => connection.window.showWarningMessage(message),
    compiled: () => {
      if (client.workspace?.codeLens?.refreshSupport) void connection.sendRequest(CodeLensRefreshRequest.type);
    },
  });

  const runOutput: TuneOutput = {
    progress: (progress: RunProgress) => void connection.sendNotification(runProgressNotification, progress),
    tuneProgress: (progress) => void connection.sendNotification(tuneProgressNotification, progress),
    sweepProgress: (progress) => void connection.sendNotification(sweepProgressNotification, progress),
    changed: (uri) => {
      sendMarks(uri);
      if (client.workspace?.codeLens?.refreshSupport) void connection.sendRequest(CodeLensRefreshRequest.type);
      // What a launch amounts to may hang on an included file, and on the settings.
      if (client.workspace?.inlayHint?.refreshSupport) void connection.languages.inlayHint.refresh();
    },
  };

  const sanitized = new SanitizerFindings(session, (uris) => diagnostics.publish(uris));

  const assemblies = new Assemblies(session, (work) => diagnostics.inTurn(work));

  const watches = new Watches(session, {
    changed: (watched) => {
      const params: WatchList = { watched };
      void connection.sendNotification(watchesNotification, params);
      runOutput.changed('');
    },
    triggered: (trigger) => void connection.sendNotification(watchTriggeredNotification, trigger),
  });
  session.isWatched = (uri, kernel) => watches.has(uri, kernel);

  const includes = new IncludeFollower(session, (document) => {
    diagnostics.publish();
    runOutput.changed(document.uri);
  });

  function sendMarks(uri: string): void {
    const document = session.document(uri);
    if (document === undefined) return;
    const params: ResultsParams = { uri, marks: resultMarks(session, document) };
    void connection.sendNotification(resultsNotification, params);
  }

  connection.onInitialize((params: InitializeParams): InitializeResult => {
    client = params.capabilities;
    const options = (params.initializationOptions ?? {}) as InitializationOptions;
    if (options.l10nBundle !== undefined) loadTranslations(options.l10nBundle);
    session.configure(options);
    session.folders = (params.workspaceFolders ?? []).map(({ uri }) => fileOf(uri));
    return {
      serverInfo: { name: 'Kernel Lens' },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
        codeLensProvider: { resolveProvider: false },
        hoverProvider: true,
        inlayHintProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        documentSymbolProvider: true,
        completionProvider: { triggerCharacters: ['<', ',', '.', ':', '='] },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      },
    };
  });

  /** What happens after a notification happens beside it; what goes wrong there is logged. */
  function background<Params>(name: string, handle: (params: Params) => Promise<void>) {
    return (params: Params): void => {
      handle(params).catch((error: unknown) => log.error(`${name}: ${describeError(error)}`));
    };
  }

  connection.onInitialized(
    background('initialized', async () => {
      settled = pullSettings();
      if (client.workspace?.didChangeConfiguration?.dynamicRegistration) {
        await connection.client.register(DidChangeConfigurationNotification.type, { section: 'kernelLens' });
      }
      if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration) {
        await connection.client.register(DidChangeWatchedFilesNotification.type, {
          watchers: [
            { globPattern: '**/compile_commands.json' },
            { globPattern: '**/*.{cu,cuh,h,hh,hpp,hxx,inc,inl}' },
          ],
        });
      }
      await settled;
      diagnostics.restart();
      includes.refresh();
      void sendEnvironment();
    }),
  );

  async function sendEnvironment(): Promise<void> {
    if (!session.trusted) return;
    try {
      await connection.sendNotification(environmentNotification, await environment(session));
    } catch (error) {
      log.error(`environment: ${describeError(error)}`);
    }
  }

  /** `cmake.buildDirectory` may hold a compilation database outside the usual folders. */
  async function pullBuildFolders(): Promise<void> {
    if (!client.workspace?.configuration) return;
    const value: unknown = await connection.workspace.getConfiguration('cmake.buildDirectory');
    if (typeof value !== 'string' || value === '') return;
    session.buildFolders = session.folders.map((folder) =>
      path.resolve(folder, value.replaceAll('${workspaceFolder}', folder).replaceAll('${workspaceRoot}', folder)),
    );
  }

  async function pullSettings(pushed?: unknown): Promise<void> {
    const section = client.workspace?.configuration
      ? ((await connection.workspace.getConfiguration('kernelLens')) as unknown)
      : (pushed as { kernelLens?: unknown } | undefined)?.kernelLens;
    session.applySettings(section);
    await pullBuildFolders();
  }

  connection.onDidChangeConfiguration(
    background('configuration', async ({ settings }: DidChangeConfigurationParams) => {
      settled = pullSettings(settings);
      await settled;
      diagnostics.restart();
      includes.refresh();
      void sendEnvironment();
      runOutput.changed('');
    }),
  );

  connection.onDidChangeWatchedFiles(
    background('watched files', async ({ changes }: DidChangeWatchedFilesParams) => {
      if (changes.some(({ uri }) => uri.endsWith('/compile_commands.json'))) {
        await session.databases.refresh();
        diagnostics.restart();
      }
      includes.refresh();
      assemblies.forget();
      await watches.written(changes.map(({ uri }) => uri));
    }),
  );

  connection.onNotification(trustGrantedNotification, () => {
    session.trusted = true;
    session.forgetToolkit();
    diagnostics.restart();
    includes.refresh();
    void sendEnvironment();
    runOutput.changed('');
  });

  connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, version, text } }) => {
    const replaced = session.documents.get(uri);
    if (replaced !== undefined) includes.closed(replaced);
    replaced?.dispose();
    const document = OpenDocument.open(parser, uri, languageId, version, text);
    session.documents.set(uri, document);
    diagnostics.opened(document);
    includes.opened(document);
  });

  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    const document = session.document(uri);
    if (document === undefined) return;
    const whole = { start: { line: 0, character: 0 }, end: document.positionAt(document.content.length) };
    const edits = contentChanges.map((change) => ({
      range: 'range' in change ? change.range : whole,
      text: change.text,
    }));
    document.change(contentChanges, version);
    sanitized.edited(document.file);
    diagnostics.changed(document, edits);
    includes.edited(document);
    sendMarks(uri);
  });

  connection.onDidSaveTextDocument(({ textDocument: { uri } }) => {
    const document = session.document(uri);
    if (document === undefined) return;
    diagnostics.saved(document);
    assemblies.forget();
    watches.saved(document).catch((error: unknown) => log.error(`watch: ${describeError(error)}`));
  });

  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    const document = session.document(uri);
    if (document === undefined) return;
    session.documents.delete(uri);
    session.history.forget(uri);
    watches.closed(uri);
    diagnostics.closed(document);
    includes.closed(document);
    document.dispose();
  });

  /** A failed request is logged with its cause and answers empty: the server never dies of one document. */
  function guarded<Params, Answer>(name: string, empty: Answer, handle: (params: Params) => Answer) {
    return (params: Params): Answer => {
      try {
        return handle(params);
      } catch (error) {
        log.error(`${name}: ${describeError(error)}`);
        return empty;
      }
    };
  }

  connection.onCodeLens(guarded('codeLens', [], (params) => codeLenses(session, params)));
  connection.onCodeAction(guarded('codeAction', [], (params) => codeActions(session, params)));
  connection.onHover(guarded('hover', null, (params) => hover(session, params)));
  connection.languages.inlayHint.on(guarded('inlayHint', [], (params) => inlayHints(session, params)));
  connection.onDefinition(guarded('definition', null, (params) => definition(session, params)));
  connection.onReferences(guarded('references', [], (params) => references(session, params)));
  connection.onDocumentSymbol(guarded('documentSymbol', [], (params) => documentSymbols(session, params)));
  connection.onCompletion(guarded('completion', [], (params) => completions(session, params)));
  const nothing: Runnables = { kernels: [] };
  connection.onRequest(
    runnablesRequest,
    guarded('runnables', nothing, (params: RunnablesParams) => runnables(session, params)),
  );
  connection.onRequest(runKernelRequest, (params: RunKernelParams, token: CancellationToken) =>
    runKernelHandler(session, runOutput, params, token),
  );
  connection.onRequest(runProgramRequest, (params: RunProgramParams, token: CancellationToken) =>
    runProgramHandler(session, runOutput, params, token),
  );
  connection.onNotification(programInputNotification, (input: ProgramInput) => programInputHandler(input));
  connection.onRequest(sanitizeKernelRequest, (params: SanitizeKernelParams, token: CancellationToken) =>
    sanitizeKernelHandler(session, runOutput, sanitized, params, token),
  );
  connection.onRequest(sanitizeProgramRequest, (params: SanitizeProgramParams, token: CancellationToken) =>
    sanitizeProgramHandler(session, runOutput, sanitized, params, token),
  );
  connection.onRequest(profileKernelRequest, (params: ProfileKernelParams, token: CancellationToken) =>
    profile.profileKernelHandler(session, runOutput, params, token),
  );
  connection.onRequest(profileProgramRequest, (params: ProfileProgramParams, token: CancellationToken) =>
    profile.profileProgramHandler(session, runOutput, params, token),
  );
  connection.onRequest(readProfileRequest, (params: ReadProfileParams, token: CancellationToken) =>
    profile.readProfileHandler(session, params, token),
  );
  connection.onRequest(profilePageRequest, (params: ProfilePageParams) => profile.profilePageHandler(session, params));
  connection.onRequest(profileListRequest, () => profile.profileListHandler(session));
  connection.onRequest(planRequest, (params: KernelRef) => planHandler(session, params));
  connection.onRequest(launchesRequest, (params: KernelRef) => launchesHandler(session, params));
  connection.onRequest(chooseLaunchRequest, (params: ChooseLaunchParams) => {
    chooseLaunchHandler(session, params);
    runOutput.changed('');
  });
  connection.onRequest(configureRequest, (params: KernelRef) => configureHandler(session, params));
  connection.onRequest(historyRequest, (params: KernelRef) => historyHandler(session, params));
  connection.onRequest(exportHistoryRequest, (params: ExportHistoryParams) => exportHistoryHandler(session, params));
  connection.onRequest(pinBaselineRequest, (params: PinBaselineParams) => pinBaselineHandler(session, params));
  connection.onRequest(unpinBaselineRequest, (params: KernelRef) => unpinBaselineHandler(session, params));
  connection.onRequest(clearHistoryRequest, (params: KernelRef) => clearHistoryHandler(session, params));
  connection.onRequest(tuneRequest, (params: TuneParams, token: CancellationToken) =>
    tuneHandler(session, runOutput, params, token),
  );
  connection.onRequest(applyConfigurationRequest, (params: ApplyConfigurationParams) =>
    applyConfigurationHandler(session, params),
  );
  connection.onRequest(sweepRequest, (params: SweepParams, token: CancellationToken) =>
    sweepHandler(session, runOutput, params, token),
  );
  connection.onRequest(watchRequest, (params: WatchParams) => watches.set(params));
  connection.onRequest(assemblyRequest, async (params: AssemblyParams, token: CancellationToken) => {
    await settled;
    return assemblies.answer(params, token);
  });
  connection.onRequest(
    instructionRequest,
    guarded('instruction', null, (params: InstructionParams) => instructionHover(params)),
  );
  connection.onRequest(checkRequest, async (params: CheckParams, token: CancellationToken) => {
    await settled;
    return checkHandler(session, params, token, (work) => diagnostics.inTurn(work));
  });
  connection.onRequest(buildCommandRequest, async (params: BuildCommandParams) => {
    await settled;
    return buildCommandHandler(session, params);
  });
  connection.onRequest(gpusRequest, () => gpusHandler(session));
  connection.onRequest(toolkitsRequest, async () => {
    await settled;
    return toolkits(session);
  });
  connection.onRequest(clangdConfigRequest, async (params: ClangdConfigParams) => {
    await settled;
    return clangdConfigHandler(session, params);
  });
  connection.onRequest(doctorRequest, async () => {
    await settled;
    const { settings, databases, folders, buildFolders } = session;
    const files = [...session.documents.values()].map(({ file }) => file);
    return doctor({
      settings,
      toolkit: await session.toolkit(),
      cacheDirectory: await session.cacheDirectory(),
      targets: await buildTargets(settings, files, databases, { folders, buildFolders }),
    });
  });

  connection.onShutdown(async () => {
    includes.dispose();
    await diagnostics.dispose();
    await disposeRunners();
    for (const document of session.documents.values()) document.dispose();
    session.documents.clear();
  });

  connection.listen();
}

/** The client hands the bundle of its own language over as a file: URI or a path. */
function loadTranslations(bundle: string): void {
  l10n.config({ fsPath: bundle.startsWith('file:') ? fileOf(bundle) : bundle });
}
