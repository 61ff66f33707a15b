/** Compiles a rewritten project to an executable, kept in the cache by its content. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { LocatedMessage } from '../../../../protocol/src';
import { makePrivateFolder, runProcess } from '../../process';
import { diskProblem } from '../../toolchain';
import type { CppCompiler } from './compiler';
import { parseCompilerErrors } from './compiler-output';
import type { UserFlags } from './flags';
import type { Project } from './project';
import { fileProblem, type BuildProblem, type RuntimeBuild } from './runtime-build';

export interface BuildRequest {
  readonly compiler: CppCompiler;
  readonly runtime: RuntimeBuild;
  readonly project: Project;
  readonly mainFile: string;
  readonly flags: UserFlags;
  /** Appended to the main file. */
  readonly tail: string;
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
}

export type BuildResult =
  | { readonly status: 'built'; readonly program: string }
  | { readonly status: 'rejected'; readonly diagnostics: readonly LocatedMessage[]; readonly output: string }
  | BuildProblem;

const compileTimeLimitMs = 180_000;
/** Executables kept; each is a few hundred kilobytes. */
const keptBuilds = 40;

export async function buildProgram(request: BuildRequest): Promise<BuildResult> {
  const { compiler, runtime, project, flags } = request;
  const userArguments = [
    ...flags.compile,
    '-iquote',
    path.dirname(request.mainFile),
    ...flags.includeFolders.flatMap((folder) => ['-I', folder]),
  ];
  const compileLine = [...runtime.compileArguments, ...runtime.headerArguments, ...userArguments];
  const key = createHash('sha256')
    .update(JSON.stringify([compiler.path, compiler.version, compileLine, flags.link, runtime.objects, request.tail]))
    .update(project.fingerprint())
    .digest('hex');
  const builds = path.join(request.cacheDirectory, 'cpu-builds');
  const folder = path.join(builds, key.slice(0, 32));
  const program = path.join(folder, 'program');
  if (await exists(program)) {
    // The builds used last are kept longest.
    await utimes(folder, new Date(), new Date()).catch(() => undefined);
    return { status: 'built', program };
  }

  let temporary: string | undefined;
  try {
    temporary = await makePrivateFolder('cpu-build', request.cacheDirectory);
    await project.write(temporary, request.tail);
    const columns =
      compiler.family === 'gcc' && Number.parseInt(compiler.version, 10) >= 11
        ? ['-fdiagnostics-column-unit=byte']
        : [];
    const result = await runProcess(
      compiler.path,
      [
        ...compileLine,
        '-fno-diagnostics-show-caret',
        '-fdiagnostics-color=never',
        ...columns,
        project.mainName,
        ...runtime.objects,
        '-o',
        'program',
        ...flags.link,
        ...runtime.linkArguments,
      ],
      { cwd: temporary, env: { TMPDIR: temporary }, timeLimitMs: compileTimeLimitMs, signal: request.signal },
    );
    if (result.status === 'cancelled') return { status: 'cancelled' };
    const output = result.stderr + result.stdout;
    if (result.status === 'timedOut') {
      return {
        status: 'failed',
        message: l10n.t('{0} did not finish within {1} s.', compiler.label, compileTimeLimitMs / 1000),
        output,
      };
    }
    if (result.status !== 'exited') {
      return { status: 'failed', message: l10n.t('{0} could not be run to its end.', compiler.label), output };
    }
    if (result.code !== 0) {
      const diagnostics = parseCompilerErrors(output, {
        locate: (file, line, column) => project.locate(file, line, column),
        isUserFile: (file) => project.files.includes(file),
        fallbackFile: request.mainFile,
      });
      // A message about a line of the source is one about the source.
      const disk = diagnostics.some(({ line }) => line > 1)
        ? undefined
        : await diskProblem(output, request.cacheDirectory);
      if (disk !== undefined) return { status: 'failed', message: disk, output, disk: true };
      return { status: 'rejected', diagnostics, output };
    }
    await mkdir(builds, { recursive: true });
    await rename(temporary, folder).catch((error: NodeJS.ErrnoException) => {
      // Somebody built the same at the same time.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    await prune(builds);
    return { status: 'built', program };
  } catch (error) {
    return fileProblem(error, request.cacheDirectory);
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  }
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Removes the builds not used for longest. */
async function prune(builds: string): Promise<void> {
  const names = await readdir(builds);
  if (names.length <= keptBuilds) return;
  const dated = await Promise.all(
    names.map(async (name) => {
      const folder = path.join(builds, name);
      return {
        folder,
        used: await stat(folder).then(
          (found) => found.mtimeMs,
          () => Infinity,
        ),
      };
    }),
  );
  dated.sort((a, b) => a.used - b.used);
  for (const { folder } of dated.slice(0, dated.length - keptBuilds))
    await rm(folder, { recursive: true, force: true });
}
