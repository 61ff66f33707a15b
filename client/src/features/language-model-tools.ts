/** Tools for assistants, so that they measure what they claim: the requests of the commands, answered as JSON. */
import path from 'node:path';
import * as vscode from 'vscode';
import { checkRequest, type CheckAnswer, type CheckParams } from '../../../protocol/src/check';
import {
  runKernelRequest,
  runnablesRequest,
  type PlanValues,
  type RunKernelParams,
  type RunKernelResult,
  type Runnables,
  type RunnablesParams,
} from '../../../protocol/src/messages';
import {
  profileKernelRequest,
  profilePageRequest,
  type KernelProfile,
  type ProfileAnswer,
  type ProfileKernelParams,
  type ProfilePage,
  type ProfilePageParams,
} from '../../../protocol/src/profile';
import {
  sanitizeKernelRequest,
  sanitizerTools,
  type SanitizeKernelParams,
  type SanitizeResult,
  type SanitizerTool,
} from '../../../protocol/src/sanitize';
import type { Context } from '../context';
import { RunLog } from '../run-log';
import { isCuda } from '../selector';
import { checkAnswer, profileAnswer, profileFailureAnswer, runAnswer, sanitizeAnswer } from '../text/tool-answers';

interface FileInput {
  readonly file: string;
}

interface KernelInput extends FileInput {
  readonly kernel?: string;
  readonly set?: Readonly<Record<string, string | number>>;
}

interface RunInput extends KernelInput {
  readonly check?: boolean;
}

interface SanitizeInput extends KernelInput {
  readonly tool?: SanitizerTool | 'all';
}

/** What is asked for cannot be done; the message is for the model. English, as its descriptions are. */
class Refusal extends Error {}

interface Asked {
  readonly uri: string;
  readonly kernel: string;
  readonly set?: PlanValues;
}

export function activate(context: Context): void {
  const inTurn = queue();
  context.extension.subscriptions.push(
    // nvcc's front ends read the file on every keystroke anyway, and nothing of it runs: there is nothing to confirm.
    vscode.lm.registerTool<FileInput>('kernelLens_check', {
      prepareInvocation: ({ input }) => ({ invocationMessage: vscode.l10n.t('Checking {0}', input.file) }),
      invoke: ({ input }, token) =>
        answer(async () => {
          const document = await documentOf(input.file);
          const params: CheckParams = { uri: document.uri.toString() };
          return checkAnswer(
            await context.server.request<CheckParams, CheckAnswer>(checkRequest, params, token),
            short,
          );
        }),
    }),
    kernelTool<RunInput>(
      'kernelLens_run',
      (kernel) => vscode.l10n.t('Running {0}', kernel),
      async ({ check }, asked, token) => {
        const params: RunKernelParams = { ...asked, ...(check === true ? { check } : {}) };
        const result = await running(asked, token, (runToken) =>
          context.server.request<RunKernelParams, RunKernelResult>(runKernelRequest, params, runToken),
        );
        context.results.set(asked, result);
        return runAnswer(result, short);
      },
    ),
    kernelTool<KernelInput>(
      'kernelLens_profile',
      (kernel) => vscode.l10n.t('Profiling {0}', kernel),
      async (_, asked, token) => {
        const result = await running(asked, token, (runToken) =>
          context.server.request<ProfileKernelParams, ProfileAnswer>(profileKernelRequest, asked, runToken),
        );
        if (result.status !== 'ok') return profileFailureAnswer(result, short);
        const page: ProfilePageParams = { report: result.id, index: 0, format: 'json' };
        const { text } = await context.server.request<ProfilePageParams, ProfilePage>(profilePageRequest, page, token);
        const { notes, ...kernel } = JSON.parse(text) as KernelProfile & { summary: string; notes: string[] };
        return profileAnswer(kernel, notes, result.path, short);
      },
    ),
    kernelTool<SanitizeInput>(
      'kernelLens_sanitize',
      (kernel) => vscode.l10n.t('Sanitizing {0}', kernel),
      async ({ tool = 'all' }, asked, token) => {
        const params: SanitizeKernelParams = { ...asked, tools: tool === 'all' ? sanitizerTools : [tool] };
        const result = await running(asked, token, (runToken) =>
          context.server.request<SanitizeKernelParams, SanitizeResult>(sanitizeKernelRequest, params, runToken),
        );
        return sanitizeAnswer(result, short);
      },
    ),
  );

  /** A tool that builds a kernel and runs it, which the user confirms. */
  function kernelTool<Input extends KernelInput>(
    name: string,
    title: (kernel: string) => string,
    run: (input: Input, asked: Asked, token: vscode.CancellationToken) => Promise<object>,
  ): vscode.Disposable {
    return vscode.lm.registerTool<Input>(name, {
      prepareInvocation: ({ input }) => {
        const { file, kernel, set } = input;
        const subject = kernel ?? file;
        const values = Object.entries(set ?? {}).map(([key, value]) => `${key}=${value}`);
        const message =
          vscode.l10n.t('{0} of {1} is built with your compiler and run on this machine.', subject, file) +
          (values.length === 0 ? '' : `\n${vscode.l10n.t('With {0}', values.join(', '))}`);
        return { invocationMessage: title(subject), confirmationMessages: { title: title(subject), message } };
      },
      invoke: ({ input }, token) =>
        answer(() =>
          inTurn(async () => {
            if (token.isCancellationRequested) throw new vscode.CancellationError();
            return run(input, await askedFor(input), token);
          }),
        ),
    });
  }

  /** As the command runs it: in the output channel, and one run of a kernel at a time. */
  async function running<Answer extends { readonly status: string; readonly message?: string }>(
    { uri, kernel }: Asked,
    token: vscode.CancellationToken,
    run: (token: vscode.CancellationToken) => Promise<Answer>,
  ): Promise<Answer> {
    const log = new RunLog(context.output, kernel, uri);
    const result = await context.runs.start({ uri, kernel, token, onProgress: () => undefined, run });
    log.end(result.message ?? result.status);
    return result;
  }

  async function askedFor({ file, kernel, set }: KernelInput): Promise<Asked> {
    if (!vscode.workspace.isTrusted) {
      throw new Refusal('The workspace is not trusted, so nothing in it is built or run. Only the user can trust it.');
    }
    const uri = (await documentOf(file)).uri.toString();
    const { kernels } = await context.server.request<RunnablesParams, Runnables>(runnablesRequest, { uri });
    const names = kernels.map((each) => each.kernel);
    const values = Object.fromEntries(Object.entries(set ?? {}).map(([name, value]) => [name, String(value)]));
    return { uri, kernel: kernel ?? onlyKernel(file, names), ...(set === undefined ? {} : { set: values }) };
  }
}

