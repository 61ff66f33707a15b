/** From the first message to the last: what both sides can do, the settings, trust, and the end. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import {
  CodeActionKind,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  TextDocumentSyncKind,
  type InitializeParams,
  type ServerCapabilities,
} from 'vscode-languageserver';
import { environmentNotification, trustGrantedNotification, type InitializationOptions } from '../../../protocol/src';
import { fileOf } from '../documents';
import { environment } from '../handlers/environment';
import { describeError } from '../log';
import { setChildLanguage } from '../process';
import { disposeRunners } from '../runner';
import type { Services } from './services';

const capabilities: ServerCapabilities = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
  codeLensProvider: { resolveProvider: false },
  hoverProvider: true,
  inlayHintProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  documentSymbolProvider: true,
  completionProvider: { triggerCharacters: ['<', ',', '.', ':', '='] },
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
};

export function followLifecycle(services: Services): void {
  const { connection, session, diagnostics, includes, assemblies, watches, runOutput } = services;
  const log = connection.console;

  connection.onInitialize((params: InitializeParams) => {
    services.client = params.capabilities;
    const options = (params.initializationOptions ?? {}) as InitializationOptions;
    if (options.l10nBundle !== undefined) loadTranslations(options.l10nBundle);
    session.configure(options);
    session.folders = (params.workspaceFolders ?? []).map(({ uri }) => fileOf(uri));
    return { serverInfo: { name: 'Kernel Lens' }, capabilities };
  });

  /** What happens after a notification happens beside it; what goes wrong there is logged. */
  function background<Params>(name: string, handle: (params: Params) => Promise<void>) {
    return (params: Params): void => {
      handle(params).catch((error: unknown) => log.error(`${name}: ${describeError(error)}`));
    };
  }

  /** All that is said of the documents is said anew. */
  function restart(): void {
    diagnostics.restart();
    includes.refresh();
    void sendEnvironment(services);
  }

  connection.onInitialized(
    background('initialized', async () => {
      services.settled = pullSettings(services);
      await registerForChanges(services);
      await services.settled;
      restart();
    }),
  );

  connection.onDidChangeConfiguration(
    background('configuration', async ({ settings }) => {
      services.settled = pullSettings(services, settings);
      await services.settled;
      restart();
      runOutput.changed('');
    }),
  );

  connection.onDidChangeWatchedFiles(
    background('watched files', async ({ changes }) => {
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
    restart();
    runOutput.changed('');
  });

  connection.onShutdown(async () => {
    includes.dispose();
    await diagnostics.dispose();
    await disposeRunners();
    for (const document of session.documents.values()) document.dispose();
    session.documents.clear();
  });
}

async function registerForChanges({ connection, client }: Services): Promise<void> {
  if (client.workspace?.didChangeConfiguration?.dynamicRegistration) {
    await connection.client.register(DidChangeConfigurationNotification.type, { section: 'kernelLens' });
  }
  if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration) {
    await connection.client.register(DidChangeWatchedFilesNotification.type, {
      watchers: [{ globPattern: '**/compile_commands.json' }, { globPattern: '**/*.{cu,cuh,h,hh,hpp,hxx,inc,inl}' }],
    });
  }
}

async function sendEnvironment({ connection, session }: Services): Promise<void> {
  if (!session.trusted) return;
  try {
    await connection.sendNotification(environmentNotification, await environment(session));
  } catch (error) {
    connection.console.error(`environment: ${describeError(error)}`);
  }
}

async function pullSettings(services: Services, pushed?: unknown): Promise<void> {
  const { connection, client, session } = services;
  const section = client.workspace?.configuration
    ? ((await connection.workspace.getConfiguration('kernelLens')) as unknown)
    : (pushed as { kernelLens?: unknown } | undefined)?.kernelLens;
  session.applySettings(section);
  await pullBuildFolders(services);
}

/** `cmake.buildDirectory` may hold a compilation database outside the usual folders. */
async function pullBuildFolders({ connection, client, session }: Services): Promise<void> {
  if (!client.workspace?.configuration) return;
  const value: unknown = await connection.workspace.getConfiguration('cmake.buildDirectory');
  if (typeof value !== 'string' || value === '') return;
  session.buildFolders = session.folders.map((folder) =>
    path.resolve(folder, value.replaceAll('${workspaceFolder}', folder).replaceAll('${workspaceRoot}', folder)),
  );
}

/** The client hands the bundle of its own language over as a file: URI or a path. */
function loadTranslations(bundle: string): void {
  const file = bundle.startsWith('file:') ? fileOf(bundle) : bundle;
  l10n.config({ fsPath: file });
  setChildLanguage(file);
}
