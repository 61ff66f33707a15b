/** Finds the CUDA toolkit: the setting, `CUDA_PATH`, `CUDA_HOME`, `PATH`, then the usual folders, newest first. */
import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../process';
import type { Toolkit, ToolkitOrigin, ToolkitSearch } from './types';
import { parseNvccVersion } from './version';

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

  const candidates: Candidate[] = [];
  for (const variable of ['CUDA_PATH', 'CUDA_HOME'] as const) {
    const root = env[variable];
    if (root) candidates.push({ nvcc: path.join(root, 'bin', nvccName), origin: variable });
  }
  for (const folder of (env['PATH'] ?? '').split(platform === 'win32' ? ';' : ':')) {
    if (folder !== '') candidates.push({ nvcc: path.join(folder, nvccName), origin: 'PATH' });
  }
  for (const root of await usualRoots(platform, env, options.folders)) {
    candidates.push({ nvcc: path.join(root, 'bin', nvccName), origin: 'folder' });
  }

  const tried: string[] = [];
  for (const candidate of candidates) {
    tried.push(candidate.nvcc);
    if (!(await isExecutable(candidate.nvcc))) continue;
    const toolkit = await describe(candidate, options);
    if (toolkit !== undefined) return { found: true, toolkit };
  }
  return {
    found: false,
    message:
      'nvcc was not found, so Kernel Lens shows its own checks only. Install the CUDA Toolkit, or set kernelLens.cuda.path to its folder.',
    tried,
  };
}

async function fromSetting(options: LocateOptions, nvccName: string): Promise<ToolkitSearch> {
  const { setting } = options;
  const tried = [setting, path.join(setting, nvccName), path.join(setting, 'bin', nvccName)];
  for (const nvcc of tried) {
    if (!(await isExecutable(nvcc))) continue;
    const toolkit = await describe({ nvcc, origin: 'setting' }, options);
    if (toolkit !== undefined) return { found: true, toolkit };
    return {
      found: false,
      message: `kernelLens.cuda.path names ${nvcc}, which does not answer --version as nvcc does. Point it at a CUDA Toolkit folder.`,
      tried,
    };
  }
  return {
    found: false,
    message: `kernelLens.cuda.path is ${setting}, and there is no nvcc in it. Point it at a CUDA Toolkit folder, or clear it to search.`,
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
    return versioned(folders ?? [path.join(programs, 'NVIDIA GPU Computing Toolkit', 'CUDA')], /^v(\d+)\.(\d+)$/);
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
