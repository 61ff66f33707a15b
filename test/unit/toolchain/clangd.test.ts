import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  clangdConfig,
  clangdStubs,
  locateToolkit,
  ccclFolderOf,
  type ClangdConfigInput,
} from '../../../server/src/toolchain';

const base: ClangdConfigInput = {
  version: { major: 12, minor: 4, full: '12.4.99' },
  root: '/usr/local/cuda-12.4',
  architecture: 'sm_80',
  ccclFolder: undefined,
  includes: [],
  stubFolder: '/home/me/stubs',
  nvccShown: true,
};

/** The items of a list in the YAML. */
function list(text: string, name: string): string[] {
  const body = new RegExp(`^  ${name}:\\n((?:    - .*\\n)+)`, 'm').exec(text)?.[1] ?? '';
  return [...body.matchAll(/- (.*)$/gm)].map((match) => JSON.parse(match[1]!) as string);
}

describe('clangdConfig', () => {
  it("takes nvcc's options away and tells clangd what it compiles", () => {
    const text = clangdConfig(base);
    expect(list(text, 'Add')).toEqual([
      '-xcuda',
      '--cuda-gpu-arch=sm_80',
      '--cuda-path=/usr/local/cuda-12.4',
      '-Wno-unknown-cuda-version',
    ]);
    expect(list(text, 'Remove')).toEqual(
      expect.arrayContaining([
        '-forward-unknown-*',
        '--generate-code*',
        '-gencode*',
        '-rdc*',
        '--extended-lambda',
        '--expt-*',
      ]),
    );
    expect(text).toContain("Suppress: '*'");
    expect(clangdConfig({ ...base, nvccShown: false })).not.toContain('Suppress');
  });

  it('adds what CUDA 13 moved and dropped', () => {
    const version = { major: 13, minor: 0, full: '13.0.88' };
    const root = 'C:\\Program Files\\CUDA\\v13.0';
    const added = list(clangdConfig({ ...base, version, root, ccclFolder: `${root}\\include\\cccl` }), 'Add');
    expect(added).toContain('--cuda-path=C:\\Program Files\\CUDA\\v13.0');
    expect(added.slice(-2)).toEqual([
      '-isystemC:\\Program Files\\CUDA\\v13.0\\include\\cccl',
      '-isystem/home/me/stubs',
    ]);
    expect(clangdStubs(version)).toEqual(['texture_fetch_functions.h', 'curand_mtgp32_kernel.h']);
    expect(clangdStubs(base.version)).toEqual([]);
  });

  it('names an architecture that clang knows', () => {
    const architecture = (name: string | undefined) => list(clangdConfig({ ...base, architecture: name }), 'Add')[1];
    expect(architecture('sm_120a')).toBe('--cuda-gpu-arch=sm_90');
    expect(architecture('sm_90a')).toBe('--cuda-gpu-arch=sm_90');
    expect(architecture(undefined)).toBe('--cuda-gpu-arch=sm_75');
  });

  it('carries the includes of response files, which clangd does not read', () => {
    const includes = [['-isystem', '/opt/my lib/include']];
    expect(list(clangdConfig({ ...base, includes }), 'Add')).toContain('-isystem/opt/my lib/include');
  });

  it('makes clangd read a project that it rejects otherwise', async (ctx) => {
    const clangd = await firstOf(['clangd', 'clangd-19', 'clangd-20', 'clangd-18']);
    const search = await locateToolkit({ setting: '', hostCompiler: '' });
    if (clangd === undefined || !search.found) return ctx.skip('clangd or nvcc is not installed');

    const folder = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-clangd-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const { root, version } = search.toolkit;
    const stubFolder = path.join(folder, 'stubs');
    await mkdir(stubFolder);
    for (const stub of clangdStubs(version)) await writeFile(path.join(stubFolder, stub), '');
    await mkdir(path.join(folder, 'inc'));
    await writeFile(path.join(folder, 'inc/scale.h'), '#define SCALE 2.0f\n');
    await writeFile(
      path.join(folder, 'a.cu'),
      `#include "scale.h"
__global__ void k(float* p, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) p[i] = SCALE * __shfl_down_sync(~0u, p[i], 1);
}
int main() { k<<<1, 32>>>(nullptr, 0); auto f = [] __device__(int i) { return i; }; (void)f; }
`,
    );
    const command =
      'nvcc -forward-unknown-to-host-compiler --options-file a.rsp --generate-code=arch=compute_80,code=[sm_80] -gencode arch=compute_90,code=sm_90 --extended-lambda --expt-relaxed-constexpr -Xcompiler -Wall -Xcompiler=-fPIC -rdc=true -lineinfo -G -use_fast_math -Xptxas -v -ccbin g++ --diag-suppress 177 -std=c++17 -x cu -c a.cu -o a.o';
    await writeFile(
      path.join(folder, 'compile_commands.json'),
      JSON.stringify([{ directory: folder, file: 'a.cu', command }]),
    );
    const check = () =>
      promisify(execFile)(clangd, ['--check=a.cu'], { cwd: folder }).then(
        () => [],
        ({ stderr }: { stderr: string }) => stderr.split('\n').filter((line) => line.startsWith('E[')),
      );
    expect((await check()).join('\n')).toContain('-forward-unknown-to-host-compiler');
    const text = clangdConfig({
      version,
      root,
      architecture: 'sm_90',
      ccclFolder: ccclFolderOf(root),
      includes: [['-I', path.join(folder, 'inc')]],
      stubFolder,
      nvccShown: false,
    });
    await writeFile(path.join(folder, '.clangd'), text);
    expect(await check()).toEqual([]);
  });
});

async function firstOf(programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    const found = await promisify(execFile)(program, ['--version']).then(
      () => true,
      () => false,
    );
    if (found) return program;
  }
  return undefined;
}
