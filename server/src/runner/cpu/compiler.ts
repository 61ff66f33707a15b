/** Finds the C++ compiler that the CPU backend uses. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { foldersInPath, runProcess } from '../../process';

export interface CppCompiler {
  readonly status: 'found';
  readonly path: string;
  readonly family: 'gcc' | 'clang';
  /** `12.2.0` */
  readonly version: string;
  /** `g++ 12.2.0`, for people. */
  readonly label: string;
}

export interface NoCppCompiler {
  readonly status: 'missing';
  readonly message: string;
}

export type CompilerSearch = CppCompiler | NoCppCompiler;

const probeTimeLimitMs = 20_000;
const minimumMajor = { gcc: 9, clang: 10 } as const;
const memo = new Map<string, Promise<CompilerSearch>>();

/** Searches the setting first, then PATH. The answer is kept as long as setting and PATH stay the same. */
export async function findCppCompiler(setting: string, signal?: AbortSignal): Promise<CompilerSearch> {
  const key = `${setting}\0${process.env.PATH ?? ''}`;
  let search = memo.get(key);
  if (search === undefined) {
    search = searchCompiler(setting, signal);
    memo.set(key, search);
  }
  const result = await search;
  // A compiler may be installed at any time, and a cancelled search says nothing.
  if (result.status === 'missing') memo.delete(key);
  return result;
}

async function searchCompiler(setting: string, signal?: AbortSignal): Promise<CompilerSearch> {
  if (setting !== '') {
    const file = setting.includes('/') || setting.includes('\\') ? executable(setting) : inPath(setting);
    const found = file === undefined ? undefined : await probe(file, signal);
    return (
      found ??
      missing(l10n.t("The C++ compiler '{0}' of the setting kernelLens.run.cppCompiler cannot be run.", setting))
    );
  }
  const names = process.platform === 'darwin' ? ['clang++', 'g++', 'c++'] : ['g++', 'clang++', 'c++'];
  let tooOld: NoCppCompiler | undefined;
  for (const name of names) {
    const file = inPath(name);
    const found = file === undefined ? undefined : await probe(file, signal);
    if (found?.status === 'found') return found;
    tooOld ??= found;
  }
  return (
    tooOld ??
    missing(
      l10n.t(
        'Running on the CPU needs a C++ compiler: install g++ or clang++, or set kernelLens.run.cppCompiler to one.',
      ),
    )
  );
}

function missing(message: string): NoCppCompiler {
  return { status: 'missing', message };
}

function executable(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

function inPath(name: string): string | undefined {
  for (const folder of foldersInPath()) {
    const file = executable(path.join(folder, name));
    if (file !== undefined) return file;
  }
  return undefined;
}

async function probe(file: string, signal?: AbortSignal): Promise<CompilerSearch | undefined> {
  const result = await runProcess(file, ['--version'], {
    timeLimitMs: probeTimeLimitMs,
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.status !== 'exited' || result.code !== 0) return undefined;
  return parseVersion(file, result.stdout);
}

/** Reads the first line of `--version`. */
export function parseVersion(file: string, text: string): CompilerSearch | undefined {
  const line = text.split('\n', 1)[0] ?? '';
  const clang = /clang version (\d+(?:\.\d+)*)/.exec(line)?.[1];
  // `g++ (Debian 12.2.0-14+deb12u1) 12.2.0`: what stands in brackets is the packager's.
  const gcc = / (\d+(?:\.\d+)+)(?: \d{8})?(?: .*)?$/.exec(line.replace(/\([^)]*\)/g, ''))?.[1];
  const version = clang ?? gcc;
  if (version === undefined) return undefined;
  const family = clang === undefined ? 'gcc' : 'clang';
  const name = family === 'gcc' ? 'g++' : line.startsWith('Apple') ? 'Apple clang++' : 'clang++';
  const label = `${name} ${version}`;
  if (Number.parseInt(version, 10) < minimumMajor[family]) {
    return missing(
      l10n.t('{0} is too old to run kernels on the CPU: version {1} or newer is needed.', label, minimumMajor[family]),
    );
  }
  return { status: 'found', path: file, family, version, label };
}
