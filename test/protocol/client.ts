/** Drives the real bundled server over stdio, as an editor does. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type CodeAction,
  type CodeLens,
  type Diagnostic,
  type InitializeResult,
  type ProtocolConnection,
  type TextEdit,
} from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { URI } from 'vscode-uri';
import type { InitializationOptions } from '../../protocol/src';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

export interface ClientOptions {
  readonly settings?: object;
  readonly initializationOptions?: InitializationOptions;
  readonly env?: Record<string, string>;
  readonly workspaceFolder?: string;
}

const waitLimitMs = 150_000;

export class TestClient {
  readonly diagnostics = new Map<string, readonly Diagnostic[]>();
  readonly notifications: { method: string; params: unknown }[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #texts = new Map<string, TextDocument>();
  capabilities!: InitializeResult['capabilities'];

  private constructor(
    readonly connection: ProtocolConnection,
    readonly process: ChildProcess,
    readonly cacheDirectory: string,
    private settings: object,
  ) {}

  static async start(options: ClientOptions = {}): Promise<TestClient> {
    const cache = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-protocol-'));
    const server = spawn(process.execPath, [path.join(root, 'dist/server.js'), '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...options.env },
    });
    const connection = createProtocolConnection(
      new StreamMessageReader(server.stdout),
      new StreamMessageWriter(server.stdin),
    );
    const client = new TestClient(connection, server, cache, options.settings ?? {});
    await client.#initialize(options);
    return client;
  }

  async #initialize(options: ClientOptions): Promise<void> {
    const { connection } = this;
    connection.onNotification(
      'textDocument/publishDiagnostics',
      (params: { uri: string; diagnostics: Diagnostic[] }) => {
        this.diagnostics.set(params.uri, params.diagnostics);
        this.#wake();
      },
    );
    for (const method of [
      'kernelLens/results',
      'kernelLens/watches',
      'kernelLens/watchTriggered',
      'kernelLens/runProgress',
      'kernelLens/toolkitMissing',
      'kernelLens/environment',
      'window/showMessage',
    ]) {
      connection.onNotification(method, (params: unknown) => {
        this.notifications.push({ method, params });
        this.#wake();
      });
    }
    connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) =>
      items.map(() => this.settings),
    );
    connection.onRequest('client/registerCapability', () => null);
    connection.onRequest('workspace/codeLens/refresh', () => null);
    connection.listen();
    const folder = options.workspaceFolder;
    const answer = await connection.sendRequest<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: folder === undefined ? null : [{ uri: URI.file(folder).toString(), name: 'test' }],
      capabilities: {
        workspace: {
          configuration: true,
          didChangeConfiguration: { dynamicRegistration: true },
          codeLens: { refreshSupport: true },
        },
        textDocument: { publishDiagnostics: { relatedInformation: true } },
      },
      initializationOptions: { trusted: true, cacheDirectory: this.cacheDirectory, ...options.initializationOptions },
    });
    this.capabilities = answer.capabilities;
    await connection.sendNotification('initialized', {});
  }

  async open(file: string, text: string): Promise<string> {
    const uri = URI.file(file).toString();
    this.#texts.set(uri, TextDocument.create(uri, 'cuda-cpp', 1, text));
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'cuda-cpp', version: 1, text },
    });
    return uri;
  }

  /** Replaces the first occurrence of `from`, as an incremental edit. */
  async replace(uri: string, from: string, to: string): Promise<void> {
    const document = this.document(uri);
    const offset = document.getText().indexOf(from);
    if (offset < 0) throw new Error(`${from} is not in ${uri}`);
    await this.edit(uri, [
      { range: { start: document.positionAt(offset), end: document.positionAt(offset + from.length) }, newText: to },
    ]);
  }

  async edit(uri: string, edits: readonly TextEdit[]): Promise<void> {
    const document = this.document(uri);
    // Later places first, so that each range still fits.
    const changes = [...edits]
      .sort((a, b) => document.offsetAt(b.range.start) - document.offsetAt(a.range.start))
      .map(({ range, newText }) => ({ range, text: newText }));
    const version = document.version + 1;
    TextDocument.update(document, changes, version);
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: changes,
    });
  }

  save(uri: string): Promise<void> {
    return this.connection.sendNotification('textDocument/didSave', { textDocument: { uri } });
  }

  close(uri: string): Promise<void> {
    return this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  async configure(settings: object): Promise<void> {
    this.settings = settings;
    await this.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  }

  document(uri: string): TextDocument {
    const document = this.#texts.get(uri);
    if (document === undefined) throw new Error(`${uri} is not open`);
    return document;
  }

  text(uri: string): string {
    return this.document(uri).getText();
  }

  lenses(uri: string): Promise<CodeLens[]> {
    return this.connection.sendRequest('textDocument/codeLens', { textDocument: { uri } });
  }

  actions(uri: string, diagnostic: Diagnostic): Promise<CodeAction[]> {
    return this.connection.sendRequest('textDocument/codeAction', {
      textDocument: { uri },
      range: diagnostic.range,
      context: { diagnostics: [diagnostic] },
    });
  }

  /** Waits until a file's diagnostics satisfy `condition`, and returns them. */
  async diagnosticsOf(uri: string, condition: (all: readonly Diagnostic[]) => boolean): Promise<readonly Diagnostic[]> {
    return this.waitFor(
      () => {
        const all = this.diagnostics.get(uri);
        return all !== undefined && condition(all) ? all : undefined;
      },
      () => `diagnostics of ${uri}: ${JSON.stringify(this.diagnostics.get(uri) ?? null)}`,
    );
  }

  async notification<T>(method: string, condition: (params: T) => boolean = () => true): Promise<T> {
    return this.waitFor(
      () => this.notifications.find((n) => n.method === method && condition(n.params as T))?.params as T | undefined,
      () => method,
    );
  }

  async waitFor<T>(probe: () => T | undefined, what: () => string): Promise<T> {
    const limit = Date.now() + waitLimitMs;
    for (;;) {
      const found = probe();
      if (found !== undefined) return found;
      const left = limit - Date.now();
      if (left <= 0) throw new Error(`waited in vain for ${what()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, Math.min(left, 1000));
        const waiting = this.#waiting;
        function done() {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    await this.connection.sendRequest('shutdown').catch(() => undefined);
    await this.connection.sendNotification('exit').catch(() => undefined);
    await ended;
    this.connection.dispose();
    await rm(this.cacheDirectory, { recursive: true, force: true });
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}

/** The text a range covers. */
export function covered(document: TextDocument, diagnostic: Diagnostic): string {
  return document.getText(diagnostic.range);
}
