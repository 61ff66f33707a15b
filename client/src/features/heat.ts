/** Hot lines of a profile in the source: a coloured bar in the gutter, the share of the samples, the reasons in the hover. */
import * as vscode from 'vscode';
import type { ProfileHeat } from '../../../protocol/src/profile';
import type { Context } from '../context';
import { moveMarks } from '../text/marks';

type HeatLine = ProfileHeat['lines'][number];

/** From lukewarm to hot: the least share of a step, and its colour, which stands out on light and dark grounds alike. */
const steps = [
  { from: 0.3, color: '#e5484d' },
  { from: 0.1, color: '#f76808' },
  { from: 0.03, color: '#e2a610' },
  { from: 0, color: '#8d9db0' },
] as const;

const shown = new Map<string, { readonly kernel: string; readonly lines: readonly HeatLine[] }>();
const changed = new vscode.EventEmitter<void>();
let types: readonly vscode.TextEditorDecorationType[] = [];

export function activate(context: Context): void {
  types = steps.map(({ color }) => decorationType(color));
  context.extension.subscriptions.push(
    ...types,
    changed,
    vscode.commands.registerCommand('kernelLens.clearHeat', () => clearHeat()),
    vscode.languages.registerCodeLensProvider(
      { scheme: 'file' },
      { onDidChangeCodeLenses: changed.event, provideCodeLenses: (document) => clearLens(document) },
    ),
    vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach(draw)),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const key = document.uri.toString();
      const heat = shown.get(key);
      if (!heat || contentChanges.length === 0) return;
      const lines = contentChanges.reduce<readonly HeatLine[]>(
        (current, { range, text }) =>
          moveMarks(current, {
            startLine: range.start.line,
            startCharacter: range.start.character,
            endLine: range.end.line,
            text,
          }),
        heat.lines,
      );
      shown.set(key, { ...heat, lines });
      drawAll();
    }),
  );
}

/** The heat of one launch takes the place of any other. */
export function showHeat(kernel: string, files: readonly ProfileHeat[]): void {
  shown.clear();
  for (const { file, lines } of files) shown.set(vscode.Uri.file(file).toString(), { kernel, lines });
  drawAll();
  changed.fire();
  void vscode.commands.executeCommand('setContext', 'kernelLens.heat', files.length > 0);
}

function clearHeat(): void {
  showHeat('', []);
}

function drawAll(): void {
  vscode.window.visibleTextEditors.forEach(draw);
}

function draw(editor: vscode.TextEditor): void {
  const lines = shown.get(editor.document.uri.toString())?.lines ?? [];
  const there = lines.filter(({ line }) => line < editor.document.lineCount);
  steps.forEach(({ from }, index) => {
    const below = steps[index - 1]?.from ?? Infinity;
    const own = there.filter(({ share }) => share >= from && share < below);
    const type = types[index];
    if (type)
      editor.setDecorations(
        type,
        own.map((line) => decoration(editor.document, line)),
      );
  });
}

function decoration(document: vscode.TextDocument, { line, text, hover }: HeatLine): vscode.DecorationOptions {
  return {
    range: document.lineAt(line).range,
    hoverMessage: new vscode.MarkdownString(hover),
    renderOptions: { after: { contentText: text } },
  };
}

function decorationType(color: string): vscode.TextEditorDecorationType {
  const bar = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect x="5" width="6" height="16" rx="1" fill="${color}"/></svg>`;
  return vscode.window.createTextEditorDecorationType({
    gutterIconPath: vscode.Uri.parse(`data:image/svg+xml;base64,${Buffer.from(bar).toString('base64')}`),
    gutterIconSize: 'contain',
    overviewRulerColor: color,
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    after: { color: new vscode.ThemeColor('editorCodeLens.foreground'), margin: '0 0 0 2em', fontStyle: 'italic' },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
  });
}

/** In a row of its own: in that of the kernel a narrow editor cuts what stands last. */
function clearLens(document: vscode.TextDocument): vscode.CodeLens[] {
  const heat = shown.get(document.uri.toString());
  if (!heat || heat.lines.length === 0) return [];
  const lines = heat.lines.map(({ line }) => line).filter((line) => line < document.lineCount);
  const inBody = lines.filter((line) => !document.lineAt(line).text.includes('__global__'));
  const first = Math.min(...(inBody.length > 0 ? inBody : lines), document.lineCount - 1);
  const title = `$(flame)\u00a0${vscode.l10n.t('Profile of {0} · Clear', heat.kernel)}`;
  return [new vscode.CodeLens(new vscode.Range(first, 0, first, 0), { title, command: 'kernelLens.clearHeat' })];
}
