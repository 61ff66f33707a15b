/** The page of a report: one launch at a time, with its heat in the source; compared, exported, handed to Nsight Compute. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import {
  profileListRequest,
  profilePageRequest,
  readProfileRequest,
  type ProfileAnswer,
  type ProfileFormat,
  type ProfileListItem,
  type ProfilePage,
  type ProfilePageParams,
  type ProfileRef,
  type ProfileSummary,
  type ReadProfileParams,
} from '../../../protocol/src/profile';
import type { Context } from '../context';
import { goToLine } from '../report';
import type { PageState } from '../restoring';
import type { ViewContent } from '../views';
import type { ProfilePageData, ProfilePageMessage } from '../webviews/profile/data';
import { showHeat } from './heat';

interface Shown {
  readonly summary: ProfileSummary;
  readonly subject: string;
  index: number;
  before: ProfileRef | undefined;
}

/** Pages of reports that are still there are made again when the window is loaded anew. */
export function activate(context: Context): void {
  context.views.onRestore('profile', async ({ subject, report, index }) => {
    if (typeof subject !== 'string' || typeof report !== 'string') return undefined;
    if (!vscode.workspace.isTrusted || !existsSync(report)) return undefined;
    const params: ReadProfileParams = { uri: vscode.Uri.file(report).toString() };
    const answer = await context.server.request<ReadProfileParams, ProfileAnswer>(readProfileRequest, params);
    if (answer.status !== 'ok') return undefined;
    const key = keyOf(subject);
    const known = typeof index === 'number' && index < answer.kernels.length ? index : 0;
    return { key, content: await profileContent(context, key, subject, answer, known) };
  });
}

/** Opens the page, and marks the source. A later profile of the same subject takes its place. */
export async function showProfile(context: Context, subject: string, summary: ProfileSummary): Promise<void> {
  context.views.show(keyOf(subject), await profileContent(context, keyOf(subject), subject, summary));
}

const keyOf = (subject: string) => `profile ${subject}`;

/** What a page or a custom editor shows. */
export async function profileContent(
  context: Context,
  key: string,
  subject: string,
  summary: ProfileSummary,
  index = 0,
): Promise<ViewContent<ProfilePageData>> {
  const shown: Shown = { summary, subject, index, before: undefined };
  markSource(shown);
  return {
    script: 'profile',
    title: vscode.l10n.t('Profile of {0}', subject),
    data: await dataOf(context, shown),
    state: stateOf(shown),
    onMessage: async (message) => {
      const { file, line } = message;
      if (typeof file === 'string' && typeof line === 'number') await goToLine(vscode.Uri.file(file), line);
      else await answer(context, key, shown, message as unknown as ProfilePageMessage);
    },
  };
}

async function answer(context: Context, key: string, shown: Shown, message: ProfilePageMessage): Promise<void> {
  switch (message.do) {
    case 'show':
      shown.index = message.index;
      markSource(shown);
      break;
    case 'compare': {
      const before = await pickOther(context, shown);
      if (!before) return;
      shown.before = before;
      break;
    }
    case 'endCompare':
      shown.before = undefined;
      break;
    case 'export':
      return exportReport(context, shown);
    case 'nsight':
      return openInNsight(shown.summary);
    case 'save':
      return savePicture(shown, message);
  }
  context.views.update(key, await dataOf(context, shown), stateOf(shown));
}

function stateOf({ subject, summary, index }: Shown): PageState {
  return { page: 'profile', subject, report: summary.path, index };
}

function markSource({ summary, index }: Shown): void {
  const heat = summary.heat.filter((each) => each.index === index);
  showHeat(summary.kernels[index]?.label.split(' · ')[0] ?? '', heat);
}

