/** Source text → cubin: device code only, for one architecture, with the planned kernel in it. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { LaunchPlan, RunFailure } from '../../../../protocol/src';
import { runProcess, type ProcessResult } from '../../process';
import {
  commonArguments,
  crashMessage,
  diskProblem,
  lineInfo,
  parseNvccOutput,
  type Toolkit,
  type WarmBuildOptions,
} from '../../toolchain';
import { writeScratch } from '../../toolchain/scratch';
import type { RunContext, SourceText } from '../backend';
import { includes, missingAtMost, missingHeader, missingHint, missingNote, withoutHeaders } from '../code/missing';
import { buildTarget } from './architecture';
import { CubinCache, cacheKey, parseDependencies } from './cubin-cache';
import { cubinFunctions } from './elf';
import { instantiationFile, instantiationOf } from './instantiate';
import { located } from './located';
import { matchSymbol } from './match';
import { WarmBuilds } from './warm-builds';

export interface BuildRequest {
  readonly source: SourceText;
  readonly plan: LaunchPlan;
  readonly toolkit: Toolkit;
  /** The device's, `9.0`. */
  readonly computeCapability: string;
}

export interface BuiltKernel {
  readonly status: 'ok';
  readonly image: Uint8Array;
  readonly symbol: string;
  /** Milliseconds; 0 when an earlier build served. */
  readonly buildTime: number;
  /** What is to be known of how it was built. */
  readonly notes: readonly string[];
  /** Gets ready for the next text, in the background; to be called when nothing is measured any more. */
  readonly afterwards: () => void;
}

/** A build is not part of the run's time limit; a compiler that runs this long hangs. */
export const buildTimeLimitMs = 600_000;

const warmBuilds = new WarmBuilds();
function cancelledBuild() {
  return { status: 'cancelled', message: l10n.t('Cancelled while nvcc was building.') } as const;
}

type BuildAnswer = { readonly image: Uint8Array; readonly dependencies: readonly string[] } | ProcessResult;

/** Headers that a file was last built without, by its path and flags. */
const doneWithout = new Map<string, ReadonlySet<string>>();

/**
 * Builds the plan's kernel. Where a header is not to be had, the host code that uses it is left out: a kernel in a file of
 * bindings for Python runs without Python's headers.
 */
export async function buildKernel(request: BuildRequest, context: RunContext): Promise<BuiltKernel | RunFailure> {
  const { source } = request;
  const key = JSON.stringify([source.file, ...source.flags]);
  const isStillMissing = (header: string) => includes(source.text, header) && !isBeside(header, source);
  const remembered = new Set([...(doneWithout.get(key) ?? [])].filter(isStillMissing));
  const first = await buildWithout(remembered, request, context);
  let missing = remembered;
  let built = first;
  while (built?.status === 'buildFailed' && missing.size < missingAtMost) {
    const header = headerMissedBy(built, source);
    if (header === undefined || missing.has(header)) break;
    missing = new Set([...missing, header]);
    built = await buildWithout(missing, request, context);
  }
  if (built?.status === 'ok') doneWithout.set(key, missing);
  if (built?.status === 'ok' || built?.status === 'cancelled') return built;
  // What the whole text lacks is the cause, whatever the part of it came to.
  return first ?? (await buildWithout(new Set(), request, context)) ?? cancelledBuild();
}

function isBeside(header: string, { file }: SourceText): boolean {
  return existsSync(path.resolve(path.dirname(file), header));
}

/** The header that the file itself includes in vain. */
function headerMissedBy(failure: RunFailure, { file }: SourceText): string | undefined {
  const first = failure.status === 'buildFailed' ? failure.diagnostics[0] : undefined;
  return first?.file === file ? missingHeader(first.message) : undefined;
}

/** Undefined where the kernel needs what it is to be built without. */
async function buildWithout(
  missing: ReadonlySet<string>,
  request: BuildRequest,
  context: RunContext,
): Promise<BuiltKernel | RunFailure | undefined> {
  const { plan } = request;
  if (missing.size === 0) return buildText(request, context, []);
  const keep = [plan.kernel, ...plan.templateArguments, ...(plan.globals ?? []).map(({ name }) => name)];
  const names = keep.flatMap((text) => text.match(/[A-Za-z_]\w*/g) ?? []);
  const text = withoutHeaders(request.source.text, missing, names)?.text;
  if (text === undefined) return undefined;
  return buildText({ ...request, source: { ...request.source, text } }, context, [missingNote(missing)]);
}

