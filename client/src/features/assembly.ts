/** `Show Assembly`: PTX or SASS beside the source, linked line by line, and what its instructions mean. */
import * as vscode from 'vscode';
import {
  instructionRequest,
  type AssemblyKind,
  type InstructionAnswer,
  type InstructionParams,
} from '../../../protocol/src/assembly';
import { Links } from '../assembly/links';
import { Listings } from '../assembly/listings';
import { assemblyScheme, placeOf, uriOf, type AssemblyPlace } from '../assembly/place';
import { guarded, onKernel, whereTrusted } from '../commands';
import type { Context } from '../context';

/** The language chosen last. */
const kindKey = 'assembly.kind';
const architectures = ['sm_75', 'sm_80', 'sm_86', 'sm_89', 'sm_90', 'sm_90a', 'sm_100', 'sm_100a', 'sm_120'];

export function activate(context: Context): void {
  const listings = new Listings(context);
  const links = new Links(listings);
  const lenses = new vscode.EventEmitter<void>();

  /** Does something with the listing that a lens names, or with the one in front. */
  const withPlace = (act: (place: AssemblyPlace) => Promise<void>) =>
    guarded(context, async ([named]) => {
      const uri =
        typeof named === 'string'
          ? vscode.Uri.parse(named)
          : named instanceof vscode.Uri
            ? named
            : vscode.window.activeTextEditor?.document.uri;
      const place = uri && placeOf(uri);
      if (place) await act(place);
    });
  const replace = (place: AssemblyPlace) => (next: AssemblyPlace) => show(next, uriOf(place));

  context.extension.subscriptions.push(
    listings,
    links,
    lenses,
    vscode.workspace.registerFileSystemProvider(assemblyScheme, listings, { isReadonly: true, isCaseSensitive: true }),
    vscode.languages.registerHoverProvider([{ language: 'ptx' }, { language: 'sass' }], {
      provideHover: (document, position, token) => hover(context, document, position, token),
    }),
    vscode.languages.registerCodeLensProvider(
      { scheme: assemblyScheme },
      { onDidChangeCodeLenses: lenses.event, provideCodeLenses: ({ uri }) => lensesOf(uri, listings) },
    ),
    vscode.commands.registerCommand(
      'kernelLens.showAssembly',
      onKernel(
        context,
        async (target) => {
          const kind = context.extension.globalState.get<AssemblyKind>(kindKey) ?? 'sass';
          await show({ ...target, cursor: target.kernel, kind });
        },
        whereTrusted,
      ),
    ),
    vscode.commands.registerCommand(
      'kernelLens.switchAssembly',
      withPlace(async (place) => {
        const { asked: _, ...others } = place;
        const kind = place.kind === 'sass' ? 'ptx' : 'sass';
        await context.extension.globalState.update(kindKey, kind);
        await replace(place)({ ...others, kind });
      }),
    ),
    vscode.commands.registerCommand(
      'kernelLens.toggleAssemblyScope',
      withPlace(async (place) => {
        const { kernel, ...whole } = place;
        if (kernel !== undefined) await replace(place)(whole);
        else if (place.cursor !== undefined) await replace(place)({ ...place, kernel: place.cursor });
      }),
    ),
    vscode.commands.registerCommand(
      'kernelLens.selectAssemblyArchitecture',
      withPlace(async (place) => {
        const own = vscode.l10n.t("The file's own");
        const picked = await vscode.window.showQuickPick([own, ...architectures], {
          placeHolder: vscode.l10n.t('Assembly for which architecture?'),
        });
        if (picked === undefined) return;
        // Another architecture may have a disassembler.
        const { architecture: _, asked, ...others } = place;
        const next = { ...others, kind: asked ?? place.kind };
        await replace(place)(picked === own ? next : { ...next, architecture: picked });
      }),
    ),
    vscode.commands.registerCommand(
      'kernelLens.diffAssembly',
      withPlace((place) => diff(place, 'lastSave', vscode.l10n.t('last save ↔ now'))),
    ),
    vscode.commands.registerCommand(
      'kernelLens.pinAssembly',
      withPlace(async (place) => {
        const source = new vscode.CancellationTokenSource();
        if (await listings.pin(place, source.token)) {
          lenses.fire();
          vscode.window.setStatusBarMessage(`$(pin) ${vscode.l10n.t('Assembly pinned as the baseline.')}`, 5000);
        }
      }),
    ),
    vscode.commands.registerCommand(
      'kernelLens.diffAssemblyBaseline',
      withPlace(async (place) => {
        if (listings.baseline(place) === undefined) {
          void vscode.window.showInformationMessage(
            vscode.l10n.t('No assembly is pinned as a baseline for this view.'),
          );
        } else await diff(place, 'baseline', vscode.l10n.t('baseline ↔ now'));
      }),
    ),
    vscode.workspace.onDidSaveTextDocument((document) => listings.refresh(document)),
    // A language that is set makes a document anew, without bands.
    vscode.workspace.onDidOpenTextDocument(({ uri }) => {
      if (uri.scheme === assemblyScheme) links.draw();
    }),
    vscode.workspace.onDidChangeTextDocument((change) => {
      if (change.document.uri.scheme === assemblyScheme) links.draw();
      else if (change.contentChanges.length > 0) listings.move(change);
    }),
    vscode.window.onDidChangeVisibleTextEditors(() => links.draw()),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      if (textEditor === vscode.window.activeTextEditor) links.select(textEditor);
    }),
  );

  async function show(wanted: AssemblyPlace, instead?: vscode.Uri): Promise<void> {
    const title = vscode.l10n.t(
      'Compiling {0}…',
      wanted.kernel ?? vscode.Uri.parse(wanted.uri).path.split('/').pop() ?? '',
    );
    const document = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, async () => {
      const source = new vscode.CancellationTokenSource();
      return vscode.workspace.openTextDocument(uriOf(await listings.available(wanted, source.token)));
    });
    const { uri } = document;
    const old =
      instead && vscode.window.visibleTextEditors.find((each) => each.document.uri.toString() === instead.toString());
    const viewColumn = old?.viewColumn ?? listingColumn() ?? vscode.ViewColumn.Beside;
    await vscode.window.showTextDocument(document, { viewColumn, preserveFocus: old === undefined, preview: true });
    if (instead && instead.toString() !== uri.toString()) await closeTab(instead);
    links.draw();
    lenses.fire();
  }
}

