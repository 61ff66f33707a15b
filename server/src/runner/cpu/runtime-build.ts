/** Builds the runtime and the precompiled header once per compiler and kind, in the cache. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { makePrivateFolder, runProcess, type ProcessResult } from '../../process';
import { diskMessage, diskProblem } from '../../toolchain';
import type { CppCompiler } from './compiler';

export interface RuntimeBuild {
  readonly status: 'built';
  readonly objects: readonly string[];
  /** Arguments that include the precompiled header. */
  readonly headerArguments: readonly string[];
  /** Arguments that every compilation and the link share. */
  readonly compileArguments: readonly string[];
  readonly linkArguments: readonly string[];
  /** Whether memory accesses are checked; false where the compiler has no address sanitizer. */
  readonly checked: boolean;
}

export type BuildProblem =
  | { readonly status: 'cancelled' }
  | {
      readonly status: 'failed';
      readonly message: string;
      readonly output: string;
      /** The disk's doing. */
      readonly disk?: true;
    };

export interface RuntimeRequest {
  readonly compiler: CppCompiler;
  readonly standard: string;
  readonly runtimeFolder: string;
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
}

/** What a user's code is compiled with. */
export function compileArguments(compiler: CppCompiler, standard: string, checked: boolean): string[] {
  const common = [
    `-std=${standard}`,
    '-O1',
    '-g',
    '-w',
    '-pthread',
    '-fno-strict-aliasing',
    '-fno-omit-frame-pointer',
    '-ffunction-sections',
  ];
  if (!checked) return common;
  // clang links its own undefined-behaviour runtime into the address sanitizer's, where ours would clash.
  const undefinedBehavior = compiler.family === 'gcc' ? ',bounds,integer-divide-by-zero,alignment' : '';
  return [...common, `-fsanitize=address${undefinedBehavior}`];
}

const buildTimeLimitMs = 180_000;
const builds = new Map<string, Promise<RuntimeBuild | BuildProblem>>();

/** Builds what is missing. Several callers at once share one build; one of them giving up does not end the others'. */
export async function prepareRuntime(request: RuntimeRequest): Promise<RuntimeBuild | BuildProblem> {
  const key = JSON.stringify([request.compiler.path, request.standard, request.runtimeFolder, request.cacheDirectory]);
  for (;;) {
    if (request.signal.aborted) return { status: 'cancelled' };
    let build = builds.get(key);
    if (build === undefined) {
      build = buildAny(request);
      builds.set(key, build);
    }
    const result = await build;
    if (result.status === 'built' && (await allExist(result.objects))) return result;
    if (builds.get(key) === build) builds.delete(key);
    if (result.status === 'failed') return result;
  }
}

async function allExist(files: readonly string[]): Promise<boolean> {
  const found = await Promise.all(files.map((file) => stat(file).then(Boolean, () => false)));
  return found.every(Boolean);
}

async function buildAny(request: RuntimeRequest): Promise<RuntimeBuild | BuildProblem> {
  const checked = await build(request, true);
  // Some systems ship g++ without the sanitizer's library.
  const lacksSanitizer = checked.status === 'failed' && /asan|sanitiz/i.test(checked.output);
  return lacksSanitizer ? build(request, false) : checked;
}

