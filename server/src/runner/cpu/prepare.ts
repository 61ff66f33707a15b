/** What Run Kernel and Run Program have in common: from the editor's text to an executable. */
import os from 'node:os';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { CpuDevice, LocatedMessage, RunFailure } from '../../../../protocol/src';
import type { RunContext, SourceText } from '../backend';
import { missingAtMost, missingHeader, missingHint, missingNote } from '../code/missing';
import { buildProgram } from './build';
import { findCppCompiler } from './compiler';
import { parseFlags } from './flags';
import { runtimeFolder } from './paths';
import { Project } from './project';
import { prepareRuntime, type BuildProblem } from './runtime-build';

export interface PrepareRequest {
  readonly source: SourceText;
  readonly compiler: string;
  /** Of Run Kernel: the kernel, and the text that runs it. */
  readonly kernel?: {
    readonly name: string;
    /** Of the host, which the kernel's results are compared with. */
    readonly reference?: string | undefined;
    readonly driver: (project: Project) => string;
  };
}

export interface Prepared {
  readonly status: 'ready';
  readonly program: string;
  readonly project: Project;
  readonly device: CpuDevice;
  /** Milliseconds. */
  readonly buildTime: number;
  /** Whether accesses to memory are checked. */
  readonly checked: boolean;
  readonly notes: readonly string[];
}

export function cancelled(): RunFailure {
  return { status: 'cancelled', message: l10n.t('The run was cancelled.') };
}

export async function prepare(request: PrepareRequest, context: RunContext): Promise<Prepared | RunFailure> {
  const started = performance.now();
  const compiler = await findCppCompiler(request.compiler, context.signal);
  if (context.signal.aborted) return cancelled();
  if (compiler.status === 'missing') return { status: 'noDevice', message: compiler.message };
  const device: CpuDevice = {
    kind: 'cpu',
    name: os.cpus()[0]?.model.trim() || process.arch,
    threads: os.availableParallelism(),
    compiler: compiler.label,
  };

  const { source } = request;
  const flags = parseFlags(source.flags, path.dirname(source.file));
  const runtime = runtimeFolder();
  const projectWithout = (missing: ReadonlySet<string>) =>
    new Project({
      source,
      includeFolders: flags.includeFolders,
      runtimeInclude: path.join(runtime, 'include'),
      ...(request.kernel && { kernel: driverNames(request.kernel), missing }),
    });
  const missing = new Set<string>();
  let project = projectWithout(missing);
  const kernelName = request.kernel?.name.split('::').pop();
  const matters = (kernel: string | undefined) =>
    kernel === undefined || kernelName === undefined || kernel === kernelName;
  const obstacles = project.unsupported.filter((place) => !place.conditional && matters(place.kernel));
  if (obstacles.length > 0) return unsupported(obstacles, source.file, device);

  context.onProgress?.('build', l10n.t('Compiling for the CPU with {0}', compiler.label));
  const built = await prepareRuntime({
    compiler,
    standard: flags.standard,
    runtimeFolder: runtime,
    cacheDirectory: context.cacheDirectory,
    signal: context.signal,
  });
  if (built.status === 'cancelled') return cancelled();
  if (built.status === 'failed') {
    return buildProblem(built, device);
  }
  const build = () =>
    buildProgram({
      compiler,
      runtime: built,
      project,
      mainFile: source.file,
      flags,
      tail: request.kernel?.driver(project) ?? '',
      cacheDirectory: context.cacheDirectory,
      signal: context.signal,
    });
  let result = await build();
  const rejection = result;
  // A kernel may have nothing to do with the headers that its file misses.
  while (request.kernel !== undefined && result.status === 'rejected' && missing.size < missingAtMost) {
    const header = missingHeader(result.diagnostics[0]?.message ?? '');
    if (header === undefined || missing.has(header)) break;
    const less = projectWithout(missing.add(header));
    if (less.needsMissing) break;
    project = less;
    result = await build();
  }
  if (result.status === 'rejected') result = rejection;
  if (result.status === 'cancelled') return cancelled();
  if (result.status === 'failed') {
    return buildProblem(result, device);
  }
  if (result.status === 'rejected') {
    const { diagnostics, output } = result;
    // What stands under an #if only matters when the compiler stumbles over it.
    const reasons = project.unsupported.filter(
      (place) => matters(place.kernel) && diagnostics.some((d) => d.file === place.file && d.line === place.line),
    );
    if (reasons.length > 0) return { ...unsupported(reasons, source.file, device), output };
    const first = diagnostics[0];
    const message =
      first === undefined ? l10n.t('{0} rejected the code.', compiler.label) : `${compiler.label}: ${first.message}`;
    return { status: 'buildFailed', diagnostics, message: message + hintFor(first?.message ?? ''), output, device };
  }
  return {
    status: 'ready',
    program: result.program,
    project,
    device,
    buildTime: performance.now() - started,
    checked: built.checked,
    notes: [
      ...(built.checked
        ? []
        : [l10n.t('{0} has no address sanitizer here: memory accesses were not checked.', compiler.label)]),
      ...(missing.size === 0 ? [] : [missingNote(missing)]),
    ],
  };
}

function hintFor(message: string): string {
  if (/^undefined (?:reference|symbol)/.test(message))
    return ` ${l10n.t('(Only this file is built, with the headers it includes.)')}`;
  return missingHeader(message) === undefined ? '' : `. ${missingHint()}`;
}

function buildProblem({ message, output, disk }: Extract<BuildProblem, { status: 'failed' }>, device: CpuDevice) {
  const problem = { status: 'buildFailed', diagnostics: [], message, output, device } as const;
  return disk ? { ...problem, disk } : problem;
}

function driverNames({ name, reference }: NonNullable<PrepareRequest['kernel']>): string[] {
  return [name, reference].flatMap((path) => path?.match(/\w+/g) ?? []);
}

function unsupported(places: readonly LocatedMessage[], mainFile: string, device: CpuDevice): RunFailure {
  const { file = mainFile, line = 0, message: what = '' } = places[0] ?? {};
  const where = file === mainFile ? l10n.t('line {0}', line) : l10n.t('{0}, line {1}', path.basename(file), line);
  const more = places.length > 1 ? ` ${l10n.t('(and {0} more)', places.length - 1)}` : '';
  return {
    status: 'unsupported',
    places: places.map(({ file, line, column, severity, message }) => ({
      file,
      line,
      severity,
      message,
      ...(column === undefined ? {} : { column }),
    })),
    message: l10n.t('This needs a GPU: {0}, {1}', where, what) + more,
    device,
  };
}