/** One listing takes the place of another, as results of a search do. */
function listingColumn(): vscode.ViewColumn | undefined {
  return vscode.window.visibleTextEditors.find(({ document }) => document.uri.scheme === assemblyScheme)?.viewColumn;
}

async function closeTab(uri: vscode.Uri): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const tab = tabs.find(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString());
  if (tab) await vscode.window.tabGroups.close(tab, true);
}

async function diff(place: AssemblyPlace, compare: 'lastSave' | 'baseline', title: string): Promise<void> {
  const name = place.kernel ?? vscode.Uri.parse(place.uri).path.split('/').pop() ?? '';
  await vscode.commands.executeCommand(
    'vscode.diff',
    uriOf({ ...place, compare }),
    uriOf({ ...place, compare: 'now' }),
    `${name} (${title})`,
    // In preview it would take the place of the listing.
    { preview: false },
  );
}

function lensesOf(uri: vscode.Uri, listings: Listings): vscode.CodeLens[] {
  const place = placeOf(uri);
  if (place === undefined || place.compare !== undefined) return [];
  const top = new vscode.Range(0, 0, 0, 0);
  const lens = (title: string, command: string) =>
    new vscode.CodeLens(top, { title, command, arguments: [uri.toString()] });
  const shown = listings.get(uri)?.kind ?? place.kind;
  const others = place.kind === 'sass' ? vscode.l10n.t('Show PTX') : vscode.l10n.t('Show SASS');
  return [
    // PTX that stands in for SASS has nothing to switch to.
    ...(place.asked !== undefined || shown !== place.kind ? [] : [lens(others, 'kernelLens.switchAssembly')]),
    ...(place.kernel !== undefined
      ? [lens(vscode.l10n.t('Whole File'), 'kernelLens.toggleAssemblyScope')]
      : place.cursor !== undefined
        ? [lens(vscode.l10n.t('Only {0}', place.cursor), 'kernelLens.toggleAssemblyScope')]
        : []),
    lens(place.architecture ?? vscode.l10n.t('Architecture'), 'kernelLens.selectAssemblyArchitecture'),
    lens(vscode.l10n.t('Diff with Last Save'), 'kernelLens.diffAssembly'),
    lens(vscode.l10n.t('Pin as Baseline'), 'kernelLens.pinAssembly'),
    ...(listings.baseline(place) === undefined
      ? []
      : [lens(vscode.l10n.t('Diff with Baseline'), 'kernelLens.diffAssemblyBaseline')]),
  ];
}

async function hover(
  { server }: Context,
  document: vscode.TextDocument,
  position: vscode.Position,
  token: vscode.CancellationToken,
): Promise<vscode.Hover | undefined> {
  if (!server.running) return undefined;
  const params: InstructionParams = {
    kind: document.languageId === 'sass' ? 'sass' : 'ptx',
    line: document.lineAt(position).text,
    character: position.character,
  };
  const answer = await server.request<InstructionParams, InstructionAnswer>(instructionRequest, params, token);
  if (answer === null) return undefined;
  const { line } = position;
  return new vscode.Hover(
    new vscode.MarkdownString(answer.markdown),
    new vscode.Range(line, answer.start, line, answer.end),
  );
}