async function build(request: RuntimeRequest, checked: boolean): Promise<RuntimeBuild | BuildProblem> {
  const { compiler, runtimeFolder } = request;
  const include = path.join(runtimeFolder, 'include');
  const sourceFolder = path.join(runtimeFolder, 'src');
  const userArguments = compileArguments(compiler, request.standard, checked);
  const hash = createHash('sha256');
  hash.update(JSON.stringify([compiler.path, compiler.version, userArguments, process.arch]));
  for (const file of await filesUnder(runtimeFolder)) hash.update(`${file}\0`).update(await readFile(file));
  const folder = path.join(request.cacheDirectory, 'cpu-runtime', hash.digest('hex').slice(0, 24));
  const sources = (await readdir(sourceFolder)).filter((name) => name.endsWith('.cpp')).sort();
  const result = (): RuntimeBuild => ({
    status: 'built',
    objects: sources.map((name) => path.join(folder, `${name}.o`)),
    headerArguments:
      compiler.family === 'clang'
        ? ['-include-pch', path.join(folder, 'prelude.h.pch')]
        : ['-include', path.join(folder, 'prelude.h')],
    compileArguments: [...userArguments, '-isystem', include],
    // Host code that nothing runs is left out, and with it what it needs from other files of the project.
    linkArguments: [process.platform === 'darwin' ? '-Wl,-dead_strip' : '-Wl,--gc-sections', '-ldl'],
    checked,
  });
  if (await allExist([path.join(folder, 'complete')])) return result();

  let temporary: string | undefined;
  try {
    temporary = await makePrivateFolder('cpu-runtime', request.cacheDirectory);
    await writeFile(path.join(temporary, 'prelude.h'), '#include <cuda_runtime.h>\n');
    const runtimeArguments = [
      `-std=${request.standard}`,
      '-O2',
      '-g',
      '-w',
      '-pthread',
      '-fno-omit-frame-pointer',
      '-isystem',
      include,
    ];
    if (checked) runtimeArguments.push('-DKERNEL_LENS_ASAN');
    if (compiler.family === 'clang') runtimeArguments.push('-DKERNEL_LENS_OWN_UBSAN=0');
    const steps = [
      [
        ...userArguments,
        '-isystem',
        include,
        '-x',
        'c++-header',
        'prelude.h',
        '-o',
        compiler.family === 'clang' ? 'prelude.h.pch' : 'prelude.h.gch',
      ],
      ...sources.map((name) => [...runtimeArguments, '-c', path.join(sourceFolder, name), '-o', `${name}.o`]),
    ];
    // Two at a time: the machine may be small and is not ours alone.
    const problems: BuildProblem[] = [];
    const worker = async (cwd: string) => {
      for (let step = steps.shift(); step !== undefined && problems.length === 0; step = steps.shift()) {
        const problem = await problemOf(await compile(request, cwd, step), request);
        if (problem !== undefined) problems.push(problem);
      }
    };
    await Promise.all([worker(temporary), worker(temporary)]);
    if (problems[0] === undefined && checked) {
      // Compiling tells nothing about the sanitizer's library: link once.
      await writeFile(path.join(temporary, 'probe.cpp'), 'int main() { return 0; }\n');
      const linked = await compile(request, temporary, [...userArguments, 'probe.cpp', '-o', 'probe']);
      const problem = await problemOf(linked, request);
      if (problem !== undefined) problems.push(problem);
    }
    if (problems[0] !== undefined) return problems[0];
    await writeFile(path.join(temporary, 'complete'), '');
    await mkdir(path.dirname(folder), { recursive: true });
    await rename(temporary, folder).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster, and its build is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return result();
  } catch (error) {
    return fileProblem(error, request.cacheDirectory);
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  }
}

function compile(request: RuntimeRequest, cwd: string, args: readonly string[]): Promise<ProcessResult> {
  return runProcess(request.compiler.path, args, {
    ...{ cwd, env: { TMPDIR: cwd } },
    timeLimitMs: buildTimeLimitMs,
    signal: request.signal,
  });
}

/** What a compiler's end means when the source is known to be right. */
async function problemOf(
  result: ProcessResult,
  { compiler, cacheDirectory }: RuntimeRequest,
): Promise<BuildProblem | undefined> {
  if (result.status === 'exited' && result.code === 0) return undefined;
  if (result.status === 'cancelled') return { status: 'cancelled' };
  const output = result.stderr + result.stdout;
  const disk = await diskProblem(output, cacheDirectory);
  if (disk !== undefined) return { status: 'failed', message: disk, output, disk: true };
  const message =
    result.status === 'timedOut'
      ? l10n.t('Building the CPU runtime with {0} took too long.', compiler.label)
      : l10n.t('Building the CPU runtime with {0} failed.', compiler.label);
  return { status: 'failed', message, output };
}

/** A message for a file system that does not let us build. */
export function fileProblem(error: unknown, folder: string): BuildProblem {
  const message = diskMessage(error, folder);
  if (message === undefined) throw error;
  return { status: 'failed', message, output: '', disk: true };
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
