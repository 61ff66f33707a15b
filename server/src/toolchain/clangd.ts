/** A `.clangd` that makes clangd read a project whose sources nvcc compiles. Pure. */
import path from 'node:path';
import type { ToolkitVersion } from './types';
import { atLeast } from './version';

export interface ClangdConfigInput {
  readonly version: ToolkitVersion;
  /** Toolkit folder. */
  readonly root: string;
  /** `sm_90`; undefined: nothing is known. */
  readonly architecture: string | undefined;
  /** `<toolkit>/include/cccl`, where the toolkit has it. */
  readonly ccclFolder: string | undefined;
  /** Includes that the project's command lines keep in response files, which clangd does not read: `['-I', folder]`. */
  readonly includes: readonly (readonly string[])[];
  /** Where the empty headers of `clangdStubs` are. */
  readonly stubFolder: string;
  /** Whether nvcc's errors are shown beside, so that clangd's would be there twice. */
  readonly nvccShown: boolean;
}

/** Options that nvcc alone knows. clangd takes a trailing `*` for any rest; values in the next word are left, and clangd drops them. */
const removed = [
  '-x',
  '-forward-unknown-*',
  '--forward-unknown-*',
  '-gencode*',
  '--generate-code*',
  '-arch*',
  '--gpu-architecture*',
  '-code*',
  '--gpu-code*',
  '-rdc*',
  '--relocatable-device-code*',
  '-dc',
  '--device-c',
  '-dlink',
  '--device-link',
  '-dlto',
  '-extended-lambda',
  '--extended-lambda',
  '-expt-*',
  '--expt-*',
  '-ccbin*',
  '--compiler-bindir*',
  '-allow-unsupported-compiler',
  '--allow-unsupported-compiler',
  '-Xcompiler*',
  '--compiler-options*',
  '-Xptxas*',
  '--ptxas-options*',
  '-Xnvlink*',
  '--nvlink-options*',
  '-Xcudafe*',
  '-Xfatbin*',
  '--options-file*',
  '-optf*',
  '-G*',
  '--device-debug',
  '-dopt*',
  '--dopt*',
  '-lineinfo',
  '--generate-line-info',
  '-src-in-ptx',
  '--source-in-ptx',
  '-maxrregcount*',
  '--maxrregcount*',
  '-use_fast_math',
  '--use_fast_math',
  '-ftz*',
  '--ftz*',
  '-prec-*',
  '--prec-*',
  '-fmad*',
  '--fmad*',
  '-restrict',
  '--restrict',
  '-default-stream*',
  '--default-stream*',
  '-cudart*',
  '--cudart*',
  '-diag-*',
  '--diag-*',
  '-display-error-number',
  '--display-error-number',
  '-Werror=*',
  '-res-usage',
  '--resource-usage',
  '-keep*',
  '--keep*',
  '-threads*',
  '--threads*',
  '-split-compile*',
  '--split-compile*',
];

/** Headers that clang's CUDA wrapper includes and that CUDA 13 no longer has. */
export function clangdStubs(version: ToolkitVersion): string[] {
  return atLeast(version, 13, 0) ? ['texture_fetch_functions.h', 'curand_mtgp32_kernel.h'] : [];
}

/** The newest architecture that every clang since 16 knows: reading code needs no newer one. */
const newest = 90;
const fallback = 75;

export function clangdConfig(input: ClangdConfigInput): string {
  const { version, root, architecture, ccclFolder, stubFolder } = input;
  const wanted = Number(/^(?:sm|compute)_(\d+)/.exec(architecture ?? '')?.[1] ?? fallback);
  const added = [
    '-xcuda',
    `--cuda-gpu-arch=sm_${Math.min(wanted, newest)}`,
    `--cuda-path=${root}`,
    '-Wno-unknown-cuda-version',
    ...input.includes.map((include) => include.join('')),
    ...(ccclFolder === undefined ? [] : [`-isystem${ccclFolder}`]),
    ...(clangdStubs(version).length === 0 ? [] : [`-isystem${stubFolder}`]),
  ];
  return [
    `# Makes clangd read this project's CUDA sources. Written by Kernel Lens for CUDA ${version.major}.${version.minor}; yours to change.`,
    'If:',
    "  PathMatch: '.*\\.cuh?'",
    'CompileFlags:',
    '  # What nvcc alone knows.',
    '  Remove:',
    ...removed.map((flag) => `    - ${quoted(flag)}`),
    '  Add:',
    ...added.map((flag) => `    - ${quoted(flag)}`),
    ...(input.nvccShown
      ? [
          'Diagnostics:',
          "  # Kernel Lens shows nvcc's own errors; without this line clangd's stand beside them.",
          "  Suppress: '*'",
        ]
      : []),
    '',
  ].join('\n');
}

/** A YAML string; JSON's are. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Where CUDA 13 keeps Thrust, CUB and libcu++. */
export function ccclFolderOf(root: string): string {
  return path.join(root, 'include', 'cccl');
}
