/** Running kernels and programs for the editor: find the plan, run it, remember the result. */
import * as l10n from '@vscode/l10n';
import { ResponseError, type CancellationToken } from 'vscode-languageserver';
import type {
  PlanAnswer,
  ProgramResult,
  RunKernelParams,
  RunProgramParams,
  RunProgress,
  RunResult,
} from '../../../protocol/src';
import type { OpenDocument } from '../documents';
import { planLaunch, runKernel, runProgram, type RunContext } from '../runner';
import type { Session } from '../session';

export interface RunOutput {
  progress(progress: RunProgress): void;
  /** Results changed: lenses and marks are to be drawn again. */
  changed(uri: string): void;
}

/** JSON-RPC's code for a request the server cannot take, here: its document is not open. */
const requestFailed = -32803;

export async function runKernelHandler(
  session: Session,
  output: RunOutput,
  params: RunKernelParams,
  token: CancellationToken,
): Promise<RunResult> {
  const document = openDocument(session, params.uri);
  const version = document.version;
  const result = await ifTrusted(session, async () => {
    const answer = planFor(session, document, params.kernel);
    if (!('plan' in answer)) return { status: 'planFailed', message: answer.message } as const;
    const toolkit = await session.toolkit();
    return runKernel(
      {
        source: await sourceOf(session, document),
        plan: answer.plan,
        device: params.device ?? session.settings.run.device,
        toolkit: toolkit.found ? toolkit.toolkit : undefined,
        coldCache: session.settings.run.coldCache,
        compiler: session.settings.run.cppCompiler,
      },
      await contextFor(session, output, params, token),
    );
  });
  session.history.rememberKernel(params.uri, params.kernel, { result, version });
  output.changed(params.uri);
  return result;
}

export async function runProgramHandler(
  session: Session,
  output: RunOutput,
  params: RunProgramParams,
  token: CancellationToken,
): Promise<ProgramResult> {
  const document = openDocument(session, params.uri);
  const version = document.version;
  const result = await ifTrusted(session, async () => {
    const toolkit = await session.toolkit();
    return runProgram(
      {
        source: await sourceOf(session, document),
        device: params.device ?? session.settings.run.device,
        toolkit: toolkit.found ? toolkit.toolkit : undefined,
        compiler: session.settings.run.cppCompiler,
      },
      await contextFor(session, output, params, token),
    );
  });
  session.history.rememberProgram(params.uri, { result, version });
  output.changed(params.uri);
  return result;
}

export function planHandler(session: Session, params: { uri: string; kernel: string }): PlanAnswer {
  return planFor(session, openDocument(session, params.uri), params.kernel);
}

function planFor(session: Session, document: OpenDocument, kernel: string): PlanAnswer {
  const answer = planLaunch({
    model: document.model,
    text: document.content,
    file: document.file,
    kernel,
    defaults: { elements: session.settings.run.elements },
  });
  return 'message' in answer ? answer : { plan: answer };
}

/** Nothing of an untrusted workspace is compiled or run, whatever asks for it. */
function ifTrusted<Result>(session: Session, run: () => Promise<Result>) {
  if (session.trusted) return run();
  const message = l10n.t('The workspace is not trusted, so nothing in it is compiled or run. Trust it to run kernels.');
  return Promise.resolve({ status: 'planFailed', message } as const);
}

function openDocument(session: Session, uri: string): OpenDocument {
  const document = session.document(uri);
  if (document === undefined) throw new ResponseError(requestFailed, `${uri} is not open`);
  return document;
}

async function sourceOf(session: Session, document: OpenDocument) {
  const { flags } = await session.compilation(document.file);
  return { file: document.file, text: document.content, flags };
}

async function contextFor(
  session: Session,
  output: RunOutput,
  params: RunKernelParams | RunProgramParams,
  token: CancellationToken,
): Promise<RunContext> {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  const about = 'kernel' in params ? { uri: params.uri, kernel: params.kernel } : { uri: params.uri };
  return {
    signal: controller.signal,
    cacheDirectory: await session.cacheDirectory(),
    timeLimit: session.settings.run.timeLimit,
    onProgress: (phase, message) => output.progress({ ...about, phase, message }),
    onOutput: (text) => output.progress({ ...about, output: text }),
  };
}