async function buildText(
  request: BuildRequest,
  context: RunContext,
  notes: readonly string[],
): Promise<BuiltKernel | RunFailure> {
  const { source, plan, toolkit } = request;
  const target = buildTarget(request.computeCapability, source.flags);
  const instantiation = instantiationOf(plan);
  const args = ['-cubin', `-arch=${target.architecture}`, ...lineInfo(source.file), '-I', path.dirname(source.file)];
  args.push(...commonArguments(toolkit, target.flags));
  const cache = new CubinCache(context.cacheDirectory);
  const key = cacheKey([toolkit.nvcc, toolkit.version.full, source.file, source.text, instantiation ?? '', ...args]);
  const started = performance.now();
  const complete = source.text + (instantiation === undefined ? '' : `\n${instantiation}`);
  const options: WarmBuildOptions = { toolkit, file: source.file, args };
  const built = (image: Uint8Array, buildTime: number, text = complete) => {
    const found = findKernel(image, request);
    if ('status' in found) return found;
    const afterwards = () => void (context.keepWarm === true && warmBuilds.prepare(options, text, image));
    return { status: 'ok', image, symbol: found.symbol, buildTime, notes, afterwards } as const;
  };

  const cached = await cache.read(key);
  if (cached !== undefined) return built(cached, 0);

  const warm = await warmBuilds.build(options, complete, context.signal);
  if (warm.status === 'cancelled') return { ...cancelledBuild(), plan };
  if (warm.status === 'ok') {
    await cache.write(key, warm.image, warm.dependencies);
    return built(warm.image, performance.now() - started);
  }

  let text = complete;
  let answer = await compile(request, args, text, context);
  if ('status' in answer && answer.status === 'exited' && blamesInstantiation(answer.stderr)) {
    // The template arguments mean nothing outside their function; the launch itself may instantiate the kernel.
    text = source.text;
    answer = await compile(request, args, text, context);
  }
  if ('status' in answer) return failure(answer, request);
  await cache.write(key, answer.image, answer.dependencies);
  return built(answer.image, performance.now() - started, text);
}

/** Ends what waits for the next build; resolves when its files are gone. */
export function disposeWarmBuilds(): Promise<void> {
  return warmBuilds.dispose();
}

async function compile(
  { source, toolkit }: BuildRequest,
  args: readonly string[],
  text: string,
  context: RunContext,
): Promise<BuildAnswer> {
  const scratch = await writeScratch(source.file, text);
  try {
    const image = path.join(scratch.folder, 'kernel.cubin');
    const dependencies = path.join(scratch.folder, 'kernel.d');
    const temporary = path.join(scratch.folder, 'tmp');
    const result = await runProcess(toolkit.nvcc, [...args, '-MD', '-MF', dependencies, '-o', image, scratch.source], {
      cwd: scratch.folder,
      env: { TMPDIR: temporary, TMP: temporary, TEMP: temporary },
      timeLimitMs: buildTimeLimitMs,
      signal: context.signal,
    });
    if (result.status !== 'exited' || result.code !== 0) return renamed(result, scratch.source, source.file);
    const listed = parseDependencies(await readFile(dependencies, 'utf8').catch(() => ''));
    return {
      image: await readFile(image),
      dependencies: listed
        .map((file) => path.resolve(scratch.folder, file))
        // The text itself is part of the key, and its file need not exist.
        .filter((file) => file !== source.file && !file.startsWith(scratch.folder) && !file.startsWith(toolkit.root)),
    };
  } finally {
    await scratch.dispose().catch(() => undefined);
  }
}

/** Messages that no `#line` reaches name the temporary copy. */
function renamed(result: ProcessResult, from: string, to: string): ProcessResult {
  return { ...result, stdout: result.stdout.replaceAll(from, to), stderr: result.stderr.replaceAll(from, to) };
}

