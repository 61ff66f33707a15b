/** Builds the library that CUDA loads into a traced program, once for each toolkit and compiler. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { runProcess } from '../../process';
import type { Toolkit } from '../../toolchain';
import { findCppCompiler } from '../cpu/compiler';
import { cacheKey } from '../gpu/cubin-cache';

export type TraceLibrary =
  | { readonly status: 'ready'; readonly file: string }
  /** The program runs without a trace; `note` says so, why, and what to do. */
  | { readonly status: 'missing'; readonly note: string };

export interface LibraryRequest {
  readonly toolkit: Toolkit;
  /** Setting `run.cppCompiler`, where nvcc's own host compiler is not set. */
  readonly compiler: string;
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
}

const buildTimeLimitMs = 120_000;

export async function traceLibrary(request: LibraryRequest): Promise<TraceLibrary> {
  const { toolkit, cacheDirectory, signal } = request;
  if (process.platform !== 'linux') return missing(l10n.t('programs are traced on Linux only.'));
  const cupti = cuptiOf(toolkit.root);
  if (cupti === undefined) {
    const version = `${toolkit.version.major}-${toolkit.version.minor}`;
    return missing(
      l10n.t(
        'the CUDA Toolkit in {0} has no CUPTI (cupti.h and libcupti.so). Install the package {1}, or the whole toolkit.',
        toolkit.root,
        `cuda-cupti-dev-${version}`,
      ),
    );
  }
  const compiler = await findCppCompiler(toolkit.hostCompiler === '' ? request.compiler : toolkit.hostCompiler, signal);
  if (compiler.status === 'missing') {
    return missing(l10n.t('its library is built with a C++ compiler once. {0}', compiler.message));
  }
  const folder = sourceFolder();
  const names = (await readdir(folder)).filter((name) => /\.(cpp|h)$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  const key = cacheKey([compiler.path, compiler.version, toolkit.root, toolkit.version.full, ...names, ...texts]);
  const file = path.join(cacheDirectory, 'trace', key, 'libkernel-lens-trace.so');
  if (existsSync(file)) return { status: 'ready', file };

  await mkdir(path.dirname(file), { recursive: true });
  // Two windows may build it at once: each its own, and the last one stays.
  const mine = `${file}.${process.pid}`;
  const args = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-fvisibility=hidden'],
    ...cupti.includes.map((include) => `-I${include}`),
    ...names.filter((name) => name.endsWith('.cpp')).map((name) => path.join(folder, name)),
    ...['-o', mine, `-L${cupti.library}`, `-Wl,-rpath,${cupti.library}`, '-lcupti', '-ldl', '-lpthread'],
  ];
  const built = await runProcess(compiler.path, args, { timeLimitMs: buildTimeLimitMs, signal });
  if (built.status !== 'exited' || built.code !== 0) {
    await rm(mine, { force: true });
    const reason = /(?:error|ld): .*/.exec(built.stderr)?.[0] ?? built.stderr.trim().split('\n')[0] ?? built.status;
    return missing(l10n.t('its library could not be built with {0} ({1}).', compiler.label, reason));
  }
  await rename(mine, file);
  return { status: 'ready', file };
}

/** Beside the bundle in the product, in the source tree when the sources run themselves, as in tests. */
function sourceFolder(): string {
  const bundled = path.join(__dirname, 'runtime', 'cupti');
  return existsSync(bundled) ? bundled : path.resolve(__dirname, '..', '..', '..', 'runtime', 'cupti');
}

function missing(reason: string): TraceLibrary {
  return { status: 'missing', note: l10n.t('The program ran without a trace: {0}', reason) };
}

/** CUPTI is in a folder of its own (`extras/CUPTI`) or, in packages, among everything else. */
export function cuptiOf(root: string): { readonly includes: readonly string[]; readonly library: string } | undefined {
  const target = path.join(root, 'targets', process.arch === 'arm64' ? 'sbsa-linux' : 'x86_64-linux');
  const roots = [path.join(root, 'extras', 'CUPTI'), root, target];
  const headers = roots.map((folder) => path.join(folder, 'include'));
  const library = roots
    .flatMap((folder) => [path.join(folder, 'lib64'), path.join(folder, 'lib')])
    .find((folder) => existsSync(path.join(folder, 'libcupti.so')));
  if (library === undefined || !headers.some((folder) => existsSync(path.join(folder, 'cupti.h')))) return undefined;
  return { includes: headers.filter((folder) => existsSync(folder)), library };
}
