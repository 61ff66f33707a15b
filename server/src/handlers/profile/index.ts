/** Profiling kernels and programs, reading reports, and drawing what came out. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { ResponseError, type CancellationToken } from 'vscode-languageserver';
import type { GpuDevice, LaunchPlan, RunFailure } from '../../../../protocol/src';
import type {
  ProfileAnswer,
  ProfileFailure,
  ProfileKernelParams,
  ProfileListItem,
  ProfilePage,
  ProfilePageParams,
  ProfileProgramParams,
  ProfileReport,
  ReadProfileParams,
} from '../../../../protocol/src/profile';
import { fileOf } from '../../documents';
import { collect, importReport, type CollectOptions } from '../../profiler/ncu';
import {
  answered,
  prepareKernel,
  prepareProgram,
  type PreparedRun,
  type RunContext,
  type SourceText,
} from '../../runner';
import type { Session } from '../../session';
import { diskProblem } from '../../toolchain';
import { duration } from '../format';
import { contextFor, openDocument, planFor, runKernelHandler, sourceOf, type RunOutput } from '../run';
import { htmlDocument, jsonDocument, markdownDocument, textDocument } from './document';
import { collectionFailure, noTool, notTrusted } from './failure';
import { staticFacts } from './facts';
import { heatOf } from './heat';
import { equipmentOf, findNcu, type Tool, type Toolkit } from './missing';
import { launchText, pageBody, pageTitle, type PageContent } from './page';
import { profileStyle } from './style';
import { verdictSentence } from './texts';

/** Reports kept on disk. */
const keptReports = 30;
/** Launches of a program that are profiled when nobody says how many. */
const defaultLaunches = 20;

export async function profileKernelHandler(
  session: Session,
  output: RunOutput,
  params: ProfileKernelParams,
  token: CancellationToken,
): Promise<ProfileAnswer> {
  const document = openDocument(session, params.uri);
  if (!session.trusted) return notTrusted();
  const answer = planFor(session, document, params.kernel, params.set);
  if (!('plan' in answer)) return { status: 'failed', message: answer.message };
  const { plan } = answer;
  const context = contextFor(session, output, params, token);
  const source = await sourceOf(session, document.file, document.content);
  const failure = await profile(session, context, {
    name: params.kernel,
    options: { full: params.full ?? false, betweenMarks: true },
    prepare: (toolkit, device) => prepareKernel({ source, plan, toolkit }, device, 1, context),
  });
  if (!lacksCounters(failure)) return failure;
  if (failure.status === 'noDevice') return withFacts(session, failure, source, plan, context.signal);
  // Without counters there is still the time, and what the compiler knows.
  const { uri, kernel, set } = params;
  const run = await runKernelHandler(session, output, { uri, kernel, ...(set && { set }) }, token);
  return { ...failure, run };
}

type NoCounters = ProfileFailure & { readonly status: 'noDevice' | 'noTool' | 'noPermission' };

function lacksCounters(answer: ProfileAnswer): answer is NoCounters {
  return answer.status === 'noDevice' || answer.status === 'noTool' || answer.status === 'noPermission';
}

/** Where the counters cannot be read, with what the compiler knows. */
export async function withFacts(
  session: Session,
  answer: ProfileAnswer,
  source: SourceText,
  plan: LaunchPlan,
  signal: AbortSignal,
): Promise<ProfileAnswer> {
  return lacksCounters(answer) ? { ...answer, facts: await staticFacts(session, source, plan, signal) } : answer;
}

export async function profileProgramHandler(
  session: Session,
  output: RunOutput,
  params: ProfileProgramParams,
  token: CancellationToken,
): Promise<ProfileAnswer> {
  const document = openDocument(session, params.uri);
  if (!session.trusted) return notTrusted();
  const context = contextFor(session, output, { uri: params.uri }, token);
  const source = await sourceOf(session, document.file, document.content);
  const { kernel, skip, count = defaultLaunches, launch } = params;
  const { gpu } = session.settings.run;
  return profile(session, context, {
    name: path.basename(document.file, path.extname(document.file)),
    options: {
      full: params.full ?? false,
      betweenMarks: false,
      count,
      ...(kernel === undefined ? {} : { kernel }),
      ...(skip === undefined ? {} : { skip }),
    },
    prepare: (toolkit, device) => prepareProgram({ source, toolkit, gpu, ...(launch && { launch }) }, device, context),
  });
}

export async function readProfileHandler(
  session: Session,
  params: ReadProfileParams,
  token: CancellationToken,
): Promise<ProfileAnswer> {
  const controller = new AbortController();
  token.onCancellationRequested(() => controller.abort());
  return readReport(session, fileOf(params.uri), controller.signal);
}

/** Reads a report that is there. ncu parses it, so that this, too, is for trusted workspaces. */
export async function readReport(session: Session, file: string, signal: AbortSignal): Promise<ProfileAnswer> {
  if (!session.trusted) return notTrusted();
  const tool = await findNcu(session);
  if (!tool.found) return noTool(session.settings.profiler.ncuPath, tool.tried);
  return read(session, tool, file, [], signal);
}

export function profilePageHandler(session: Session, params: ProfilePageParams): ProfilePage {
  const found = session.profiles.find(params.report, params.index);
  const before = params.before && session.profiles.find(params.before.report, params.before.index);
  if (found === undefined || (params.before && before === undefined)) {
    throw new ResponseError(-32803, 'The report is no longer kept.');
  }
  const content: PageContent = {
    profile: found.profile,
    notes: found.report.notes,
    ...(before === undefined ? {} : { before: before.profile }),
  };
  return { title: pageTitle(content), ...render(content, params.format) };
}

