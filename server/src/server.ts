/** The language server: a table of contents, request → handler. */
import type { CancellationToken, Connection } from 'vscode-languageserver';
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
  systemTraceRequest,
  runKernelRequest,
  runProgramRequest,
  runnablesRequest,
  sanitizeKernelRequest,
  sanitizeProgramRequest,
  sweepRequest,
  gpusRequest,
  toolkitsRequest,
  tuneRequest,
  unpinBaselineRequest,
  watchRequest,
  type AssemblyParams,
  type ApplyConfigurationParams,
  type BuildCommandParams,
  type CheckParams,
  type ChooseLaunchParams,
  type ClangdConfigParams,
  type ExportHistoryParams,
  type InstructionParams,
  type KernelRef,
  type PinBaselineParams,
  type ProfileKernelParams,
  type ProfilePageParams,
  type ProfileProgramParams,
  type ProgramInput,
  type ReadProfileParams,
  type SystemTraceParams,
  type RunKernelParams,
  type Runnables,
  type RunnablesParams,
  type RunProgramParams,
  type SanitizeKernelParams,
  type SanitizeProgramParams,
  type SweepParams,
  type TuneParams,
  type WatchParams,
} from '../../protocol/src';
import type { CudaParser } from './analysis';
import { buildCommandHandler } from './handlers/build-command';
import { checkHandler } from './handlers/check';
import { clangdConfigHandler } from './handlers/clangd-config';
import { codeActions } from './handlers/code-action';
import { codeLenses } from './handlers/code-lens';
import { completions } from './handlers/completion';
import { configureHandler } from './handlers/configure';
import { buildTargets, doctor } from './handlers/doctor';
import {
  clearHistoryHandler,
  exportHistoryHandler,
  historyHandler,
  pinBaselineHandler,
  unpinBaselineHandler,
} from './handlers/history';
import { gpusHandler } from './handlers/gpus';
import { hover } from './handlers/hover';
import { inlayHints } from './handlers/inlay-hints';
import { instructionHover } from './handlers/instruction';
import { chooseLaunchHandler, launchesHandler } from './handlers/launch-choice';
import { definition, references } from './handlers/navigation';
import * as profile from './handlers/profile';
import { planHandler, programInputHandler, runKernelHandler, runProgramHandler } from './handlers/run';
import { runnables } from './handlers/runnables';
import { sanitizeKernelHandler, sanitizeProgramHandler } from './handlers/sanitize';
import { documentSymbols } from './handlers/symbols';
import { systemTraceHandler } from './handlers/system-trace';
import { applyConfigurationHandler, sweepHandler, tuneHandler } from './handlers/tune';
import { describeError } from './log';
import { toolkits } from './handlers/toolkits';
import { followDocuments } from './server/documents';
import { followLifecycle } from './server/lifecycle';
import { Services } from './server/services';

export function startServer(connection: Connection, parser: CudaParser): void {
  const services = new Services(connection, parser);
  const { session, diagnostics, sanitized, assemblies, watches, runOutput } = services;
  followLifecycle(services);
  followDocuments(services);

  /** A failed request is logged with its cause and answers empty: the server never dies of one document. */
  function guarded<Params, Answer>(name: string, empty: Answer, handle: (params: Params) => Answer) {
    return (params: Params): Answer => {
      try {
        return handle(params);
      } catch (error) {
        connection.console.error(`${name}: ${describeError(error)}`);
        return empty;
      }
    };
  }

  /** For requests that hang on the settings: what comes right behind a change waits for it. */
  function settled<Params, Answer>(handle: (params: Params, token: CancellationToken) => Answer | Promise<Answer>) {
    return async (params: Params, token: CancellationToken): Promise<Answer> => {
      await services.settled.catch(() => undefined);
      return handle(params, token);
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
  connection.onRequest(
    runKernelRequest,
    settled((params: RunKernelParams, token) => runKernelHandler(session, runOutput, params, token)),
  );
  connection.onRequest(
    runProgramRequest,
    settled((params: RunProgramParams, token) => runProgramHandler(session, runOutput, params, token)),
  );
  connection.onNotification(programInputNotification, (input: ProgramInput) => programInputHandler(input));
  connection.onRequest(
    sanitizeKernelRequest,
    settled((params: SanitizeKernelParams, token) =>
      sanitizeKernelHandler(session, runOutput, sanitized, params, token),
    ),
  );
  connection.onRequest(
    sanitizeProgramRequest,
    settled((params: SanitizeProgramParams, token) =>
      sanitizeProgramHandler(session, runOutput, sanitized, params, token),
    ),
  );
  connection.onRequest(
    profileKernelRequest,
    settled((params: ProfileKernelParams, token) => profile.profileKernelHandler(session, runOutput, params, token)),
  );
  connection.onRequest(
    profileProgramRequest,
    settled((params: ProfileProgramParams, token) => profile.profileProgramHandler(session, runOutput, params, token)),
  );
  connection.onRequest(
    readProfileRequest,
    settled((params: ReadProfileParams, token) => profile.readProfileHandler(session, params, token)),
  );
  connection.onRequest(systemTraceRequest, (params: SystemTraceParams, token: CancellationToken) =>
    systemTraceHandler(session, params, token),
  );
  connection.onRequest(profilePageRequest, (params: ProfilePageParams) => profile.profilePageHandler(session, params));
  connection.onRequest(profileListRequest, () => profile.profileListHandler(session));
  connection.onRequest(
    planRequest,
    settled((params: KernelRef) => planHandler(session, params)),
  );
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
  connection.onRequest(
    tuneRequest,
    settled((params: TuneParams, token) => tuneHandler(session, runOutput, params, token)),
  );
  connection.onRequest(applyConfigurationRequest, (params: ApplyConfigurationParams) =>
    applyConfigurationHandler(session, params),
  );
  connection.onRequest(
    sweepRequest,
    settled((params: SweepParams, token) => sweepHandler(session, runOutput, params, token)),
  );
  connection.onRequest(watchRequest, (params: WatchParams) => watches.set(params));
  connection.onRequest(
    assemblyRequest,
    settled((params: AssemblyParams, token) => assemblies.answer(params, token)),
  );
  connection.onRequest(
    instructionRequest,
    guarded('instruction', null, (params: InstructionParams) => instructionHover(params)),
  );
  connection.onRequest(
    checkRequest,
    settled((params: CheckParams, token) => checkHandler(session, params, token, (work) => diagnostics.inTurn(work))),
  );
  connection.onRequest(
    buildCommandRequest,
    settled((params: BuildCommandParams) => buildCommandHandler(session, params)),
  );
  connection.onRequest(
    gpusRequest,
    settled(() => gpusHandler(session)),
  );
  connection.onRequest(
    toolkitsRequest,
    settled(() => toolkits(session)),
  );
  connection.onRequest(
    clangdConfigRequest,
    settled((params: ClangdConfigParams) => clangdConfigHandler(session, params)),
  );
  connection.onRequest(
    doctorRequest,
    settled(async () => {
      const { settings, databases, folders, buildFolders } = session;
      const files = [...session.documents.values()].map(({ file }) => file);
      return doctor({
        settings,
        toolkit: await session.toolkit(),
        cacheDirectory: session.cacheDirectory,
        targets: await buildTargets(settings, files, databases, { folders, buildFolders }),
      });
    }),
  );

  connection.listen();
}
