/** Source and listing side by side: bands of one colour for what belongs together, and a selection that both share. */
import * as vscode from 'vscode';
import { assemblyScheme } from './place';
import type { Listings, ShownListing } from './listings';

/** Hues that stay apart for most eyes, faint enough for text of any theme; neighbours differ. */
const hues = [
  '66,133,244',
  '244,160,0',
  '15,157,88',
  '219,68,155',
  '0,172,193',
  '158,105,230',
  '175,180,43',
  '230,81,60',
];

export class Links implements vscode.Disposable {
  readonly #bands = hues.map((hue) =>
    vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      light: { backgroundColor: `rgba(${hue},0.13)` },
      dark: { backgroundColor: `rgba(${hue},0.17)` },
    }),
  );
  readonly #selected = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
    borderColor: new vscode.ThemeColor('focusBorder'),
    borderStyle: 'solid',
    borderWidth: '0 0 0 3px',
    overviewRulerColor: new vscode.ThemeColor('focusBorder'),
    overviewRulerLane: vscode.OverviewRulerLane.Center,
  });

  constructor(private readonly listings: Listings) {}

  /** Bands of everything in view. */
  draw(): void {
    const editors = vscode.window.visibleTextEditors;
    const pairs = this.#pairs();
    for (const { listing, editor, sources } of pairs) {
      const color = colorsOf(listing);
      paint(editor, this.#bands, (line) => {
        const [innermost] = listing.links[line] ?? [];
        return innermost === undefined ? undefined : color.get(innermost);
      });
      for (const source of sources) {
        const now = new Map(listing.lines.map(({ compiled, line }) => [line, color.get(compiled)]));
        paint(source, this.#bands, (line) => now.get(line));
      }
    }
    // Editors whose listing is gone keep no bands.
    const painted = new Set(pairs.flatMap(({ editor, sources }) => [editor, ...sources]));
    for (const editor of editors) {
      if (painted.has(editor)) continue;
      for (const type of [...this.#bands, this.#selected]) editor.setDecorations(type, []);
    }
  }

  /** The lines of the selection, and what belongs to them on the other side. */
  select(from: vscode.TextEditor): void {
    for (const { listing, editor, sources } of this.#pairs()) {
      const lines = new Set(from.selections.flatMap(({ start, end }) => range(start.line, end.line)));
      let compiled: Set<number>;
      if (from === editor) compiled = new Set([...lines].flatMap((line) => listing.links[line] ?? []));
      else if (sources.includes(from)) compiled = new Set(linesNow(listing, (line) => lines.has(line)));
      else continue;
      const inListing = listing.links.flatMap((links, line) =>
        links.some((link) => compiled.has(link)) ? [line] : [],
      );
      const inSource = listing.lines.filter((each) => compiled.has(each.compiled)).map(({ line }) => line);
      this.#mark(editor, inListing, from !== editor);
      for (const source of sources) this.#mark(source, inSource, from !== source);
    }
  }

  dispose(): void {
    for (const type of [...this.#bands, this.#selected]) type.dispose();
  }

  #mark(editor: vscode.TextEditor, lines: readonly number[], reveal: boolean): void {
    editor.setDecorations(
      this.#selected,
      lines.map((line) => new vscode.Range(line, 0, line, 0)),
    );
    const [first] = lines;
    if (!reveal || first === undefined) return;
    const visible = editor.visibleRanges.some(({ start, end }) =>
      lines.some((line) => start.line <= line && line <= end.line),
    );
    if (!visible) editor.revealRange(new vscode.Range(first, 0, first, 0), vscode.TextEditorRevealType.InCenter);
  }

  #pairs(): { listing: ShownListing; editor: vscode.TextEditor; sources: vscode.TextEditor[] }[] {
    const editors = vscode.window.visibleTextEditors;
    return editors.flatMap((editor) => {
      if (editor.document.uri.scheme !== assemblyScheme) return [];
      const listing = this.listings.get(editor.document.uri);
      if (listing === undefined) return [];
      const sources = editors.filter(({ document }) => document.uri.toString() === listing.place.uri);
      return [{ listing, editor, sources }];
    });
  }
}

/** A colour for each source line, so that lines next to each other differ. */
function colorsOf({ links }: ShownListing): Map<number, number> {
  const lines = [...new Set(links.flatMap(([innermost]) => (innermost === undefined ? [] : [innermost])))];
  return new Map(lines.sort((a, b) => a - b).map((line, index) => [line, index % hues.length]));
}

function paint(
  editor: vscode.TextEditor,
  types: readonly vscode.TextEditorDecorationType[],
  colorOf: (line: number) => number | undefined,
): void {
  const ranges: vscode.Range[][] = types.map(() => []);
  for (let line = 0; line < editor.document.lineCount; line++) {
    const color = colorOf(line);
    if (color !== undefined) ranges[color]?.push(new vscode.Range(line, 0, line, 0));
  }
  types.forEach((type, index) => editor.setDecorations(type, ranges[index] ?? []));
}

function linesNow({ lines }: ShownListing, wanted: (line: number) => boolean): number[] {
  return lines.filter(({ line }) => wanted(line)).map(({ compiled }) => compiled);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
