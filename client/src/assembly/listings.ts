/**
 * The texts behind the listings: asked of the server, kept with their links to the source, asked again after a save. They are a
 * file system that is only read, because VS Code opens files again after the window is loaded anew, and other texts not.
 */
import * as vscode from 'vscode';
import {
  assemblyRequest,
  type AssemblyAnswer,
  type AssemblyKind,
  type AssemblyParams,
} from '../../../protocol/src/assembly';
import type { Context } from '../context';
import { moveMarks } from '../text/marks';
import { placeOf, uriOf, type AssemblyPlace } from './place';

export interface ShownListing {
  readonly place: AssemblyPlace;
  /** Another one than the place's where a disassembler came or went since. */
  readonly kind: AssemblyKind;
  /** For each line of the listing, source lines as they were compiled. */
  readonly links: readonly (readonly number[])[];
  /** Where those source lines are now. */
  lines: readonly { readonly compiled: number; readonly line: number }[];
}

const baselineKey = 'assembly.baselines';

export class Listings implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;
  /** Of each listing that was asked for again: an editor reads it anew where this time is another. */
  readonly #times = new Map<string, number>();
  readonly #shown = new Map<string, ShownListing>();

  constructor(private readonly context: Context) {}

  get(uri: vscode.Uri): ShownListing | undefined {
    return this.#shown.get(uri.toString());
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    return { type: vscode.FileType.File, ctime: 0, mtime: this.#times.get(uri.toString()) ?? 0, size: 0 };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return Buffer.from(await this.#read(uri, new vscode.CancellationTokenSource().token));
  }

  /** Changes are told for all listings. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  writeFile(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  #change(uri: vscode.Uri): void {
    // Larger than any before, also for two changes within a millisecond.
    this.#times.set(uri.toString(), Math.max(Date.now(), (this.#times.get(uri.toString()) ?? 0) + 1));
    this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  async #read(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const place = placeOf(uri);
    if (place === undefined) return '';
    if (place.compare === 'baseline') return this.baseline(place) ?? '';
    const answer = await this.#ask(place, token);
    if (answer.status === 'cancelled') return '';
    if (answer.status === 'failed') {
      this.#shown.delete(uri.toString());
      return comment([
        answer.message,
        ...(answer.output === undefined ? [] : ['', ...answer.output.trim().split('\n')]),
      ]);
    }
    if (place.compare !== undefined) return answer.plain;
    const compiled = [...new Set(answer.links.flat())];
    this.#prune();
    this.#shown.set(uri.toString(), {
      place,
      kind: answer.kind,
      links: answer.links,
      lines: compiled.map((line) => ({ compiled: line, line })),
    });
    if (answer.kind !== place.kind) void this.#setLanguage(uri, answer.kind);
    return answer.text;
  }

  /** The place itself, or that of the PTX which stands in where SASS cannot be had: the name of a listing says what it is. */
  async available(place: AssemblyPlace, token: vscode.CancellationToken): Promise<AssemblyPlace> {
    const answer = await this.#ask(place, token);
    return answer.status === 'ok' && place.kind === 'sass' && answer.kind === 'ptx'
      ? { ...place, kind: 'ptx', asked: 'sass' }
      : place;
  }

  /** The source was saved, or a header that it may include. */
  refresh(saved: vscode.TextDocument): void {
    const header = /\.(?:cuh|h|hh|hpp|hxx|inl|inc)$/.test(saved.uri.path);
    for (const document of vscode.workspace.textDocuments) {
      const place = placeOf(document.uri);
      if (place === undefined || place.compare !== undefined) continue;
      if (header || place.uri === saved.uri.toString()) this.#change(document.uri);
    }
  }

  /** Links follow the text while it is edited; lines that are gone have none. */
  move({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const uri = document.uri.toString();
    for (const listing of this.#shown.values()) {
      if (listing.place.uri !== uri) continue;
      // VS Code lists the changes from the end of the document to its start, so that each one's lines still hold.
      listing.lines = contentChanges.reduce(
        (current, { range, text }) =>
          moveMarks(current, {
            startLine: range.start.line,
            startCharacter: range.start.character,
            endLine: range.end.line,
            text,
          }),
        listing.lines,
      );
    }
  }

  baseline(place: AssemblyPlace): string | undefined {
    return this.#baselines()[baselineOf(place)];
  }

  /** Pins the code of now. What went wrong is said, and nothing pinned. */
  async pin(place: AssemblyPlace, token: vscode.CancellationToken): Promise<boolean> {
    const answer = await this.#ask(place, token);
    if (answer.status === 'failed') void vscode.window.showErrorMessage(answer.message);
    if (answer.status !== 'ok') return false;
    const pinned = { ...this.#baselines(), [baselineOf(place)]: answer.plain };
    await this.context.extension.workspaceState.update(baselineKey, pinned);
    this.#change(uriOf({ ...place, compare: 'baseline' }));
    return true;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  /** Not when a document is closed: one that changes its language is closed and opened again. */
  #prune(): void {
    const open = new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.toString()));
    for (const uri of this.#shown.keys()) if (!open.has(uri)) this.#shown.delete(uri);
  }

  #baselines(): Record<string, string> {
    return this.context.extension.workspaceState.get<Record<string, string>>(baselineKey) ?? {};
  }

  async #ask(place: AssemblyPlace, token: vscode.CancellationToken): Promise<AssemblyAnswer> {
    // The server compiles open documents; this one may have been closed since.
    await vscode.workspace.openTextDocument(vscode.Uri.parse(place.uri));
    const { uri, kernel, architecture, compare } = place;
    const params: AssemblyParams = {
      uri,
      kind: place.asked ?? place.kind,
      ...(kernel === undefined ? {} : { kernel }),
      ...(architecture === undefined ? {} : { architecture }),
      ...(compare === 'lastSave' ? { before: true } : {}),
    };
    return this.context.server.request<AssemblyParams, AssemblyAnswer>(assemblyRequest, params, token);
  }

  /** A listing keeps its address, and so its name's ending, while its source is edited. */
  async #setLanguage(uri: vscode.Uri, language: string): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uri);
    if (document.languageId !== language) await vscode.languages.setTextDocumentLanguage(document, language);
  }
}

function baselineOf({ uri, kind, kernel, architecture }: AssemblyPlace): string {
  return JSON.stringify([uri, kind, kernel, architecture]);
}

function comment(lines: readonly string[]): string {
  return lines.map((line) => `// ${line}`.trimEnd()).join('\n') + '\n';
}