/** Pure: also what the terminal prints. */
export function render(content: PageContent, format: ProfilePageParams['format']): Omit<ProfilePage, 'title'> {
  switch (format) {
    case 'page':
      return { text: pageBody(content), style: profileStyle };
    case 'html':
      return { text: htmlDocument([content]) };
    case 'md':
      return { text: markdownDocument(content) };
    case 'text':
      return { text: textDocument(content) };
    case 'json':
      return { text: jsonDocument(content) };
  }
}

export function profileListHandler(session: Session): ProfileListItem[] {
  return session.profiles.all().flatMap((report) =>
    report.kernels.map((profile, index) => ({
      report: report.id,
      index,
      label: `${profile.kernel} · ${duration(profile.figures.duration ?? 0)}`,
      detail: launchText(profile),
      path: report.path,
    })),
  );
}

/** What is profiled: its name for the report's file, how, and what makes it ready. */
export interface ProfileJob {
  readonly name: string;
  readonly options: Pick<CollectOptions, 'full' | 'betweenMarks' | 'kernel' | 'skip' | 'count'>;
  readonly prepare: (toolkit: Toolkit, device: GpuDevice) => Promise<PreparedRun | RunFailure>;
}

export async function profile(session: Session, context: RunContext, job: ProfileJob): Promise<ProfileAnswer> {
  const answer = await answered(() => collectAndRead(session, context, job));
  return answer.status === 'buildFailed' ? { status: 'failed', message: answer.message } : answer;
}

async function collectAndRead(session: Session, context: RunContext, job: ProfileJob): Promise<ProfileAnswer> {
  const equipment = await equipmentOf(session);
  if ('status' in equipment) return equipment;
  const { toolkit, tool, device } = equipment;
  const prepared = await job.prepare(toolkit, device);
  if (prepared.status === 'cancelled') return cancelled();
  if (prepared.status !== 'ok') return { status: 'failed', message: prepared.message, output: prepared.output ?? '' };

  try {
    const clocks = session.settings.profiler.clocks;
    const report = await newReport(context.cacheDirectory, job.name);
    const collected = await collect(tool.ncu, { ...job.options, clocks, report }, prepared.command, {
      signal: context.signal,
      onProgress: ({ kernel, percent }) => context.onProgress?.('run', progressText(job, kernel, percent)),
      ...(context.onOutput === undefined ? {} : { onOutput: context.onOutput }),
    });
    if (collected.status === 'cancelled') return cancelled();
    if (collected.status === 'failed') {
      const { problem, output } = collected;
      const { kind } = problem;
      const disk =
        kind === 'other' || kind === 'noKernel' ? await diskProblem(output, path.dirname(report)) : undefined;
      return disk === undefined ? collectionFailure(problem, output) : { status: 'failed', message: disk, output };
    }
    const notes = [clockNote(clocks), ...collected.warnings];
    return await read(session, tool, collected.path, notes, context.signal);
  } finally {
    await prepared.dispose();
  }
}

/** The title of the progress names what is profiled: of a program, the kernel is news. */
function progressText({ options }: ProfileJob, kernel: string, percent: number): string {
  return options.betweenMarks
    ? l10n.t('{0} % of its passes', percent.toFixed(0))
    : l10n.t('{0}: {1} % of its passes', kernel, percent.toFixed(0));
}

async function read(
  session: Session,
  tool: Tool,
  file: string,
  notes: readonly string[],
  signal: AbortSignal,
): Promise<ProfileAnswer> {
  const imported = await importReport(tool.ncu, file, signal);
  if (imported.status === 'cancelled') return cancelled();
  if (imported.status === 'failed') {
    const message = l10n.t('Nsight Compute could not read {0}: {1}', path.basename(file), imported.message);
    return { status: 'failed', message, output: imported.output };
  }
  if (imported.kernels.length === 0) {
    return { status: 'noKernel', message: l10n.t('{0} holds no profiled kernel.', path.basename(file)) };
  }
  return summaryOf(session.profiles.add({ path: file, kernels: imported.kernels, notes }), tool.ui);
}

function summaryOf(report: ProfileReport, ui: string | undefined): ProfileAnswer {
  return {
    status: 'ok',
    id: report.id,
    path: report.path,
    kernels: report.kernels.map((kernel) => ({
      label: `${kernel.kernel} · ${duration(kernel.figures.duration ?? 0)}`,
      detail: `${launchText(kernel)} · ${verdictSentence(kernel)}`,
    })),
    heat: report.kernels.flatMap(heatOf),
    ...(ui === undefined ? {} : { nsight: ui }),
  };
}

function clockNote(clocks: CollectOptions['clocks']): string {
  return clocks === 'none'
    ? l10n.t('Measured with the clocks of an ordinary run and with empty caches, as Run Kernel does.')
    : l10n.t('Measured with the clocks locked to the base clock and with empty caches: an ordinary run is faster.');
}

function cancelled(): ProfileFailure {
  return { status: 'cancelled', message: l10n.t('Cancelled.') };
}

/** A name for a new report, without its ending; the oldest ones make room. */
async function newReport(cacheDirectory: string, name: string): Promise<string> {
  const folder = path.join(cacheDirectory, 'profiles');
  await mkdir(folder, { recursive: true });
  const reports = (await readdir(folder)).filter((file) => file.endsWith('.ncu-rep'));
  const aged = await Promise.all(
    reports.map(async (file) => ({
      file,
      time: await stat(path.join(folder, file)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    })),
  );
  const old = aged.sort((a, b) => b.time - a.time).slice(keptReports - 1);
  await Promise.all(old.map(({ file }) => rm(path.join(folder, file), { force: true })));
  const stamp = new Date().toISOString().replace(/[:.]/g, '-').slice(0, 19);
  return path.join(folder, `${name.replace(/[^\w-]+/g, '_')}-${stamp}`);
}