function onlyKernel(file: string, names: readonly string[]): string {
  const [first] = names;
  if (first === undefined) throw new Refusal(`${file} defines no kernel (no __global__ function with a body).`);
  if (names.length === 1) return first;
  throw new Refusal(`${file} defines several kernels; name one of them in "kernel": ${names.join(', ')}.`);
}

/** Answers, refusals and bugs are all results that a model can read; only a cancellation is none. */
async function answer(work: () => Promise<object>): Promise<vscode.LanguageModelToolResult> {
  const result = await work().catch((error: unknown) => {
    if (error instanceof vscode.CancellationError) throw error;
    return { status: error instanceof Refusal ? 'refused' : 'failed', message: String((error as Error).message) };
  });
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(result, null, 1))]);
}

/** The document of a path in the workspace, with its unsaved text. */
async function documentOf(file: string): Promise<vscode.TextDocument> {
  const uri = uriIn(file);
  if (uri === undefined) {
    throw new Refusal(`${file} is not in a folder of the workspace. Only files of the workspace are opened.`);
  }
  const document = await Promise.resolve(vscode.workspace.openTextDocument(uri)).catch(() => undefined);
  if (document === undefined) throw new Refusal(`${file} cannot be opened.`);
  if (!isCuda(document)) throw new Refusal(`${file} is no CUDA source (.cu, .cuh).`);
  return document;
}

/** Undefined outside of every workspace folder. A relative path is taken in the folder that has such a file open, or the first. */
function uriIn(file: string): vscode.Uri | undefined {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const found = path.isAbsolute(file)
    ? [vscode.Uri.file(path.normalize(file))]
    : folders.map((folder) => vscode.Uri.joinPath(folder.uri, file));
  // `asRelativePath` names the folder first where there are several.
  const named = folders.flatMap(({ name, uri }) => {
    return file.startsWith(`${name}/`) ? [vscode.Uri.joinPath(uri, file.slice(name.length + 1))] : [];
  });
  const inside = [...(folders.length > 1 ? named : []), ...found].filter((uri) => {
    return vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  });
  const open = new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.toString()));
  return inside.find((uri) => open.has(uri.toString())) ?? inside[0];
}

function short(file: string): string {
  return vscode.workspace.asRelativePath(file);
}

/** Assistants call tools side by side, and runs side by side would disturb each other's timing. */
function queue() {
  let last: Promise<unknown> = Promise.resolve();
  return <Result>(work: () => Promise<Result>): Promise<Result> => {
    const next = last.then(work, work);
    last = next;
    return next;
  };
}