async function dataOf(context: Context, shown: Shown): Promise<ProfilePageData> {
  const { text, style } = await page(context, shown, 'page');
  const { kernels, nsight } = shown.summary;
  // A window needs a screen, which a remote machine has none of.
  const window = nsight !== undefined && vscode.env.remoteName === undefined;
  return {
    body: text,
    style: style ?? '',
    launches: kernels,
    index: shown.index,
    comparing: shown.before !== undefined,
    texts: {
      launch: vscode.l10n.t('Launch'),
      compare: vscode.l10n.t('Compare with…'),
      endCompare: vscode.l10n.t('End Comparison'),
      exportReport: vscode.l10n.t('Export…'),
      ...(window ? { nsight: vscode.l10n.t('Open in Nsight Compute') } : {}),
      saveSvg: vscode.l10n.t('Save as SVG'),
      savePng: vscode.l10n.t('Save as PNG'),
    },
  };
}

function page(context: Context, { summary, index, before }: Shown, format: ProfileFormat): Promise<ProfilePage> {
  const params: ProfilePageParams = { report: summary.id, index, format, ...(before ? { before } : {}) };
  return context.server.request<ProfilePageParams, ProfilePage>(profilePageRequest, params);
}

/** Launches of this report and of the others; of the same kernel first. */
async function pickOther(context: Context, { summary, index }: Shown): Promise<ProfileRef | undefined> {
  const all = await context.server.request<object, ProfileListItem[]>(profileListRequest, {});
  const kernel = summary.kernels[index]?.label.split(' · ')[0] ?? '';
  const others = all.filter((item) => item.report !== summary.id || item.index !== index);
  if (others.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('There is no other profile yet. Change the kernel, profile it again, and compare.'),
    );
    return undefined;
  }
  const same = (item: ProfileListItem) => (item.label.startsWith(`${kernel} · `) ? 0 : 1);
  const items = [...others]
    .sort((a, b) => same(a) - same(b))
    .map((item) => ({ ...item, description: `${item.detail} · ${takenText(item.path)}`, detail: '' }));
  return vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which profile was before?') });
}

/** When a report of ours was taken, which its name tells in UTC; of others the name. */
function takenText(report: string): string {
  const name = path.basename(report, '.ncu-rep');
  const [, day, hours, minutes, seconds] = /-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)$/.exec(name) ?? [];
  return day === undefined
    ? path.basename(report)
    : new Date(`${day}T${hours}:${minutes}:${seconds}Z`).toLocaleString(vscode.env.language);
}

async function exportReport(context: Context, shown: Shown): Promise<void> {
  const items: (vscode.QuickPickItem & { format: ProfileFormat; ending: string })[] = [
    { label: 'HTML', description: vscode.l10n.t('one file, with its charts'), format: 'html', ending: 'html' },
    { label: 'Markdown', format: 'md', ending: 'md' },
    { label: 'JSON', description: vscode.l10n.t('everything that was measured'), format: 'json', ending: 'json' },
    { label: vscode.l10n.t('Report of Nsight Compute'), description: '.ncu-rep', format: 'page', ending: 'ncu-rep' },
  ];
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Export as') });
  if (!picked) return;
  const to = await askWhere(`${plainName(shown)}.${picked.ending}`);
  if (!to) return;
  if (picked.ending === 'ncu-rep') {
    await vscode.workspace.fs.copy(vscode.Uri.file(shown.summary.path), to, { overwrite: true });
  } else {
    const { text } = await page(context, shown, picked.format);
    await vscode.workspace.fs.writeFile(to, Buffer.from(text));
  }
}

async function savePicture(
  shown: Shown,
  { name, format, content }: Extract<ProfilePageMessage, { do: 'save' }>,
): Promise<void> {
  const to = await askWhere(`${plainName(shown)}-${name}.${format}`);
  if (to) await vscode.workspace.fs.writeFile(to, Buffer.from(content, format === 'png' ? 'base64' : 'utf8'));
}

/** The kernel's, as a file may be called. */
function plainName({ summary, index, subject }: Shown): string {
  return (summary.kernels[index]?.label.split(' · ')[0] ?? subject).replace(/[^\w-]+/g, '_');
}

function askWhere(name: string): Thenable<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.resolve('.'));
  return vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(folder, name) });
}

/** As a terminal's program: it is started without a shell, and what it says can be read. */
function openInNsight({ nsight, path: report }: ProfileSummary): void {
  if (nsight === undefined) return;
  vscode.window.createTerminal({ name: 'Nsight Compute', shellPath: nsight, shellArgs: [report] });
}
