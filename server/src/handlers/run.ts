/** Running kernels and programs for the editor: find the plan, run it, remember the result. */
import { readFile } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import { ResponseError, type CancellationToken } from 'vscode-languageserver';
import type {
  PlanAnswer,
  PlanValues,
  ProgramInput,
  ProgramResult,
  RunKernelParams,
  RunProgramParams,
  RunProgress,
  RunResult,
} from '../../../protocol/src';
import { fileOf, type OpenDocument } from '../documents';
import { includerOf } from '../launch-sites';
import {
  runKernel,
  runProgram,
  withDefaultCheck,
  type ProcessInput,
  type RunContext,
  type PlanRequest,
  type SourceText,
} from '../runner';
import type { Session } from '../session';
import { choiceOf } from './chosen-launch';
import { withFaultLine } from './fault-line';
import { planWith } from './overrides';
import { recorded } from './recorded';

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
  const ran = { text: document.content, imports: document.imports };
  const result = await ifTrusted(session, async () => {
    const answer = planFor(session, document, params.kernel, params.set);
    if (!('plan' in answer)) return { status: 'planFailed', message: answer.message } as const;
    const plan = params.check === true ? withDefaultCheck(answer.plan) : answer.plan;
    const source = await withIncluder(
      session,
      document,
      params.kernel,
      await sourceOf(session, document.file, ran.text),
    );
    const search = await session.toolkit();
    const toolkit = search.found ? search.toolkit : undefined;
    const context = contextFor(session, output, params, token);
    const first = await runKernel(
      {
        source,
        plan,
        device: params.device ?? session.settings.run.device,
        toolkit,
        coldCache: params.coldCache ?? session.settings.run.coldCache,
        gpu: session.settings.run.gpu,
        compiler: session.settings.run.cppCompiler,
      },
      context,
    );
    const { gpu } = session.settings.run;
    const result = await withFaultLine(first, { source, plan: answer.plan, toolkit, gpu }, context, (fault) => {
      session.history.rememberKernel(params.uri, params.kernel, { result: fault, ...ran });
      output.changed(params.uri);
    });
    return recorded(session, result, source, toolkit);
  });
  // Values that a request brought along and that cannot be planned say nothing about the kernel as it stands.
  if (result.status !== 'planFailed' || params.set === undefined) {
    session.history.rememberKernel(params.uri, params.kernel, { result, ...ran });
    output.changed(params.uri);
  }
  return result;
}

export async function runProgramHandler(
  session: Session,
  output: RunOutput,
  params: RunProgramParams,
  token: CancellationToken,
): Promise<ProgramResult> {
  const { launch } = params;
  // An executable needs no source.
  const document = launch?.program === undefined ? openDocument(session, params.uri) : session.document(params.uri);
  const ran = { text: document?.content ?? '', imports: document?.imports };
  const result = await ifTrusted(session, async () => {
    const toolkit = await session.toolkit();
    return runProgram(
      {
        source: await sourceOf(session, document?.file ?? fileOf(params.uri), ran.text),
        ...(launch === undefined ? {} : { launch }),
        device: params.device ?? session.settings.run.device,
        gpu: session.settings.run.gpu,
        toolkit: toolkit.found ? toolkit.toolkit : undefined,
        compiler: session.settings.run.cppCompiler,
      },
      {
        ...contextFor(session, output, params, token),
        ...(params.interactive === true ? { onStart: (input) => inputs.set(params.uri, input) } : {}),
      },
    );
  });
  inputs.delete(params.uri);
  session.history.rememberProgram(params.uri, { result, ...ran });
  output.changed(params.uri);
  return result;
}

/** What people type for the programs that run, by document. */
const inputs = new Map<string, ProcessInput>();

export function programInputHandler({ uri, text }: ProgramInput): void {
  if (text === undefined) inputs.get(uri)?.end();
  else inputs.get(uri)?.write(text);
}

export function planHandler(session: Session, params: { uri: string; kernel: string }): PlanAnswer {
  return planFor(session, openDocument(session, params.uri), params.kernel);
}

export function planFor(session: Session, document: OpenDocument, kernel: string, set?: PlanValues): PlanAnswer {
  const answer = planWith(planRequestFor(session, document, kernel), set);
  return 'message' in answer ? answer : { plan: answer };
}

export function planRequestFor(session: Session, document: OpenDocument, kernel: string): PlanRequest {
  return {
    model: document.model,
    text: document.content,
    file: document.file,
    kernel,
    defaults: { elements: session.settings.run.elements },
    elsewhere: document.elsewhere,
    ...choiceOf(session, document, kernel),
  };
}

/** A header may compile only within the file that includes it, which reads it as it was saved. */
async function withIncluder(session: Session, document: OpenDocument, kernel: string, source: SourceText) {
  const includer = includerOf(document.elsewhere, document.model, kernel);
  if (includer === undefined) return source;
  const saved = await readFile(source.file, 'utf8').catch(() => undefined);
  // A byte order mark is the editor's matter.
  return saved?.replace(/^\uFEFF/, '') === source.text
    ? { ...source, around: await sourceOf(session, includer.file, includer.text) }
    : source;
}

/** Nothing of an untrusted workspace is compiled or run, whatever asks for it. */
export function ifTrusted<Result>(session: Session, run: () => Promise<Result>) {
  if (session.trusted) return run();
  const message = l10n.t('The workspace is not trusted, so nothing in it is compiled or run. Trust it to run kernels.');
  return Promise.resolve({ status: 'planFailed', message } as const);
}

export function openDocument(session: Session, uri: string): OpenDocument {
  const document = session.document(uri);
  if (document === undefined) throw new ResponseError(requestFailed, `${uri} is not open`);
  return document;
}

export async function sourceOf(session: Session, file: string, text: string) {
  const { flags } = await session.compilation(file);
  return { file, text, flags };
}

export function contextFor(
  session: Session,
  output: RunOutput,
  params: { readonly uri: string; readonly kernel?: string },
  token: CancellationToken,
): RunContext {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  const { uri, kernel } = params;
  const about = kernel === undefined ? { uri } : { uri, kernel };
  return {
    signal: controller.signal,
    cacheDirectory: session.cacheDirectory,
    timeLimit: session.settings.run.timeLimit,
    keepWarm: true,
    onProgress: (phase, message) => output.progress({ ...about, phase, message }),
    onOutput: (text) => output.progress({ ...about, output: text }),
  };
}
