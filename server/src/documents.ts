/** The open documents: the editor's text, its syntax tree and its FileModel, kept in step. */
import path from 'node:path';
import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import { URI } from 'vscode-uri';
import { buildModel, lint, type CudaParser, type FileModel, type Finding, type ParsedDocument } from './analysis';
import type { Settings } from '../../protocol/src';

export class OpenDocument {
  #model: FileModel | undefined;
  /** The lint of the present text under these settings: every publication of any document asks for it again. */
  #lint: { readonly settings: Settings; readonly findings: readonly Finding[] } | undefined;

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

  get model(): FileModel {
    this.#model ??= buildModel(this.parsed);
    return this.#model;
  }

  lint(settings: Settings): readonly Finding[] {
    if (this.#lint?.settings !== settings) {
      const findings = settings.lint.enable ? lint(this.parsed, this.model, { severities: settings.lint.rules }) : [];
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
