/** The timeline of a traced program: the last run's, and that of a file somebody saved. */
import { createWriteStream, existsSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import * as vscode from 'vscode';
import { chromeTrace, csvTrace } from '../../../protocol/src/trace-export';
import { decodeTrace } from '../../../protocol/src/trace-file';
import { guarded } from '../commands';
import type { Context } from '../context';
import { goToLine, reportError } from '../report';
import { timelineTexts, type TimelineData } from '../text/timeline-texts';
import type { ViewContent } from '../views';

/** Files of the last traces, by the URI of their program; the last run's last. */
const traces = new Map<string, string>();

export function activate(context: Context): void {
  context.views.onRestore('timeline', async ({ uri, file }) => {
    // Old traces are removed when newer ones come.
    if (typeof uri !== 'string' || typeof file !== 'string' || !existsSync(file)) return undefined;
    traces.set(uri, file);
    return { key: keyOf(uri), content: await contentOf(uri, file) };
  });
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.showTimeline',
      guarded(context, ([uri]) => showTimeline(context, uri)),
    ),
    vscode.commands.registerCommand(
      'kernelLens.openTrace',
      guarded(context, () => openTrace()),
    ),
    vscode.window.registerCustomEditorProvider(
      'kernelLens.trace',
      {
        openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
        resolveCustomEditor: async ({ uri }, panel) => {
          const scripts = vscode.Uri.joinPath(context.extension.extensionUri, 'dist', 'webviews');
          panel.webview.options = { enableScripts: true, localResourceRoots: [scripts] };
          const name = path.posix.basename(uri.path);
          context.views.adopt(`trace ${uri.toString()}`, panel, await timelineContent(uri, name));
        },
      },
      { webviewOptions: { retainContextWhenHidden: true } },
    ),
  );
}

/** After a run: its timeline takes the place of the last one where that is open. */
export function rememberTrace(context: Context, uri: string, file: string): void {
  traces.delete(uri);
  traces.set(uri, file);
  if (context.views.isOpen(keyOf(uri))) {
    showTimeline(context, uri).catch((error: unknown) => reportError(context, error));
  }
}

async function showTimeline(context: Context, wanted: unknown): Promise<void> {
  const active = vscode.window.activeTextEditor?.document.uri.toString();
  const uri = [
    typeof wanted === 'string' ? vscode.Uri.parse(wanted).toString() : active,
    [...traces.keys()].at(-1),
  ].find((candidate) => candidate !== undefined && traces.has(candidate));
  const file = uri === undefined ? undefined : traces.get(uri);
  if (uri === undefined || file === undefined) {
    const open = vscode.l10n.t('Open Trace…');
    const message = vscode.l10n.t('No program has been traced yet: Run Program on a GPU does it.');
    if ((await vscode.window.showInformationMessage(message, open)) === open) await openTrace();
    return;
  }
  context.views.show(keyOf(uri), await contentOf(uri, file));
}

async function contentOf(uri: string, file: string): Promise<ViewContent<TimelineData>> {
  const name = path.posix.basename(vscode.Uri.parse(uri).path);
  const title = vscode.l10n.t('Timeline: {0}', name);
  return { ...(await timelineContent(vscode.Uri.file(file), title)), state: { page: 'timeline', uri, file } };
}

const keyOf = (uri: string) => `timeline ${uri}`;

async function openTrace(): Promise<void> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      filters: {
        [vscode.l10n.t('Traces')]: ['kltrace', 'nsys-rep', 'qdrep', 'sqlite'],
      },
      title: vscode.l10n.t('Open Trace…'),
    })) ?? [];
  if (!uri) return;
  const editor = uri.path.endsWith('.kltrace') ? 'kernelLens.trace' : 'kernelLens.systemTrace';
  await vscode.commands.executeCommand('vscode.openWith', uri, editor);
}

/** The page of a `.kltrace` file. */
export async function timelineContent(uri: vscode.Uri, title: string): Promise<ViewContent<TimelineData>> {
  // A copy: Node's buffers, which are views into larger ones, do not travel to a page as bytes.
  const bytes = new Uint8Array(await vscode.workspace.fs.readFile(uri));
  return {
    script: 'timeline',
    title,
    data: { bytes, texts: timelineTexts(vscode.l10n) },
    onMessage: async (message) => {
      const { file, line } = message;
      if (typeof line === 'number' && typeof file === 'string') await goToLine(vscode.Uri.file(file), line);
      else if (typeof message['export'] === 'string') await save(bytes, message['export']);
    },
  };
}

async function save(bytes: Uint8Array, format: string): Promise<void> {
  const extension = { chrome: 'json', csv: 'csv', trace: 'kltrace' }[format];
  if (extension === undefined) return;
  const data = decodeTrace(await promisify(gunzip)(bytes));
  if (data === undefined) return;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.resolve('.'));
  const name = `${path.parse(data.program).name}.${extension}`;
  const to = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(folder, name) });
  if (!to) return;
  if (extension === 'kltrace') await vscode.workspace.fs.writeFile(to, bytes);
  else if (to.scheme === 'file') {
    await pipeline(Readable.from(format === 'csv' ? csvTrace(data) : chromeTrace(data)), createWriteStream(to.fsPath));
  } else {
    const text = [...(format === 'csv' ? csvTrace(data) : chromeTrace(data))].join('');
    await vscode.workspace.fs.writeFile(to, Buffer.from(text));
  }
  if (format !== 'chrome') return;
  const open = vscode.l10n.t('Open Perfetto');
  const message = vscode.l10n.t(
    '{0} can be opened in ui.perfetto.dev or chrome://tracing.',
    path.posix.basename(to.path),
  );
  if ((await vscode.window.showInformationMessage(message, open)) === open) {
    await vscode.env.openExternal(vscode.Uri.parse('https://ui.perfetto.dev'));
  }
}
