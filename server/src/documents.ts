/** The open documents: the editor's text, its syntax tree and its FileModel, kept in step. */
import path from 'node:path';
import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import { URI } from 'vscode-uri';
import {
  buildModel,
  lint,
  type CompiledKernel,
  type CudaParser,
  type FileModel,
  type Finding,
  type Imports,
  type ParsedDocument,
  type Target,
} from './analysis';
import { noSites } from './launch-sites';
import type { LaunchingFile } from './runner';
import type { Settings } from '../../protocol/src';

export class OpenDocument {
  #imports: Imports | undefined;
  /** Other files that launch kernels of this one, as far as they have been found. */
  elsewhere: readonly LaunchingFile[] = noSites;
  #model: FileModel | undefined;
  /** The lint of the present text under these settings: every publication of any document asks for it again. */
  #lint: { readonly settings: Settings; readonly findings: readonly Finding[] } | undefined;
  #target: Target = {};
  #compiled: { readonly version: number; readonly kernels: readonly CompiledKernel[] } | undefined;

  private constructor(
    readonly uri: string,
    readonly languageId: string,
    private readonly text: TextDocument,
    readonly parsed: ParsedDocument,
  ) {}

  static open(parser: CudaParser, uri: string, languageId: string, version: number, content: string): OpenDocument {
    const text = TextDocument.create(uri, languageId, version, content);
    return new OpenDocument(uri, languageId, text, parser.parse(content));
  }

  /** Applies the editor's changes in place. */
  change(changes: TextDocumentContentChangeEvent[], version: number): void {
    TextDocument.update(this.text, changes, version);
    this.parsed.replace(this.text.getText());
    this.#model = undefined;
    this.#lint = undefined;
  }

  get version(): number {
    return this.text.version;
  }

  get content(): string {
    return this.text.getText();
  }

  /** Absolute path. An untitled document gets one of its own below no real folder. */
  get file(): string {
    return fileOf(this.uri);
  }

  /** What the included files declare, as far as they have been read. */
  get imports(): Imports | undefined {
    return this.#imports;
  }

  set imports(imports: Imports | undefined) {
    this.#imports = imports;
    this.#model = undefined;
    this.#lint = undefined;
  }

  get model(): FileModel {
    this.#model ??= buildModel(this.parsed, this.#imports);
    return this.#model;
  }

  /** What the text is compiled for; what the compiler made of it is there as long as it is the present text. */
  get target(): Target {
    return this.compiledNow ? { ...this.#target, compiled: this.compiled } : this.#target;
  }

  set target(target: Target) {
    this.#target = target;
    this.#lint = undefined;
  }

  /** What the compiler last made of the kernels. */
  get compiled(): readonly CompiledKernel[] {
    return this.#compiled?.kernels ?? [];
  }

  /** Whether `compiled` is about the present text. */
  get compiledNow(): boolean {
    return this.#compiled?.version === this.version;
  }

  /** The same for the other architectures of the settings. */
  compiledElsewhere: readonly CompiledKernel[] = [];

  setCompiled(version: number, kernels: readonly CompiledKernel[]): void {
    this.#compiled = { version, kernels };
    this.#lint = undefined;
  }

  lint(settings: Settings): readonly Finding[] {
    if (this.#lint?.settings !== settings) {
      const findings = settings.lint.enable
        ? lint(this.parsed, this.model, { severities: settings.lint.rules, target: this.target })
        : [];
      this.#lint = { settings, findings };
    }
    return this.#lint.findings;
  }

  positionAt(offset: number): { line: number; character: number } {
    return this.text.positionAt(offset);
  }

  offsetAt(position: { line: number; character: number }): number {
    return this.text.offsetAt(position);
  }

  dispose(): void {
    this.parsed.dispose();
  }
}

export function fileOf(uri: string): string {
  const parsed = URI.parse(uri);
  return parsed.scheme === 'file'
    ? parsed.fsPath
    : path.resolve(path.sep, parsed.scheme, parsed.path.replace(/^\/+/, ''));
}

export function uriOf(file: string): string {
  return URI.file(file).toString();
}
