/** Builds the library that reads kernel times from CUPTI, once per toolkit, in the cache. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../process';
import type { Toolkit } from '../../toolchain';
import { cuptiOf } from '../trace/library';

const buildTimeLimitMs = 60_000;
const builds = new Map<string, Promise<string | undefined>>();

/**
 * The path of the library; undefined where it cannot be had (no CUPTI in the toolkit, no host compiler, Windows), and
 * then events tell the time.
 */
export function kernelClock(toolkit: Toolkit, cacheDirectory: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return Promise.resolve(undefined);
  const key = JSON.stringify([toolkit.nvcc, toolkit.version.full, toolkit.hostCompiler, cacheDirectory]);
  let build = builds.get(key);
  if (build === undefined) {
    // A disk that is full costs the finer clock, never the run.
    build = buildLibrary(toolkit, cacheDirectory, key).catch(() => undefined);
    builds.set(key, build);
  }
  return build;
}

async function buildLibrary(toolkit: Toolkit, cacheDirectory: string, key: string): Promise<string | undefined> {
  const cupti = cuptiOf(toolkit.root);
  if (cupti === undefined) return undefined;
  const source = findSource();
  const hash = createHash('sha256')
    .update(key)
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 24);
  const folder = path.join(cacheDirectory, 'kernel-clock');
  const library = path.join(folder, `${hash}.so`);
  if (existsSync(library)) return library;

  await mkdir(folder, { recursive: true });
  const temporary = path.join(folder, `${hash}.${randomBytes(6).toString('hex')}.so`);
  const args = ['-shared', '-O2', '-std=c++17', '-Xcompiler', '-fPIC', '-cudart', 'none'];
  args.push(...cupti.includes.flatMap((include) => ['-I', include]));
  if (toolkit.hostCompiler !== '') args.push('-ccbin', toolkit.hostCompiler);
  args.push('-L', cupti.library, '-lcupti', '-Xlinker', `-rpath,${cupti.library}`, '-o', temporary, source);
  try {
    const built = await runProcess(toolkit.nvcc, args, { timeLimitMs: buildTimeLimitMs });
    if (built.status !== 'exited' || built.code !== 0) return undefined;
    await rename(temporary, library);
    return library;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Beside the bundle; in the source tree when the sources run themselves or in the GPU suite. */
function findSource(): string {
  const file = path.join('runtime', 'gpu', 'kernel-clock.cpp');
  const places = ['.', '../../..', '../../server'].map((place) => path.resolve(__dirname, place, file));
  return places.find((place) => existsSync(place)) ?? path.join(__dirname, file);
}