function blamesInstantiation(stderr: string): boolean {
  const errors = parseNvccOutput(stderr).filter((message) => message.severity === 'error');
  return errors.some((message) => message.file?.endsWith(instantiationFile) === true);
}

function findKernel(image: Uint8Array, { source, plan }: BuildRequest): { readonly symbol: string } | RunFailure {
  const functions = cubinFunctions(image);
  const entries = functions.filter((symbol) => symbol.entry);
  const { symbol } = matchSymbol(
    plan,
    (entries.length > 0 ? entries : functions).map((entry) => entry.name),
  );
  if (symbol !== undefined) return { symbol };
  const message =
    plan.templateArguments.length > 0
      ? l10n.t(
          'nvcc emitted no {0}<{1}>: check its template arguments.',
          plan.kernel,
          plan.templateArguments.join(', '),
        )
      : l10n.t('nvcc emitted no kernel named {0}: is it inside an #if that is off for this GPU?', plan.kernel);
  return {
    status: 'buildFailed',
    message,
    plan,
    diagnostics: [{ file: source.file, line: plan.line, severity: 'error', message }],
  };
}

/** Where the toolkit fits neither this GPU nor the host's compiler, no line of the source is to blame. */
function unfitToolkit(output: string): string | undefined {
  const architecture = /Unsupported gpu architecture '(?:compute|sm)_(\w+)'/.exec(output)?.[1];
  if (architecture !== undefined) {
    return l10n.t(
      'This CUDA Toolkit does not build for sm_{0}. Choose another in kernelLens.cuda.path; Check Environment says which versions fit.',
      architecture,
    );
  }
  const host = /unsupported (GNU|clang|Microsoft Visual Studio) version/i.exec(output)?.[1];
  if (host === undefined) return undefined;
  return l10n.t(
    'This CUDA Toolkit does not support the host compiler ({0}), which is too new. Name an older one in kernelLens.cuda.hostCompiler, or use a newer toolkit.',
    host,
  );
}

/** Turns an nvcc that did not succeed into the answer for the user. Shared with whole programs. */
export async function buildFailure(result: ProcessResult, source: SourceText): Promise<RunFailure> {
  const output = `${result.stdout}${result.stderr}`;
  switch (result.status) {
    case 'cancelled':
      return cancelledBuild();
    case 'timedOut':
      return {
        status: 'buildFailed',
        message: l10n.t('nvcc did not finish within {0} s and was stopped.', buildTimeLimitMs / 1000),
        output,
        diagnostics: [],
      };
    case 'notStarted':
      return {
        status: 'buildFailed',
        message: l10n.t('nvcc could not be started ({0}). Check the setting kernelLens.cuda.path.', result.message),
        output,
        diagnostics: [],
      };
    case 'signaled':
      return { status: 'buildFailed', message: crashMessage(result.signal), output, diagnostics: [] };
    case 'exited': {
      const diagnostics = located(parseNvccOutput(output), source.file);
      const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
      const first = errors[0];
      const problem = errors.some(({ line }) => line > 1) ? undefined : await diskProblem(output);
      if (problem !== undefined)
        return { status: 'buildFailed', message: problem, output, diagnostics: [], disk: true };
      const unfit = unfitToolkit(output);
      if (unfit !== undefined) return { status: 'buildFailed', message: unfit, output, diagnostics: [] };
      const summary =
        first === undefined
          ? (output.trim().split('\n')[0] ?? l10n.t('nvcc ended with code {0}.', result.code))
          : `${path.basename(first.file)}:${first.line}: ${first.message}`;
      const more = errors.length > 1 ? ` ${l10n.t('(and {0} more)', errors.length - 1)}` : '';
      const hint = missingHeader(first?.message ?? '') === undefined ? '' : `. ${missingHint()}`;
      return {
        status: 'buildFailed',
        message: l10n.t('nvcc could not build it: {0}', summary) + more + hint,
        output,
        diagnostics,
      };
    }
  }
}

async function failure(result: ProcessResult, { source, plan }: BuildRequest): Promise<RunFailure> {
  return { ...(await buildFailure(result, source)), plan };
}
