/** Finds the CUDA toolkit, or all of them: the setting, `CUDA_PATH`, `CUDA_HOME`, `PATH`, then the usual folders, newest first. */
import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { foldersInPath, runProcess } from '../process';
import type { Toolkit, ToolkitOrigin, ToolkitSearch } from './types';
import { compareVersions, parseNvccVersion } from './version';

export interface LocateOptions {
  /** Setting `cuda.path`: a toolkit folder, its `bin`, or nvcc itself; empty: search. */
  readonly setting: string;
  readonly hostCompiler: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
  /** Folders whose children are versioned toolkits; the platform's own when absent. */
  readonly folders?: readonly string[];
  readonly signal?: AbortSignal;
}

interface Candidate {
  readonly nvcc: string;
  readonly origin: ToolkitOrigin;
}

const versionTimeLimitMs = 20_000;

export async function locateToolkit(options: LocateOptions): Promise<ToolkitSearch> {
  const platform = options.platform ?? process.platform;
  const env = options.env ?? process.env;
  const nvccName = platform === 'win32' ? 'nvcc.exe' : 'nvcc';
  if (options.setting !== '') return fromSetting(options, nvccName);

  const tried: string[] = [];
  for (const candidate of await candidatesOf(platform, env, options.folders, nvccName)) {
    tried.push(candidate.nvcc);
    if (!(await isExecutable(candidate.nvcc))) continue;
    const toolkit = await describe(candidate, options);
    if (toolkit !== undefined) return { found: true, toolkit };
  }
  return {
    found: false,
    message: l10n.t(
      'nvcc was not found, so Kernel Lens shows its own checks only. Install the CUDA Toolkit, or set kernelLens.cuda.path to its folder.',
    ),
    tried,
  };
}

/** A toolkit with the value that `cuda.path` must have for it. */
export type ToolkitInstallation = Toolkit & { readonly path: string };

/** Every toolkit on this machine, each once, newest first. A setting that leads nowhere hides none. */
export async function locateToolkits(options: LocateOptions): Promise<ToolkitInstallation[]> {
  const platform = options.platform ?? process.platform;
  const env = options.env ?? process.env;
  const nvccName = platform === 'win32' ? 'nvcc.exe' : 'nvcc';
  const set = options.setting === '' ? [] : settingPlaces(options.setting, nvccName);
  const candidates = [
    ...set.map((nvcc): Candidate => ({ nvcc, origin: 'setting' })),
    ...(await candidatesOf(platform, env, options.folders, nvccName)),
  ];
  // Links to one nvcc are asked once.
  const programs = new Map<string, Candidate>();
  for (const candidate of candidates) {
    if (!(await isExecutable(candidate.nvcc))) continue;
    const real = await realpath(candidate.nvcc);
    if (!programs.has(real)) programs.set(real, candidate);
  }
  const described = await Promise.all([...programs.values()].map((candidate) => describe(candidate, options)));
  const byRoot = new Map<string, ToolkitInstallation>();
  for (const toolkit of described) {
    if (toolkit === undefined || byRoot.has(toolkit.root)) continue;
    const own = await isExecutable(path.join(toolkit.root, 'bin', nvccName));
    byRoot.set(toolkit.root, { ...toolkit, path: own ? toolkit.root : toolkit.nvcc });
  }
  return [...byRoot.values()].sort((a, b) => compareVersions(b.version, a.version));
}

/** Where nvcc may be, in the order of the search. */
async function candidatesOf(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  folders: readonly string[] | undefined,
  nvccName: string,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const variable of ['CUDA_PATH', 'CUDA_HOME'] as const) {
    const root = env[variable];
    if (root) candidates.push({ nvcc: path.join(root, 'bin', nvccName), origin: variable });
  }
  for (const folder of foldersInPath(env, platform)) {
    candidates.push({ nvcc: path.join(folder, nvccName), origin: 'PATH' });
  }
  for (const root of await usualRoots(platform, env, folders)) {
    candidates.push({ nvcc: path.join(root, 'bin', nvccName), origin: 'folder' });
  }
  return candidates;
}

function settingPlaces(setting: string, nvccName: string): string[] {
  return [setting, path.join(setting, nvccName), path.join(setting, 'bin', nvccName)];
}

