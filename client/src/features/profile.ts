/** `Profile Kernel` and `Profile Program`: Nsight Compute on our runner or on the program, its report as a page. */
import * as vscode from 'vscode';
import { runnablesRequest, type Runnables, type RunnablesParams } from '../../../protocol/src/messages';
import {
  profileKernelRequest,
  profileProgramRequest,
  type ProfileAnswer,
  type ProfileKernelParams,
  type ProfileProgramParams,
} from '../../../protocol/src/profile';
import { whereTrusted } from '../commands';
import type { Context } from '../context';
import type { PanelContent } from '../panels';
import { RunLog } from '../run-log';
import { withRunProgress } from '../run-progress';
import { targetDocument, targetKernel } from '../target';
import { profileFailurePage } from '../text/profile-failure';
import { launchOf } from './launch-configuration';
import { showProfile } from './profile-page';

type ProfileFailure = Exclude<ProfileAnswer, { status: 'ok' }>;

export function activate(context: Context): void {
  context.panels.onRestore('profile-failure', ({ subject, failure }) => {
    if (typeof subject !== 'string' || typeof failure !== 'object' || failure === null) {
      return Promise.resolve(undefined);
    }
    // As it was put there.
    const content = failureContent(subject, failure as ProfileFailure);
    return Promise.resolve({ key: failureKey(subject), content });
  });
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.profileKernel',
      whereTrusted(context, (args) => profileKernel(context, args, false)),
    ),
    vscode.commands.registerCommand(
      'kernelLens.profileKernelFully',
      whereTrusted(context, (args) => profileKernel(context, args, true)),
    ),
    vscode.commands.registerCommand(
      'kernelLens.profileProgram',
      whereTrusted(context, (args) => profileProgram(context, args)),
    ),
  );
}

async function profileKernel(context: Context, args: readonly unknown[], full: boolean): Promise<void> {
  const target = await targetKernel(context, args);
  if (!target) return;
  const { uri, kernel } = target;
  await profile(context, kernel, uri, kernel, (token) =>
    context.server.request<ProfileKernelParams, ProfileAnswer>(profileKernelRequest, { uri, kernel, full }, token),
  );
}

async function profileProgram(context: Context, args: readonly unknown[]): Promise<void> {
  const document = await targetDocument(args);
  if (!document) return;
  const uri = document.uri.toString();
  const { kernels } = await context.server.request<RunnablesParams, Runnables>(runnablesRequest, { uri });
  const kernel = await pickKernel(kernels.map((each) => each.kernel));
  if (kernel === undefined) return;
  const launches = await pickLaunches();
  if (launches === undefined) return;
  const name = document.uri.path.split('/').at(-1) ?? '';
  const launch = launchOf(document.uri);
  const params: ProfileProgramParams = {
    uri,
    ...(kernel === '' ? {} : { kernel }),
    ...launches,
    ...(launch && { launch }),
  };
  await profile(context, name, uri, undefined, (token) =>
    context.server.request<ProfileProgramParams, ProfileAnswer>(profileProgramRequest, params, token),
  );
}

/** Empty: every kernel. */
async function pickKernel(kernels: readonly string[]): Promise<string | undefined> {
  if (kernels.length < 2) return '';
  const all = { label: vscode.l10n.t('All kernels'), kernel: '' };
  const items = [all, ...kernels.map((kernel) => ({ label: kernel, kernel }))];
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which kernel is to be profiled?') }))
    ?.kernel;
}

type Launches = Pick<ProfileProgramParams, 'skip' | 'count' | 'full'>;

/** Every launch is repeated for its passes: a program with many is cut to what is wanted. */
async function pickLaunches(): Promise<Launches | undefined> {
  const items: (vscode.QuickPickItem & { launches?: Launches })[] = [
    { label: vscode.l10n.t('The first launch'), launches: { count: 1 } },
    { label: vscode.l10n.t('The first {0} launches', 10), launches: { count: 10 } },
    { label: vscode.l10n.t('One launch after {0} to warm up', 10), launches: { skip: 10, count: 1 } },
    {
      label: vscode.l10n.t('The first launch, with all sections'),
      detail: vscode.l10n.t('Everything that Nsight Compute measures'),
      launches: { count: 1, full: true },
    },
    { label: vscode.l10n.t('Other numbers…') },
  ];
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which launches?') });
  if (!picked || picked.launches) return picked?.launches;
  const pattern = /^\s*(\d+)\s*[+,]\s*(\d+)\s*$/;
  const text = await vscode.window.showInputBox({
    prompt: vscode.l10n.t('Launches to skip, and launches to profile after them: 100, 5'),
    value: '0, 5',
    validateInput: (value) =>
      pattern.test(value) ? undefined : vscode.l10n.t('Two whole numbers with a comma between.'),
  });
  const match = text === undefined ? null : pattern.exec(text);
  return match ? { skip: Number(match[1]), count: Math.max(1, Number(match[2])) } : undefined;
}

async function profile(
  context: Context,
  subject: string,
  uri: string,
  kernel: string | undefined,
  request: (token: vscode.CancellationToken) => Promise<ProfileAnswer>,
): Promise<void> {
  const log = new RunLog(context.output, subject, uri);
  const answer = await withRunProgress(vscode.l10n.t('Profiling {0}', subject), (token, report) =>
    context.runs.start({
      uri,
      kernel,
      token,
      onProgress: (progress) => {
        report(progress);
        if (progress.output) log.write(progress.output);
      },
      run: request,
    }),
  );
  if (answer.status === 'ok') {
    log.end(answer.kernels.map(({ label, detail }) => `${label} · ${detail}`).join('\n'));
    context.panels.close(failureKey(subject));
    await showProfile(context, subject, answer);
    return;
  }
  log.ensure(answer.output ?? '');
  log.end(answer.message);
  await reportProfileFailure(context, subject, answer);
}

const failureKey = (subject: string) => `profile-failure ${subject}`;

/** What to do takes more room than a notification has: then it is a page. */
async function reportProfileFailure(context: Context, subject: string, failure: ProfileFailure): Promise<void> {
  if (failure.status === 'cancelled') {
    vscode.window.setStatusBarMessage(vscode.l10n.t('{0}: cancelled', subject), 5000);
    return;
  }
  const whatToDo = vscode.l10n.t('What to Do');
  const showOutput = vscode.l10n.t('Show Output');
  const actions = [...(failure.steps ? [whatToDo] : []), showOutput];
  const choice = await vscode.window.showErrorMessage(`${subject}: ${failure.message}`, ...actions);
  if (choice === showOutput) context.output.show(true);
  if (choice === whatToDo) {
    await context.panels.show(failureKey(subject), failureContent(subject, failure));
  }
}

function failureContent(subject: string, failure: ProfileFailure): PanelContent {
  return {
    title: vscode.l10n.t('Profile of {0}', subject),
    render: () => Promise.resolve(profileFailurePage(subject, failure, vscode.l10n)),
    state: { page: 'profile-failure', subject, failure },
  };
}