async function fromSetting(options: LocateOptions, nvccName: string): Promise<ToolkitSearch> {
  const { setting } = options;
  const tried = settingPlaces(setting, nvccName);
  for (const nvcc of tried) {
    if (!(await isExecutable(nvcc))) continue;
    const toolkit = await describe({ nvcc, origin: 'setting' }, options);
    if (toolkit !== undefined) return { found: true, toolkit };
    return {
      found: false,
      message: l10n.t(
        'kernelLens.cuda.path names {0}, which does not answer --version as nvcc does. Point it at a CUDA Toolkit folder.',
        nvcc,
      ),
      tried,
    };
  }
  return {
    found: false,
    message: l10n.t(
      'kernelLens.cuda.path is {0}, and there is no nvcc in it. Point it at a CUDA Toolkit folder, or clear it to search.',
      setting,
    ),
    tried,
  };
}

async function usualRoots(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  folders: readonly string[] | undefined,
): Promise<string[]> {
  if (platform === 'win32') {
    const programs = env['ProgramFiles'] ?? 'C:\\Program Files';
    const parents = folders ?? [path.join(programs, 'NVIDIA GPU Computing Toolkit', 'CUDA')];
    return [...(await versioned(parents, /^v(\d+)\.(\d+)$/)), ...versionedVariables(env)];
  }
  const parents = folders ?? ['/usr/local', '/opt'];
  const plain = parents.map((parent) => path.join(parent, 'cuda'));
  return [
    ...plain,
    ...(await versioned(parents, /^cuda-(\d+)(?:\.(\d+))?$/)),
    '/usr/lib/cuda',
    '/usr/lib/nvidia-cuda-toolkit',
  ];
}

/** The installer for Windows leaves `CUDA_PATH_V12_4` for each version, wherever its folder is. Newest first. */
function versionedVariables(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env)
    .flatMap(([name, root]) => {
      const match = /^CUDA_PATH_V(\d+)_(\d+)$/i.exec(name);
      return match === null || !root ? [] : [{ root, rank: Number(match[1]) * 1000 + Number(match[2]) }];
    })
    .sort((a, b) => b.rank - a.rank)
    .map(({ root }) => root);
}

/** Children of `parents` that are named as a toolkit version, newest first. */
async function versioned(parents: readonly string[], pattern: RegExp): Promise<string[]> {
  const found: { root: string; rank: number }[] = [];
  for (const parent of parents) {
    const names = await readdir(parent).catch(() => []);
    for (const name of names) {
      const match = pattern.exec(name);
      if (match === null) continue;
      found.push({ root: path.join(parent, name), rank: Number(match[1]) * 1000 + Number(match[2] ?? 999) });
    }
  }
  return found.sort((a, b) => b.rank - a.rank).map(({ root }) => root);
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function describe(candidate: Candidate, options: LocateOptions): Promise<Toolkit | undefined> {
  const limits = {
    timeLimitMs: versionTimeLimitMs,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const answer = await runProcess(candidate.nvcc, ['--version'], limits);
  if (answer.status !== 'exited') return undefined;
  const version = parseNvccVersion(answer.stdout);
  if (version === undefined) return undefined;
  const nvcc = path.resolve(candidate.nvcc);
  return {
    nvcc,
    root: await findRoot(nvcc, limits),
    version,
    origin: candidate.origin,
    hostCompiler: options.hostCompiler,
  };
}

/** nvcc on PATH may be a wrapper script or a link: then nvcc itself tells where its toolkit is. */
async function findRoot(nvcc: string, limits: { timeLimitMs: number; signal?: AbortSignal }): Promise<string> {
  const parent = path.dirname(path.dirname(await realpath(nvcc)));
  if (await isFile(path.join(parent, 'include', 'cuda.h'))) return parent;
  const dryrun = await runProcess(nvcc, ['--dryrun', '-E', '-x', 'cu', 'none.cu'], limits);
  const top = /^#\$ TOP=(.+)$/m.exec(dryrun.stderr)?.[1]?.trim();
  return top === undefined ? parent : realpath(top).catch(() => path.resolve(top));
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
